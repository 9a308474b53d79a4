/* Statements and notifications: what is taken adds up, and points only into itself. */
#include <stdio.h>

#include "base/check.h"
#include "iso20022/camt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct camt_file *f, const struct camt_entry *n)
{
    int64_t sum = 0;

    CHECK(n->cents >= 0);
    CHECK(!n->booked || n->day != 0);
    CHECK(n->detail_first + n->detail_count <= f->detail_count);
    for (size_t i = 0; i < n->detail_count; i++) {
        const struct camt_detail *d = &f->details[n->detail_first + i];
        CHECK(d->cents >= 0);
        sum += d->credit ? d->cents : -d->cents;
    }
    CHECK(n->detail_count == 0 || sum == (n->credit ? n->cents : -n->cents));
}

static void check_statement(const struct camt_file *f, const struct camt_statement *s)
{
    int64_t sum = s->opening;

    CHECK(s->account[0] != '\0');
    CHECK(s->entry_first + s->entry_count <= f->entry_count);
    for (size_t i = s->entry_first; i < s->entry_first + s->entry_count; i++) {
        const struct camt_entry *n = &f->entries[i];
        check_entry(f, n);
        if (n->booked)
            sum += n->credit ? n->cents : -n->cents;
    }
    CHECK(f->notification || sum == s->closing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *null;
    struct camt_file f;

    if (null == NULL)
        null = fopen("/dev/null", "w");
    CHECK(null != NULL);
    struct report report = {.out = null, .file = "f"}, notes = {.out = null, .file = "f"};
    bool good = camt_read_bytes(&f, data, size, &report, &notes);
    CHECK(good == (report.count == 0));
    for (size_t i = 0; good && i < f.statement_count; i++)
        check_statement(&f, &f.statements[i]);
    camt_free(&f);
    return 0;
}
