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
    size_t run;                      /* a payout of the run that a lump is of; MATCH_NONE */
    Saldo__V1__BankEventKind event;  /* NONE: nothing to send */
    const struct match_line *facts;  /* NULL in a verdict */
    const Saldo__V1__BankLine *open; /* the ledger's, where it has the line as open */
    bool credit;
    int64_t cents; /* of the line; 0 in a verdict */
    int32_t day;   /* 0 in a verdict */
    const char *reason, *note;
    bool by_hand;
    int code; /* the ledger's answer, once it was asked */
};

/* All zeros: empty. */
struct bank_rows {
    struct bank_row *list; /* owned */
    size_t count, room;
    bool skip_foreign; /* lines of other people's accounts are none of ours */
};

/* In the order in which they have to be told: acceptances, rejections, bookings, returns, the rest.
 * The first lines are the ledger's own. Borrows everything. */
void rows_make(struct bank_rows *rows, const struct holdings *h, const struct bank_lines *lines,
               const struct verdicts *v);
void rows_free(struct bank_rows *rows);

/* Tell the ledger what is news, as commands of the session's key; each row gets its answer. An exit
 * code: TOOL_OK also where the ledger refused a row. */
int rows_send(struct bank_rows *rows, const struct holdings *h, struct session *s);

/* Which rows of the list are shown. */
enum bank_rows_shown {
    ROWS_READ,      /* of the files, and open lines that are explained by now */
    ROWS_READ_OPEN, /* what of it is open */
    ROWS_OPEN,      /* the ledger's open lines */
};
bool rows_write(const struct bank_rows *rows, const struct holdings *h, FILE *file,
                enum output_format format, enum bank_rows_shown shown);
/* How much of the files stands under each status, and that it is all that was read. */
bool rows_write_sums(const struct bank_rows *rows, FILE *file, enum output_format format);

/* TOOL_REFUSED where the ledger refused a row. */
int rows_refused(const struct bank_rows *rows);

/* Has somebody to do something about it? */
bool bank_row_open(const struct bank_rows *rows, const struct bank_row *row);

#endif
