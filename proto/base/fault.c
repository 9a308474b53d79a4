#include "base/fault.h"

#define FAULT_CASE(name, text) \
    case name:                 \
        return text;

const char *fault_text(enum fault f)
{
    switch (f) {
        FAULT_LIST(FAULT_CASE)
    case FAULT_COUNT:
        break;
    }
    return "unknown fault";
}
