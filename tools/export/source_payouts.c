/* source_payouts.c - payouts that left, and what became of them at the bank.
 *
 * The dates: a payout leaves on the day its run was released. Money is booked or comes back on the
 * bank's booking day. A rejection has no day of its own: it stands on the business day that its
 * journal entry falls in, which the entries of the nights before and after it tell. */
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "export/source.h"
#include "pager.h"

static bool is_state(const char *state, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(state, list[i]) == 0)
            return true;
    return false;
}

/* Has the payout ever left? Then its run is released, whatever the bank said since. */
static bool has_left(const Saldo__V1__Payout *p)
{
    static const char *const states[] = {"EXPORTED", "ACCEPTED", "PAID", "REJECTED", "RETURNED"};

    return is_state(p->state, states, 5);
}

static const char *keep(struct source *s, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(slab_alloc(&s->book->slab, size), text, size);
}

/* ---- Runs and their payouts ------------------------------------------------------------------ */

struct release {
    char organiser[48];
    int32_t run_day, day;
    uint64_t number;
};

struct releases {
    struct release *list; /* owned */
    size_t count, room;
};

static int read_releases(struct source *s, struct releases *out)
{
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *r;
    struct pager pager;

    pager_ask_runs(&pager, s->session, &runs);
    while ((r = pager_run(&pager)) != NULL) {
        if (strcmp(r->state, "RELEASED") != 0)
            continue;
        out->list = tool_grow(out->list, out->count, &out->room, sizeof(*out->list));
        struct release *to = &out->list[out->count++];
        *to = (struct release){.run_day = r->run_day,
                               .day = calendar_local_day(r->released_ms),
                               .number = r->released_number};
        size_t len = strnlen(r->organiser, sizeof(to->organiser) - 1);
        memcpy(to->organiser, r->organiser, len);
    }
    return pager_end(&pager);
}

static void take_payout(struct source *s, const Saldo__V1__Payout *p, const struct release *r)
{
    s->payouts = tool_grow(s->payouts, s->payouts_count, &s->payouts_room, sizeof(*s->payouts));
    s->payouts[s->payouts_count++] = (struct source_payout){
        .organiser = keep(s, p->organiser),
        .provider = keep(s, p->provider),
        .run_day = p->run_day,
        .released_day = r->day,
        .released_number = r->number,
        .cents = p->cents,
        .end_to_end_id = keep(s, p->end_to_end_id),
        .reference = keep(s, p->reference),
    };
}

static int read_run(struct source *s, struct release *r)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *p;
    struct pager pager;

    payouts.from_day = payouts.to_day = r->run_day;
    payouts.organiser = r->organiser;
    pager_ask_payouts(&pager, s->session, &payouts);
    while ((p = pager_payout(&pager)) != NULL)
        if (has_left(p))
            take_payout(s, p, r);
    return pager_end(&pager);
}

static int compare_payouts(const void *a, const void *b)
{
    const struct source_payout *x = a, *y = b;
    int order = strcmp(x->organiser, y->organiser);

    if (order == 0)
        order = strcmp(x->provider, y->provider);
    return order != 0 ? order : (x->run_day > y->run_day) - (x->run_day < y->run_day);
}

/* ---- Events ---------------------------------------------------------------------------------- */

void source_event_entry(struct book *b, const struct source_event *event, struct book_entry *e,
                        struct book_posting postings[2])
{
    static const struct {
        const char *kind, *text;
        enum book_place from, to;
    } ways[] = {
        [SOURCE_PAYOUT] = {"payout", "Payout released", BOOK_PAYABLE, BOOK_IN_TRANSIT},
        [SOURCE_BOOKED] = {"booked", "Payout booked by the bank", BOOK_IN_TRANSIT, BOOK_BANK},
        [SOURCE_REJECTED] = {"rejected", "Payout rejected by the bank", BOOK_IN_TRANSIT,
                             BOOK_PAYABLE},
        [SOURCE_RETURNED] = {"returned", "Payout returned by the bank", BOOK_BANK, BOOK_PAYABLE},
    };
    const struct source_payout *p = event->payout;
    enum book_place from = ways[event->kind].from, to = ways[event->kind].to;

