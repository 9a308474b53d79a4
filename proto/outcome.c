#include "outcome.h"

#define OUTCOME_TEXT(name, number, text) \
    case OUTCOME_##name:                 \
        return text;
#define OUTCOME_NAME(name, number, text) \
    case OUTCOME_##name:                 \
        return #name;

const char *outcome_text(int code)
{
    switch ((enum outcome)code) {
        OUTCOME_LIST(OUTCOME_TEXT)
    }
    return "unknown outcome";
}

const char *outcome_name(int code)
{
    switch ((enum outcome)code) {
        OUTCOME_LIST(OUTCOME_NAME)
    }
    return "UNKNOWN";
}
