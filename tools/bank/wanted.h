/* wanted.h - which days of the ledger lines and statuses are about, so that nothing else is asked
 * for.
 *
 * A payment's names carry the day of its run (FORMAT.md, "The names of a payout"); a line without
 * such a name can only be about a run that was executed around its booking day. One thread. */
#ifndef TOOLS_BANK_WANTED_H
#define TOOLS_BANK_WANTED_H

#include "bank/match.h"
#include "iso20022/pain002.h"

/* Days, each once and in order after wanted_sort(). All zeros: empty. */
struct wanted_days {
    int32_t *list; /* owned */
    size_t count, room;
};

struct wanted {
    struct wanted_days booked; /* on which lines were booked */
    struct wanted_days runs;   /* whose payments are named */
};

void wanted_line(struct wanted *w, const struct match_line *line);
void wanted_file(struct wanted *w, const struct pain002_file *file);
void wanted_run(struct wanted *w, int32_t run_day);
void wanted_name(struct wanted *w, const char *name); /* an EndToEndId, PmtInfId or MsgId */
void wanted_sort(struct wanted *w);                   /* after the last one, and after each later */
void wanted_free(struct wanted *w);

bool wanted_has_line(const struct wanted *w, int32_t booked_day);
/* A run that is named, or executed within MATCH_SUGGEST_DAYS of a line. */
bool wanted_has_run(const struct wanted *w, int32_t run_day, int32_t execution_day);

#endif
