/* camt_inside.h - what the reader of camt collects and its checks look at; for camt*.c only. */
#ifndef TOOLS_ISO20022_CAMT_INSIDE_H
#define TOOLS_ISO20022_CAMT_INSIDE_H

#include "iso20022/camt.h"
#include "iso20022/xml.h"

struct amount {
    int64_t cents; /* -1: not there */
    char currency[XML_CURRENCY_MAX];
};

struct balance {
    struct amount amount;
    const char *code;
    enum camt_sign sign;
    int32_t day;
};

/* TtlNtries, TtlCdtNtries, TtlDbtNtries. */
struct summary {
    int64_t count; /* -1: not there */
    struct amount sum;
};

struct batch {
    const char *payment_id;
    int64_t count; /* -1: not there */
    struct amount total;
    size_t detail_first;
};

/* What stands in the elements under way, beside what is already in the lists. */
struct camt_reader {
    struct camt_file *file;
    struct report *notes;
    struct {
        const char *electronic, *legal, *other_id, *last_code;
        struct balance balance; /* the one under way */
        struct balance first, last;
        unsigned first_rank, last_rank; /* 0: none yet */
        struct summary all, credits, debits;
    } statement;
    struct {
        struct camt_refs refs;
        const char *entry_ref, *status, *family, *return_code, *return_text;
        struct amount amount;
        enum camt_sign sign;
        int32_t day;
        bool returned;
        struct batch batch;
        size_t line;
        bool details_whole; /* all have amounts */
        int64_t details_sum;
    } entry;
    struct {
        struct camt_refs refs;
        const char *family, *debtor_iban, *return_code, *return_text;
        struct amount amount, transaction, instructed;
        enum camt_sign sign;
        bool returned;
    } detail;
};

/* A complaint that stops nothing. */
__attribute__((format(printf, 3, 4))) void
camt_note(const struct camt_reader *c, const struct xml_element *e, const char *format, ...);

/* Put what was collected into the file's lists, and check it; at the element's end. */
void camt_end_balance(struct camt_reader *c, const struct xml_element *e);
void camt_end_detail(struct camt_reader *c, const struct xml_element *e);
void camt_end_details(struct camt_reader *c, const struct xml_element *e);
void camt_end_entry(struct camt_reader *c, const struct xml_element *e);
void camt_end_statement(struct camt_reader *c, const struct xml_element *e);

#endif
