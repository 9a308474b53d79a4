/* pain001_inside.h - what the two files that check a payment file share: its levels in one, the
 * rules for single elements in the other. */
#ifndef TOOLS_ISO20022_PAIN001_INSIDE_H
#define TOOLS_ISO20022_PAIN001_INSIDE_H

#include "iso20022/idset.h"
#include "iso20022/pain001.h"
#include "iso20022/xml.h"

#define PAIN_ROOT "Document/CstmrCdtTrfInitn"

/* What a level says about itself, and what was found in it. */
struct sums {
    bool has_count, has_cents;
    size_t said_count_line, said_cents_line;
    int64_t said_count, said_cents;
    int64_t count, cents;
    bool unreadable; /* an amount: the sum proves nothing */
};

struct pain_checker {
    struct report *report;
    struct idset ids;
    char **files; /* their names, for ids that come again */
    size_t files_count, files_room;

    /* the file under way */
    struct pain_totals *totals;
    size_t findings_before;
    size_t groups, informations;
    uint64_t seen; /* rows of the table, of the levels that are open */
    struct sums group, information;
    bool reference_rf, issuer_iso;
    bool town, country; /* of an address */
};

typedef void pain_rule(struct pain_checker *c, const struct xml_element *e);

enum pain_level { PAIN_GROUP, PAIN_INFORMATION, PAIN_PAYMENT };

/* An element that has a rule. It may stand once in its level. */
struct pain_row {
    const char *path; /* within the message */
    pain_rule *rule;
    enum pain_level level;
    int version; /* 0: both */
    bool needed;
};

/* Rows that others depend on. */
enum {
    PAIN_INFORMATION_CHARGES,
    PAIN_PAYMENT_CHARGES,
    PAIN_UNSTRUCTURED,
    PAIN_REFERENCE,
    PAIN_REFERENCE_CODE,
    PAIN_ISSUER,
    PAIN_ROWS = 28,
};
_Static_assert(PAIN_ROWS <= 64, "a bit for each in pain_checker.seen");

extern const struct pain_row pain_rows[PAIN_ROWS];

/* What stands in no row only has to be readable for a bank. */
pain_rule pain_rule_other;

#endif
