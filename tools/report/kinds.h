/* kinds.h - the kinds of reports: each asks the ledger and writes one page. Exit codes, after a
 * message if they are not TOOL_OK. One thread. */
#ifndef TOOLS_REPORT_KINDS_H
#define TOOLS_REPORT_KINDS_H

#include "report/inquiry.h"
#include "report/paper.h"

struct report_order {
    const char *organiser; /* code; NULL for an overview: all that the key sees */
    const char *provider;
    const char *voucher;
    int32_t from, to; /* days, both included */
    bool month;       /* the days are a whole month */
};

int report_statement(struct inquiry *s, struct paper *p, const struct report_order *o);
int report_client(struct inquiry *s, struct paper *p, const struct report_order *o);
int report_overview(struct inquiry *s, struct paper *p, const struct report_order *o);
/* The overview as a workbook in the file `path`. */
int report_workbook(struct inquiry *s, enum language language, const char *path,
                    const struct report_order *o);

/* What the page was made from, for its foot: equal ledgers give equal bytes. */
void report_foot(const struct inquiry *s, struct paper *p);
/* "1.9.2018-30.9.2018", one date, or a month's name; returns `out`, of 2 * FIGURE_MAX bytes. */
const char *report_period(enum language language, const struct report_order *o, char *out);

#endif