    postings[0] = (struct book_posting){
        book_account(b, p->organiser, from, from == BOOK_PAYABLE ? p->provider : ""), p->cents};
    postings[1] = (struct book_posting){
        book_account(b, p->organiser, to, to == BOOK_PAYABLE ? p->provider : ""), -p->cents};
    *e = (struct book_entry){
        .day = event->day,
        .kind = ways[event->kind].kind,
        .text = ways[event->kind].text,
        .payee = book_payee(b, p->provider),
        .voucher = "",
        .service = "",
        .request_id = "",
        .end_to_end_id = p->end_to_end_id,
        .reference = p->reference,
        .reason = event->reason,
        .number = event->number,
        .postings = postings,
        .count = 2,
    };
}

/* Before the period an event only moves the openings; in it, it is kept. */
static void take_event(struct source *s, const struct source_event *event)
{
    struct book_posting postings[2];
    struct book_entry e;

    if (event->day > s->book->to) {
        s->later = true;
        return;
    }
    source_event_entry(s->book, event, &e, postings); /* makes the accounts */
    if (event->day < s->book->from) {
        book_post(s->book, &e);
        return;
    }
    s->events = tool_grow(s->events, s->events_count, &s->events_room, sizeof(*s->events));
    s->events[s->events_count++] = *event;
}

/* The first night that was settled after the entry; later than all: the day after them. */
static int32_t day_of_entry(const struct source *s, uint64_t number)
{
    size_t low = 0, high = s->nights_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->nights[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->nights_count ? s->nights[low].day : s->book->to + 1;
}

static int take_line(struct source *s, const Saldo__V1__BankLine *line)
{
    /* One that was open at first moved the money when it was decided. */
    uint64_t number = line->decided_number != 0 ? line->decided_number : line->number;
    struct source_event event = {.number = number, .day = line->day};

    if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED)
        event.kind = SOURCE_BOOKED;
    else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED)
        event.kind = SOURCE_RETURNED;
    else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED)
        event.kind = SOURCE_REJECTED;
    else
        return TOOL_OK; /* moves nothing */
    const struct source_payout wanted = {
        .organiser = line->organiser, .provider = line->provider, .run_day = line->run_day};
    event.payout = s->payouts_count == 0 ? NULL
                                         : bsearch(&wanted, s->payouts, s->payouts_count,
                                                   sizeof(wanted), compare_payouts);
    if (event.payout == NULL)
        return tool_fail(TOOL_INTERNAL, "entry %llu: a line of the bank without its payout",
                         (unsigned long long)line->number);
    if (event.kind == SOURCE_REJECTED) {
        event.day = day_of_entry(s, number);
        if (event.day < event.payout->released_day)
            event.day = event.payout->released_day;
    }
    event.reason = book_clean(s->book, "", line->reason);
    take_event(s, &event);
    return TOOL_OK;
}

static int read_lines(struct source *s)
{
    Saldo__V1__BankLinesQuery lines = SALDO__V1__BANK_LINES_QUERY__INIT;
    const Saldo__V1__BankLine *line;
    struct pager pager;

    pager_ask_bank_lines(&pager, s->session, &lines);
    while ((line = pager_bank_line(&pager)) != NULL)
        pager_took(&pager, take_line(s, line));
    return pager_end(&pager);
}

static int compare_events(const void *a, const void *b)
{
    const struct source_event *x = a, *y = b;

    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return compare_payouts(x->payout, y->payout);
}

int source_payouts(struct source *s)
{
    struct releases releases = {0};
    int rc = read_releases(s, &releases);

    for (size_t i = 0; rc == TOOL_OK && i < releases.count; i++)
        rc = read_run(s, &releases.list[i]);
    free(releases.list);
    if (rc != TOOL_OK)
        return rc;
    if (s->payouts_count > 0)
        qsort(s->payouts, s->payouts_count, sizeof(*s->payouts), compare_payouts);
    for (size_t i = 0; i < s->payouts_count; i++) { /* only now: the list no longer moves */
        const struct source_payout *p = &s->payouts[i];
        take_event(s, &(struct source_event){.kind = SOURCE_PAYOUT,
                                             .day = p->released_day,
                                             .number = p->released_number,
                                             .payout = p,
                                             .reason = ""});
    }
    rc = read_lines(s);
    if (s->events_count > 0)
        qsort(s->events, s->events_count, sizeof(*s->events), compare_events);
    return rc;
}
