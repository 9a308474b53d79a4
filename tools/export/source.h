/* source.h - what an export is made of, asked from the daemon in pieces.
 *
 * Two parts. The plan (nights, payouts, lines of the bank) is read before anything is written: it
 * is as large as the number of payouts, not of charges. The rows of a night are read night by
 * night, in pages. Functions return an exit code; what is not TOOL_OK has been said. One thread. */
#ifndef TOOLS_EXPORT_SOURCE_H
#define TOOLS_EXPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "export/book.h"
#include "session.h"

struct source_night {
    int32_t day;
    uint64_t number; /* entry that settled it */
};

enum source_event_kind { SOURCE_PAYOUT, SOURCE_BOOKED, SOURCE_REJECTED, SOURCE_RETURNED };

/* A payout on its way. Texts live in the book's slab or in the source. */
struct source_event {
    enum source_event_kind kind;
    int32_t day;
    uint64_t number; /* journal entry */
    const struct source_payout *payout;
    const char *reason; /* of the bank */
};

struct source_payout {
    const char *organiser, *provider;
    int32_t run_day;
    int32_t released_day;
    uint64_t released_number;
    int64_t cents;
    const char *end_to_end_id, *reference;
};

struct source {
    struct session *session;
    struct book *book;
    int32_t first; /* settled day of the ledger, or the day after `to` where there is none */
    int32_t settled_through;
    int64_t made_ms;             /* the ledger's time */
    struct source_night *nights; /* owned; from `first` to the book's last day */
    size_t nights_count, nights_room;
    struct source_payout *payouts; /* owned; those that left, by organiser, provider and run day */
    size_t payouts_count, payouts_room;
    struct source_event *events; /* owned; of the period, by day and number */
    size_t events_count, events_room;
    bool later; /* something happened after the period: the ledger has moved on */
};

/* Names, nights and openings of the book's period; then payouts and what the bank said. */
int source_nights(struct source *s);
int source_payouts(struct source *s);
/* Compare the book's closing balances with what the ledger holds now, if it has not moved on.
 * TOOL_REFUSED where they differ. */
int source_agrees(struct source *s);
void source_free(struct source *s);

/* An event as a booking; false: the postings are not for this period. */
void source_event_entry(struct book *b, const struct source_event *event, struct book_entry *e,
                        struct book_posting postings[2]);

#endif
