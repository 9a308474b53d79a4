/* Payment files of any origin: the check says something or nothing, and what it lets pass has
 * payments and a sum. */
#include <stdlib.h>

#include "base/check.h"
#include "iso20022/pain001.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;
    size_t text_len;
    struct report report = {.out = open_memstream(&text, &text_len), .file = "f"};
    CHECK(report.out != NULL);
    struct pain_checker *checker = pain_checker_open(&report);
    struct pain_totals totals;

    bool clean = pain_check_bytes(checker, data, size, &totals);
    CHECK(clean == (report.count == 0));
    CHECK(!clean || (totals.version != 0 && totals.payments > 0));
    CHECK(!clean || totals.cents >= (int64_t)totals.payments);
    /* the same file again has the same ids */
    CHECK(!clean || !pain_check_bytes(checker, data, size, &totals));
    pain_checker_close(checker);
    fclose(report.out);
    free(text);
    return 0;
}
