/* Status reports: what is taken names its level and a verdict. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "iso20022/pain002.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *null;
    struct pain002_file f;

    if (null == NULL)
        null = fopen("/dev/null", "w");
    CHECK(null != NULL);
    struct report report = {.out = null, .file = "f"};
    bool good = pain002_read_bytes(&f, data, size, &report);
    CHECK(good == (report.count == 0));
    CHECK(!good || f.count > 0);
    for (size_t i = 0; good && i < f.count; i++) {
        CHECK(f.list[i].level <= PAIN002_TRANSACTION);
        CHECK(f.list[i].cents >= -1);
        CHECK(strcmp(f.list[i].end_to_end_id, "NOTPROVIDED") != 0);
    }
    pain002_free(&f);
    return 0;
}
