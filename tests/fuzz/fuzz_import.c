/* Files of `saldo import`, whose kind is the first byte: a complaint, or commands that can be
 * encoded within what a request takes. */
#include <stdio.h>

#include "base/check.h"
#include "import_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rows(struct import_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const Saldo__V1__Command *c = &t->rows[i].command;
        CHECK(t->rows[i].line > 1);
        CHECK(c->body_case != SALDO__V1__COMMAND__BODY__NOT_SET);
        CHECK(saldo__v1__command__get_packed_size(c) < CSV_ROW_BYTES_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *null;
    static size_t kinds;
    if (null == NULL) {
        null = fopen("/dev/null", "w");
        CHECK(null != NULL);
        while (import_kind(kinds) != NULL)
            kinds++;
    }
    if (size == 0)
        return 0;
    struct report report = {.out = null, .file = "f"};
    struct import_table t = {0};
    struct csv_reader *csv = csv_reader_from(data + 1, size - 1, &report);
    CHECK(csv != NULL || report.count > 0);
    if (csv == NULL)
        return 0;
    if (import_read(&t, import_kind(data[0] % kinds), csv, &report)) {
        CHECK(report.count == 0);
        check_rows(&t);
    } else {
        CHECK(report.count > 0);
    }
    import_free(&t);
    return 0;
}
