#include "export/writer.h"

#include <inttypes.h>
#include <string.h>

const struct writer_format *writer_format(const char *name)
{
    static const struct writer_format *const formats[] = {
        &writer_hledger, &writer_ledger, &writer_beancount,
        &writer_csv,     &writer_ndjson, &writer_xlsx,
    };

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

void writer_tags(const struct book_entry *e, char number[24], struct writer_tag tags[WRITER_TAGS])
{
    number[0] = '\0';
    if (e->number != 0)
        snprintf(number, 24, "%" PRIu64, e->number);
    const struct writer_tag all[WRITER_TAGS] = {
        {"kind", e->kind},          {"voucher", e->voucher},   {"service", e->service},
        {"request", e->request_id}, {"e2e", e->end_to_end_id}, {"reference", e->reference},
        {"reason", e->reason},      {"entry", number},
    };
    memcpy(tags, all, sizeof(all));
}
