/* rows.h - lines and verdicts as one list of rows: what is sent to the ledger and what is shown.
 * One thread. */
#ifndef TOOLS_BANK_ROWS_H
#define TOOLS_BANK_ROWS_H

#include "bank/holdings.h"
#include "bank/lines.h"
#include "bank/verdicts.h"

struct bank_row {
    const uint8_t *id;
    const char *path, *name;
    size_t line;
    enum match_status status;
    size_t payout;                   /* MATCH_NONE */
    Saldo__V1__BankEventKind event;  /* NONE: nothing to send */
    const struct match_line *booked; /* NULL in a verdict */
    bool credit;
    int64_t cents; /* of the line; 0 in a verdict */
    int32_t day;   /* 0 in a verdict */
    const char *reason, *note;
    int code; /* the ledger's answer, once it was asked */
};

/* All zeros: empty. */
struct bank_rows {
    struct bank_row *list; /* owned */
    size_t count, room;
    struct slab slab;
};

/* In the order in which they have to be told: acceptances, rejections, bookings, returns, the rest.
 * Borrows everything. */
void rows_make(struct bank_rows *rows, const struct bank_lines *lines, const struct verdicts *v);
void rows_free(struct bank_rows *rows);

/* Tell the ledger what is news, as commands of the session's key; each row gets its answer. An exit
 * code: TOOL_OK also where the ledger refused a row. */
int rows_send(struct bank_rows *rows, const struct holdings *h, struct session *s);

/* The list: everything, or only what is open. */
bool rows_write(const struct bank_rows *rows, const struct holdings *h, FILE *file,
                enum output_format format, bool open_only);
/* How much stands under each status, and that it is all that was read. */
bool rows_write_sums(const struct bank_rows *rows, FILE *file, enum output_format format);

bool bank_row_open(const struct bank_row *row);

#endif
