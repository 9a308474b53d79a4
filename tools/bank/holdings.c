#include "bank/holdings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

enum { LINE_DIGITS_MIN = 8 };

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

/* ---- Asking ---------------------------------------------------------------------------------- */

static int ask_status(struct holdings *h, struct session *s)
{
    int rc = session_status(s);

    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__Status *status = s->reply->status;
    if (!text_unhex(status->ledger_id, h->ledger_id, sizeof(h->ledger_id)))
        return tool_fail(TOOL_INTERNAL, "the ledger's id cannot be understood");
    h->time_ms = status->time_ms;
    h->settled_through = status->settled_through;
    return TOOL_OK;
}

static int ask_catalogue(struct holdings *h, struct session *s)
{
    Saldo__V1__CatalogueQuery catalogue = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE;
    query.catalogue = &catalogue;
    int rc = session_query(s, &query, SALDO__V1__REPLY__RESULT_CATALOGUE);
    if (rc == TOOL_OK)
        h->catalogue = pager_pages_add(&h->pages, s)->catalogue;
    return rc;
}

static bool is_open(const Saldo__V1__BankLine *line)
{
    return line->kind == EVENT(UNMATCHED) && !line->closed;
}

/* A line that the matching can look at: of an account, and whole. */
static bool is_usable(const Saldo__V1__BankLine *line)
{
    return line->line.len == MATCH_LINE_BYTES && line->facts != NULL;
}

static void keep_line(struct holdings *h, struct pager *pager, const Saldo__V1__BankLine *line)
{
    pager_keep(pager, &h->pages);
    h->lines = tool_grow(h->lines, h->line_count, &h->line_room, sizeof(*h->lines));
    h->lines[h->line_count++] = line;
}

int holdings_open(struct holdings *h, struct session *s)
{
    Saldo__V1__BankLinesQuery query = SALDO__V1__BANK_LINES_QUERY__INIT;
    const Saldo__V1__BankLine *line;
    struct pager pager;

    int rc = ask_status(h, s);
    if (rc == TOOL_OK)
        rc = ask_catalogue(h, s);
    if (rc != TOOL_OK)
        return rc;
    query.open_only = true;
    pager_ask_bank_lines(&pager, s, &query);
    while ((line = pager_bank_line(&pager)) != NULL)
        if (is_usable(line))
            keep_line(h, &pager, line);
    h->open_count = h->line_count;
    return pager_end(&pager);
}

/* Lines of the wanted days: known ones, and the details of what is open. */
static int ask_lines(struct holdings *h, struct session *s, struct wanted *w)
{
    Saldo__V1__BankLinesQuery query = SALDO__V1__BANK_LINES_QUERY__INIT;
    const Saldo__V1__BankLine *line;
    struct pager pager;

    if (w->booked.count == 0)
        return TOOL_OK;
    query.from_day = w->booked.list[0];
    query.to_day = w->booked.list[w->booked.count - 1];
    pager_ask_bank_lines(&pager, s, &query);
    while ((line = pager_bank_line(&pager)) != NULL) {
        if (!is_usable(line) || is_open(line) || !wanted_has_line(w, line->day))
            continue;
        keep_line(h, &pager, line);
        wanted_run(w, line->run_day);
    }
    return pager_end(&pager);
}

static int ask_payouts(struct holdings *h, struct session *s, const Saldo__V1__Run *run)
{
    Saldo__V1__PayoutsQuery query = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *payout;
    struct pager pager;

    query.from_day = query.to_day = run->run_day;
    query.organiser = run->organiser;
    pager_ask_payouts(&pager, s, &query);
    while ((payout = pager_payout(&pager)) != NULL) {
        pager_keep(&pager, &h->pages);
        h->payouts = tool_grow(h->payouts, h->payout_count, &h->payout_room, sizeof(*h->payouts));
        h->runs_of = tool_grow(h->runs_of, h->payout_count, &h->runs_of_room, sizeof(*h->runs_of));
        h->runs_of[h->payout_count] = run;
        h->payouts[h->payout_count++] = payout;
    }
    return pager_end(&pager);
}

static int ask_runs(struct holdings *h, struct session *s, const struct wanted *w)
{
    Saldo__V1__RunsQuery query = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *run;
    struct pager pager;

    pager_ask_runs(&pager, s, &query);
    while ((run = pager_run(&pager)) != NULL) {
        if (!wanted_has_run(w, run->run_day, run->execution_day))
            continue;
        pager_keep(&pager, &h->pages);
        h->runs = tool_grow(h->runs, h->run_count, &h->run_room, sizeof(*h->runs));
        h->runs[h->run_count++] = run;
    }
    int rc = pager_end(&pager);
    for (size_t i = 0; i < h->run_count && rc == TOOL_OK; i++)
        rc = ask_payouts(h, s, h->runs[i]);
    return rc;
}

/* ---- Finding --------------------------------------------------------------------------------- */

static const char *payee_text(struct slab *slab, const char *organiser, const char *provider)
{
    size_t size = strlen(organiser) + strlen(provider) + 2;
    char *text = slab_alloc(slab, size);

    snprintf(text, size, "%s/%s", organiser, provider);
    return text;
}

static void index_payees(struct holdings *h)
{
    for (size_t i = 0; i < h->payout_count; i++) {
        const Saldo__V1__Payout *p = h->payouts[i];
        index_add(&h->by_payee, (struct index_key){payee_text(&h->slab, p->organiser, p->provider),
                                                   p->run_day, i});
    }
    index_sort(&h->by_payee);
}

