#include "export/source.h"

#include <stdlib.h>
#include <string.h>

#include "pager.h"
#include "settled_day.h"
#include "text.h"

/* ---- Names ----------------------------------------------------------------------------------- */

static int query_catalogue(struct source *s)
{
    Saldo__V1__CatalogueQuery catalogue = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE;
    query.catalogue = &catalogue;
    return session_query(s->session, &query, SALDO__V1__REPLY__RESULT_CATALOGUE);
}

/* The accounts of an organiser are there from the beginning, also those that nothing moves. */
static int read_names(struct source *s)
{
    static const enum book_place places[] = {BOOK_COMMITMENT, BOOK_ALLOTTED, BOOK_PENDING,
                                             BOOK_IN_TRANSIT, BOOK_BANK};
    int rc = query_catalogue(s);

    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__Catalogue *c = s->session->reply->catalogue;
    for (size_t i = 0; i < c->n_organisers; i++) {
        book_add_payee(s->book, c->organisers[i]->code, c->organisers[i]->name);
        for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++)
            book_account(s->book, c->organisers[i]->code, places[k], "");
    }
    for (size_t i = 0; i < c->n_providers; i++)
        book_add_payee(s->book, c->providers[i]->id, c->providers[i]->name);
    return TOOL_OK;
}

/* ---- Nights ---------------------------------------------------------------------------------- */

/* A night's lines make the accounts; before the period also their openings. */
static int take_line(void *arg, const Saldo__V1__BatchLine *line, int32_t day)
{
    struct source *s = arg;
    struct book_account *own = book_account(s->book, line->organiser, BOOK_COMMITMENT, "");
    struct book_account *pair =
        book_account(s->book, line->organiser, BOOK_PAYABLE, line->provider);

    if (day >= s->book->from)
        return TOOL_OK;
    own->opening += line->cents;
    pair->opening -= line->cents;
    return TOOL_OK;
}

static void reverse_nights(struct source *s)
{
    for (size_t i = 0; i < s->nights_count / 2; i++) {
        struct source_night swap = s->nights[i];
        s->nights[i] = s->nights[s->nights_count - 1 - i];
        s->nights[s->nights_count - 1 - i] = swap;
    }
}

int source_nights(struct source *s)
{
    char day[TEXT_DAY_MAX], last[TEXT_DAY_MAX];
    struct settled_day night;
    int rc = session_status(s->session);

    if (rc != TOOL_OK)
        return rc;
    s->settled_through = s->session->reply->status->settled_through;
    s->made_ms = s->session->reply->status->time_ms;
    if (s->book->to > s->settled_through)
        return tool_fail(TOOL_REFUSED, "%s is not settled: the last settled day is %s",
                         text_day(s->book->to, day), text_day(s->settled_through, last));
    s->later = s->settled_through > s->book->to;
    rc = read_names(s);
    s->first = s->book->to + 1;
    while (rc == TOOL_OK) { /* settled days have no gap: back to the first one */
        rc = settled_day_ask(s->session, s->first - 1, &night, take_line, s);
        if (rc != TOOL_OK || !night.known)
            break;
        s->first--;
        s->nights = tool_grow(s->nights, s->nights_count, &s->nights_room, sizeof(*s->nights));
        s->nights[s->nights_count++] = (struct source_night){s->first, night.number};
    }
    reverse_nights(s);
    return rc;
}

void source_free(struct source *s)
{
    free(s->nights);
    free(s->payouts);
    free(s->events);
    *s = (struct source){0};
}

/* ---- Does the ledger say the same? ----------------------------------------------------------- */

static bool differs(const struct book_account *a, int64_t held)
{
    char booked[TEXT_EUROS_MAX], has[TEXT_EUROS_MAX];

    if (book_balance(a) == -held)
        return false;
    tool_fail(0, "%s: the entries give %s, the ledger has %s", a->name,
              text_euros(book_balance(a), booked), text_euros(-held, has));
    return true;
}

static int payables_differ(struct source *s, bool *differ)
{
    Saldo__V1__PayablesQuery query = SALDO__V1__PAYABLES_QUERY__INIT;
    const Saldo__V1__Payable *p;
    struct pager pager;
    bool bad = false;
    size_t found = 0, expected = 0;

    pager_ask_payables(&pager, s->session, &query);
    while ((p = pager_payable(&pager)) != NULL) {
        struct book_account *a = book_account(s->book, p->organiser, BOOK_PAYABLE, p->provider);
        int64_t held = p->cents + p->in_payouts;
        found += held != 0;
        bad = differs(a, held) || bad;
    }
    int rc = pager_end(&pager);
    if (rc != TOOL_OK)
        return rc;
    /* the ledger lists none that are 0 */
    for (size_t i = 0; i < s->book->count; i++) {
        const struct book_account *a = s->book->accounts[i];
        expected += a->place == BOOK_PAYABLE && book_balance(a) != 0;
    }
    if (!bad && found != expected)
        tool_fail(0, "the ledger owes to %zu providers, by the entries it is %zu", found, expected);
    *differ = bad || found != expected;
    return TOOL_OK;
}

static bool organisers_differ(struct source *s, const Saldo__V1__Catalogue *c)
{
    bool bad = false;

    for (size_t i = 0; i < c->n_organisers; i++) {
        const Saldo__V1__CatalogueOrganiser *o = c->organisers[i];
        bad = differs(book_account(s->book, o->code, BOOK_IN_TRANSIT, ""), o->in_transit) || bad;
        bad = differs(book_account(s->book, o->code, BOOK_BANK, ""), o->bank) || bad;
        bad = differs(book_account(s->book, o->code, BOOK_COMMITMENT, ""),
                      o->commitment + o->allotted + o->pending) ||
              bad;
    }
    return bad;
}

int source_agrees(struct source *s)
{
    bool bad = false;

    if (s->later)
        return TOOL_OK; /* what it holds now is no longer what it held then */
    int rc = payables_differ(s, &bad);
    if (rc == TOOL_OK)
        rc = query_catalogue(s);
    if (rc != TOOL_OK)
        return rc;
    bad = organisers_differ(s, s->session->reply->catalogue) || bad;
    return bad ? TOOL_REFUSED : TOOL_OK;
}
