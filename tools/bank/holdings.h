/* holdings.h - what the ledger knows of the payouts and lines that some bank files are about.
 *
 * Held are the open lines, the lines of the days that are wanted, and whole runs: those that are
 * named and those executed around these days. What a ledger gathers over the years is looked
 * through page by page and not kept. One thread. */
#ifndef TOOLS_BANK_HOLDINGS_H
#define TOOLS_BANK_HOLDINGS_H

#include "bank/index.h"
#include "bank/lines.h"
#include "bank/match.h"
#include "bank/wanted.h"
#include "pager.h"

/* Everything in it lives until holdings_free(). All zeros: empty. */
struct holdings {
    struct pager_pages pages; /* the lists below point into them */
    uint8_t ledger_id[16];
    int64_t time_ms; /* the ledger's */
    int32_t settled_through;
    const Saldo__V1__Catalogue *catalogue;
    const Saldo__V1__Run **runs; /* owned */
    size_t run_count, run_room;
    const Saldo__V1__Payout **payouts; /* run by run; owned */
    const Saldo__V1__Run **runs_of;    /* of each payout; owned */
    size_t payout_count, payout_room, runs_of_room;
    const Saldo__V1__BankLine **lines; /* the open ones, then the others; owned */
    size_t line_count, line_room, open_count;
    struct index by_payee;   /* "organiser/provider" and run day -> payout */
    struct index by_account; /* IBAN -> organiser of the catalogue; present ones before former */
    struct slab slab;
};

/* The open lines and the catalogue. An exit code, as the next. */
int holdings_open(struct holdings *h, struct session *s);
/* The rest, as far as it is wanted; the open lines and what their days have are wanted too. */
int holdings_ask(struct holdings *h, struct session *s, struct wanted *w);
void holdings_free(struct holdings *h);

size_t holdings_payout(const struct holdings *h, const char *organiser, const char *provider,
                       int32_t run_day); /* MATCH_NONE: none */

/* A line of the ledger that has facts; its payout and run are not looked up. */
struct match_line holdings_line(const Saldo__V1__BankLine *line);
/* The lines as the matching takes them, before those of files. Needs holdings_ask(). */
void holdings_lines(const struct holdings *h, struct bank_lines *lines);
/* Payouts and accounts as the matching takes them, made in the slab; payout i there is payout i
 * here. */
void holdings_input(struct holdings *h, struct match_input *in);

/* Say on standard error, unless the tool is to be quiet, which organisers share an account. */
void holdings_remark(const struct holdings *h, const struct tool *tool);

/* The organiser whose account this is or was; "": nobody's. */
const char *holdings_organiser(const struct holdings *h, const char *account);

/* The one open line that begins with these digits, at least 8 of them. An exit code. */
int holdings_find_open(const struct holdings *h, const char *digits, size_t *line);

/* Does the ledger have this very line? An exit code. */
int holdings_recorded(struct session *s, const uint8_t line[MATCH_LINE_BYTES], bool *recorded);

#endif