size_t holdings_payout(const struct holdings *h, const char *organiser, const char *provider,
                       int32_t run_day)
{
    char text[128];
    size_t count;

    snprintf(text, sizeof(text), "%s/%s", organiser, provider);
    const struct index_key *key = index_find(&h->by_payee, text, run_day, &count);
    return key != NULL ? key->item : MATCH_NONE;
}

static size_t organiser_at(const struct holdings *h, const char *code)
{
    for (size_t i = 0; i < h->catalogue->n_organisers; i++)
        if (strcmp(h->catalogue->organisers[i]->code, code) == 0)
            return i;
    return MATCH_NONE;
}

/* Of equal accounts the first item is found: an organiser's own before another's former one. */
static void index_accounts(struct holdings *h)
{
    size_t count = h->catalogue->n_organisers;

    for (size_t i = 0; i < count; i++) {
        const Saldo__V1__CatalogueOrganiser *o = h->catalogue->organisers[i];
        index_add(&h->by_account, (struct index_key){o->iban, 0, i});
        for (size_t f = 0; f < o->n_former_ibans; f++)
            index_add(&h->by_account, (struct index_key){o->former_ibans[f], 0, count + i});
    }
    for (size_t i = 0; i < h->run_count; i++) {
        size_t organiser = organiser_at(h, h->runs[i]->organiser);
        if (organiser != MATCH_NONE)
            index_add(&h->by_account,
                      (struct index_key){h->runs[i]->iban, 0, 2 * count + organiser});
    }
    index_sort(&h->by_account);
}

void holdings_remark(const struct holdings *h, const struct tool *tool)
{
    const Saldo__V1__Catalogue *c = h->catalogue;

    for (size_t i = 0; i < c->n_organisers && !tool->quiet; i++)
        for (size_t other = i + 1; other < c->n_organisers; other++)
            if (c->organisers[i]->iban[0] != '\0' &&
                strcmp(c->organisers[i]->iban, c->organisers[other]->iban) == 0)
                fprintf(stderr,
                        "%s is the account of %s and of %s: a line of it that names no payout and "
                        "no run stands with %s\n",
                        c->organisers[i]->iban, c->organisers[i]->code, c->organisers[other]->code,
                        c->organisers[i]->code);
}

const char *holdings_organiser(const struct holdings *h, const char *account)
{
    size_t found;
    const struct index_key *key = index_find(&h->by_account, account, 0, &found);

    return key != NULL ? h->catalogue->organisers[key->item % h->catalogue->n_organisers]->code
                       : "";
}

int holdings_ask(struct holdings *h, struct session *s, struct wanted *w)
{
    for (size_t i = 0; i < h->open_count; i++) {
        const struct match_line line = holdings_line(h->lines[i]);
        wanted_line(w, &line);
    }
    wanted_sort(w);
    int rc = ask_lines(h, s, w);
    wanted_sort(w);
    if (rc == TOOL_OK)
        rc = ask_runs(h, s, w);
    index_payees(h);
    index_accounts(h);
    return rc;
}

int holdings_find_open(const struct holdings *h, const char *digits, size_t *line)
{
    size_t len = strlen(digits), found = 0;

    if (len < LINE_DIGITS_MIN || len > 2 * MATCH_LINE_BYTES)
        return tool_fail(TOOL_USAGE, "\"%s\" is no line: give its first digits, at least %d",
                         digits, LINE_DIGITS_MIN);
    for (size_t i = 0; i < h->open_count; i++) {
        char hex[TEXT_HEX_MAX];
        text_hex(h->lines[i]->line.data, MATCH_LINE_BYTES, hex);
        if (strncasecmp(hex, digits, len) != 0)
            continue;
        *line = i;
        found++;
    }
    if (found == 1)
        return TOOL_OK;
    return tool_fail(TOOL_REFUSED, "%zu open lines begin with %s; see saldo bank lines --open",
                     found, digits);
}

int holdings_recorded(struct session *s, const uint8_t line[MATCH_LINE_BYTES], bool *recorded)
{
    Saldo__V1__BankLinesQuery lines = SALDO__V1__BANK_LINES_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    uint8_t before[MATCH_LINE_BYTES];

    memcpy(before, line, MATCH_LINE_BYTES);
    for (size_t i = MATCH_LINE_BYTES; i > 0 && before[i - 1]-- == 0; i--)
        ;
    lines.after = (ProtobufCBinaryData){MATCH_LINE_BYTES, before};
    lines.limit = 1;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BANK_LINES;
    query.bank_lines = &lines;
    int rc = session_query(s, &query, SALDO__V1__REPLY__RESULT_BANK_LINES);
    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__BankLines *found = s->reply->bank_lines;
    *recorded = found->n_lines > 0 && found->lines[0]->line.len == MATCH_LINE_BYTES &&
                memcmp(found->lines[0]->line.data, line, MATCH_LINE_BYTES) == 0;
    return TOOL_OK;
}

void holdings_free(struct holdings *h)
{
    pager_pages_free(&h->pages);
    free(h->runs);
    free(h->payouts);
    free(h->runs_of);
    free(h->lines);
    index_free(&h->by_payee);
    index_free(&h->by_account);
    slab_free(&h->slab);
    *h = (struct holdings){0};
}
