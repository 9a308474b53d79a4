/* world_compare_payments.c - runs, payouts, lines of the bank, accounts and lists of charges, as
 * queries show them, against what the model remembers and what was answered. */
#include "tests/support/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/bank_line.h"

#define ARENA_BYTES (16 << 20)

static Saldo__V1__QueryRequest query_of(Saldo__V1__QueryRequest__BodyCase body, void *message)
{
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    query.body_case = body;
    query.balance = message; /* all bodies share their place */
    return query;
}

#define QUERY(body, message) query_of(SALDO__V1__QUERY_REQUEST__BODY_##body, message)

static bool differs(const char *what, int32_t day, const char *organiser, const char *provider)
{
    fprintf(stderr, "%s of day %d, %s to %s: ledger and model differ\n", what, day, organiser,
            provider);
    return false;
}

/* ---- Payouts ----------------------------------------------------------------------------------
 */

static int by_payout(const void *a, const void *b)
{
    const struct model_payout *x = *(const struct model_payout *const *)a;
    const struct model_payout *y = *(const struct model_payout *const *)b;
    if (x->run_day != y->run_day)
        return x->run_day < y->run_day ? -1 : 1;
    int order = strcmp(x->organiser, y->organiser);
    return order != 0 ? order : strcmp(x->provider, y->provider);
}

static bool same_payout(const Saldo__V1__Payout *p, const struct model_payout *want)
{
    return p->run_day == want->run_day && strcmp(p->organiser, want->organiser) == 0 &&
           strcmp(p->provider, want->provider) == 0 && p->cents == want->cents &&
           p->execution_day == want->execution_day && strcmp(p->state, want->state) == 0 &&
           strcmp(p->reason, want->reason) == 0 && strcmp(p->bank_reason, want->bank_reason) == 0 &&
           p->booked_day == want->booked_day && strcmp(p->iban, want->iban) == 0 &&
           strcmp(p->account_name, want->account_name) == 0 &&
           strcmp(p->business_id, want->business_id) == 0 &&
           (p->in_transit != 0) == model_payout_under_way(want) &&
           (p->booked_by_statement != 0) == want->booked_by[0] &&
           (p->booked_by_notification != 0) == want->booked_by[1] &&
           (p->returned_by_statement != 0) == want->returned_by[0] &&
           (p->returned_by_notification != 0) == want->returned_by[1];
}

struct payout_list {
    const struct model_payout **want; /* in the order of by_payout() */
    size_t count;
    size_t seen;
    int32_t last_day;
};

/* Rows come by run day; within a day the ledger's order is its own. */
static bool take_payouts(struct payout_list *s, const Saldo__V1__Payouts *page)
{
    for (size_t i = 0; i < page->n_payouts; i++, s->seen++) {
        const Saldo__V1__Payout *p = page->payouts[i];
        struct model_payout key = {.run_day = p->run_day};
        const struct model_payout *wanted = &key;
        snprintf(key.organiser, sizeof(key.organiser), "%s", p->organiser);
        snprintf(key.provider, sizeof(key.provider), "%s", p->provider);
        const struct model_payout **found =
            bsearch(&wanted, s->want, s->count, sizeof(struct model_payout *), by_payout);
        if (found == NULL || !same_payout(p, *found) || p->run_day < s->last_day)
            return differs("payout", p->run_day, p->organiser, p->provider);
        s->last_day = p->run_day;
    }
    return true;
}

static bool compare_payout_pages(struct world *w, struct arena *arena, struct payout_list *list)
{
    Saldo__V1__PayoutsQuery page = SALDO__V1__PAYOUTS_QUERY__INIT;
    Saldo__V1__QueryRequest query = QUERY(PAYOUTS, &page);
    char after[64] = "";
    page.limit = 53;
    page.after = after;
    do {
        Saldo__V1__Reply reply;
        if (!world_ask(w, &query, arena, &reply) || !take_payouts(list, reply.payouts))
            return false;
        snprintf(after, sizeof(after), "%s", reply.payouts->next);
    } while (after[0] != '\0');
    if (list->seen != list->count)
        fprintf(stderr, "payouts: ledger %zu, model %zu\n", list->seen, list->count);
    return list->seen == list->count;
}

static bool compare_payouts(struct world *w, struct arena *arena)
{
    struct payout_list list = {0};
    while (model_payout(w->model, list.count) != NULL)
        list.count++;
    list.want = calloc(list.count + 1, sizeof(struct model_payout *));
    if (list.want == NULL)
        abort();
    for (size_t i = 0; i < list.count; i++)
        list.want[i] = model_payout(w->model, i);
    qsort(list.want, list.count, sizeof(struct model_payout *), by_payout);
    bool same = compare_payout_pages(w, arena, &list);
    free(list.want);
    return same;
}

/* ---- Runs -------------------------------------------------------------------------------------
 */

static bool same_run(const Saldo__V1__Run *r, const struct model_run *want)
{
    static const uint8_t none[sizeof(want->prepared)];
    if (memcmp(r->payees.len == sizeof(none) ? r->payees.data : none, want->prepared,
               sizeof(none)) != 0)
        return false;
    return r->payouts == want->payouts && r->cents == want->cents &&
           strcmp(r->state, want->state) == 0 && strcmp(r->prepared_by, want->prepared_by) == 0 &&
           strcmp(r->released_by, want->released_by) == 0 && strcmp(r->iban, want->iban) == 0 &&
           strcmp(r->account_name, want->account_name) == 0 &&
           (r->debited_by_statement != 0) == want->debited_by[0] &&
           (r->debited_by_notification != 0) == want->debited_by[1];
}

static bool take_runs(struct world *w, const Saldo__V1__Runs *page)
{
    for (size_t i = 0; i < page->n_runs; i++) {
        const Saldo__V1__Run *r = page->runs[i];
        struct model_run want;
        bool found = false;
        for (size_t k = 0; !found && model_run(w->model, k, &want); k++)
            found = r->run_day == want.day && strcmp(r->organiser, want.organiser) == 0;
        if (!found || !same_run(r, &want))
            return differs("run", r->run_day, r->organiser, "all");
    }
    return true;
}

static bool compare_runs(struct world *w, struct arena *arena)
{
    Saldo__V1__RunsQuery page = SALDO__V1__RUNS_QUERY__INIT;
    Saldo__V1__QueryRequest query = QUERY(RUNS, &page);
    char after[64] = "";
    size_t seen = 0;
    page.limit = 7;
    page.after = after;
    do {
        Saldo__V1__Reply reply;
        if (!world_ask(w, &query, arena, &reply) || !take_runs(w, reply.runs))
            return false;
        seen += reply.runs->n_runs;
        snprintf(after, sizeof(after), "%s", reply.runs->next);
    } while (after[0] != '\0');
    if (seen != model_run_count(w->model))
        fprintf(stderr, "runs: ledger %zu, model %zu\n", seen, model_run_count(w->model));
    return seen == model_run_count(w->model);
}

/* ---- The bank ---------------------------------------------------------------------------------
 */

static int by_line(const void *a, const void *b)
{
    return memcmp((*(const struct model_bank_line *const *)a)->line,
                  (*(const struct model_bank_line *const *)b)->line, LIMIT_HASH_BYTES);
}

static bool same_facts(const Saldo__V1__BankLineFacts *f, const struct model_facts *want)
{
    if (f == NULL || !want->told)
        return f == NULL && !want->told;
    const char *const texts[MODEL_FACT_TEXTS] = {f->account,    f->end_to_end_id, f->instruction_id,
                                                 f->payment_id, f->reference,     f->iban,
                                                 f->entry_ref};
    for (size_t i = 0; i < MODEL_FACT_TEXTS; i++)
        if (strcmp(texts[i], want->text[i]) != 0)
            return false;
    return (f->notification != 0) == want->notification && (f->returned != 0) == want->returned &&
           (f->whole != 0) == want->whole && f->entry_cents == want->entry_cents;
}

static bool same_line(const Saldo__V1__BankLine *l, const struct model_bank_line *want)
{
    return memcmp(l->line.data, want->line, LIMIT_HASH_BYTES) == 0 && (int)l->kind == want->kind &&
           strcmp(l->organiser, want->organiser) == 0 && strcmp(l->provider, want->provider) == 0 &&
           l->run_day == want->run_day && l->cents == want->cents &&
           (l->credit != 0) == want->credit && l->day == want->day &&
           strcmp(l->reason, want->reason) == 0 && strcmp(l->file, want->file) == 0 &&
           (l->by_hand != 0) == want->by_hand && l->number == want->number &&
           l->decided_number == want->decided_number && (l->closed != 0) == want->closed &&
           strcmp(l->closed_reason, want->closed_reason) == 0 &&
           strcmp(l->closed_by, want->closed_by) == 0 && same_facts(l->facts, &want->facts);
}

static bool compare_line_pages(struct world *w, struct arena *arena,
                               const struct model_bank_line **want, size_t count)
{
    Saldo__V1__BankLinesQuery page = SALDO__V1__BANK_LINES_QUERY__INIT;
    Saldo__V1__QueryRequest query = QUERY(BANK_LINES, &page);
    uint8_t after[LIMIT_HASH_BYTES];
    size_t seen = 0;
    page.limit = 97;
    do {
        Saldo__V1__Reply reply;
        if (!world_ask(w, &query, arena, &reply))
            return false;
        const Saldo__V1__BankLines *lines = reply.bank_lines;
        for (size_t i = 0; i < lines->n_lines; i++, seen++)
            if (seen == count || !same_line(lines->lines[i], want[seen]))
                return differs("bank line", lines->lines[i]->day, lines->lines[i]->organiser,
                               lines->lines[i]->provider);
        page.after.len = lines->next.len;
        page.after.data = after;
        if (lines->next.len != 0)
            memcpy(after, lines->next.data, sizeof(after));
    } while (page.after.len != 0);
    if (seen != count)
        fprintf(stderr, "bank lines: ledger %zu, model %zu\n", seen, count);
    return seen == count;
}

static bool compare_lines(struct world *w, struct arena *arena)
{
    size_t count = 0;
    while (model_bank_line(w->model, count) != NULL)
        count++;
    const struct model_bank_line **want = calloc(count + 1, sizeof(struct model_bank_line *));
    if (want == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        want[i] = model_bank_line(w->model, i);
    qsort(want, count, sizeof(struct model_bank_line *), by_line);
    bool same = compare_line_pages(w, arena, want, count);
    free(want);
    return same;
}

/* The list of open lines that the ledger keeps in memory. */
static bool compare_open(const struct world *w)
{
    const struct model_bank_line *l;
    size_t open = 0, listed = 0;
    for (size_t i = 0; (l = model_bank_line(w->model, i)) != NULL; i++) {
        bool is_open = l->kind == SALDO__V1__BANK_EVENT_KIND__BANK_UNMATCHED && !l->closed;
        if (is_open != (open_line_find(w->ledger, l->line) != 0))
            return differs("open line", l->day, l->organiser, "");
        open += is_open;
    }
    for (uint32_t at = 1; open_line_next(w->ledger, &at) != 0;)
        listed++;
    if (listed != open)
        fprintf(stderr, "open lines: ledger %zu, model %zu\n", listed, open);
    return listed == open;
}

/* ---- Accounts ---------------------------------------------------------------------------------
 */

static bool same_former(const struct world *w, const Saldo__V1__CatalogueOrganiser *o)
{
    for (size_t i = 0; i < o->n_former_ibans; i++) {
        const char *want = model_former_iban(w->model, o->code, i);
        if (want == NULL || strcmp(o->former_ibans[i], want) != 0)
            return false;
    }
    return model_former_iban(w->model, o->code, o->n_former_ibans) == NULL;
}

static bool compare_accounts(struct world *w, struct arena *arena)
{
    Saldo__V1__CatalogueQuery all = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__QueryRequest query = QUERY(CATALOGUE, &all);
    Saldo__V1__Reply reply;
    if (!world_ask(w, &query, arena, &reply))
        return false;
    for (size_t i = 0; i < reply.catalogue->n_organisers; i++) {
        const Saldo__V1__CatalogueOrganiser *o = reply.catalogue->organisers[i];
        struct model_money want = model_money(w->model, o->code);
        if (!same_former(w, o))
            return differs("former IBANs", 0, o->code, "");
        bool balanced =
            o->commitment + o->allotted + o->pending + o->payable + o->in_transit + o->bank == 0;
        if (!balanced || o->payable != want.payable || o->in_transit != want.in_transit ||
            o->bank != want.bank) {
            fprintf(stderr,
                    "%s: ledger owes %" PRId64 ", in transit %" PRId64 ", paid %" PRId64
                    ", model %" PRId64 " %" PRId64 " %" PRId64 "\n",
                    o->code, o->payable, o->in_transit, o->bank, want.payable, want.in_transit,
                    want.bank);
            return false;
        }
    }
    return true;
}

/* ---- The charges of the last day --------------------------------------------------------------
 */

/* Answers that use no id up, or repeat one, are on no list. */
static bool listed(const struct answer *a)
{
    return !a->duplicate && a->code != OUTCOME_BAD_SIGNATURE && a->code != OUTCOME_CLOCK_SKEW &&
           a->code != OUTCOME_ID_CONFLICT;
}

struct seen {
    uint64_t number;
    int32_t index, code;
    int64_t have, need;
};

struct listing {
    struct world *w;
    struct seen *rows; /* by number and index; owned */
    size_t count, at;
};

static int by_number(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void keep_page(struct listing *s, const Saldo__V1__Charges *page)
{
    s->rows = realloc(s->rows, (s->count + page->n_charges + 1) * sizeof(*s->rows));
    if (s->rows == NULL)
        abort();
    for (size_t i = 0; i < page->n_charges; i++) {
        const Saldo__V1__ChargeStatus *c = page->charges[i];
        s->rows[s->count++] = (struct seen){c->number, c->index, c->code, c->have, c->need};
    }
}

/* They come by voucher, and are compared in the order of their numbers. */
static bool list_day(struct listing *s, struct arena *arena, int32_t day)
{
    Saldo__V1__ChargesQuery page = SALDO__V1__CHARGES_QUERY__INIT;
    Saldo__V1__QueryRequest query = QUERY(CHARGES, &page);
    char after[64] = "";
    page.business_day = day;
    page.limit = 61;
    page.after = after;
    do {
        Saldo__V1__Reply reply;
        if (!world_ask(s->w, &query, arena, &reply))
            return false;
        keep_page(s, reply.charges);
        snprintf(after, sizeof(after), "%s", reply.charges->next);
    } while (after[0] != '\0');
    if (s->count > 0)
        qsort(s->rows, s->count, sizeof(*s->rows), by_number);
    return true;
}

/* The next one of the list is this item of this entry, with this answer. */
static bool list_has(struct listing *s, uint64_t number, uint32_t index, const struct answer *a)
{
    if (s->at == s->count)
        return false;
    const struct seen *c = &s->rows[s->at++];
    return c->number == number && c->index == (int32_t)index && c->code == a->code &&
           c->have == a->have && c->need == a->need;
}

static bool compare_entry(struct listing *s, size_t entry)
{
    struct tape_request r;
    bool same = true;
    tape_unpack(&s->w->tape.entries[entry], &r);
    for (uint32_t k = 0; same && r.request.purpose == PURPOSE_CHARGE && k < r.request.count; k++) {
        const struct answer *a = &s->w->decided[entry][k];
        same = !listed(a) || list_has(s, r.entry.number, k, a);
        if (!same)
            fprintf(stderr, "list of charges: entry %" PRIu64 " item %u is not next\n",
                    r.entry.number, k);
    }
    tape_release(&r);
    return same;
}

static bool compare_charges(struct world *w, struct arena *arena)
{
    struct listing s = {.w = w};
    size_t count = w->tape.count, first = count;
    if (count == 0)
        return true;
    int32_t day = w->tape.entries[count - 1].day;
    while (first > 0 && w->tape.entries[first - 1].day == day)
        first--;
    bool same = list_day(&s, arena, day);
    for (size_t i = first; same && i < count; i++)
        same = compare_entry(&s, i);
    if (same && s.at != s.count)
        fprintf(stderr, "list of charges: longer than what was answered\n");
    same = same && s.at == s.count;
    free(s.rows);
    return same;
}

bool world_compare_payments(struct world *w)
{
    struct arena arena;
    void *memory = malloc(ARENA_BYTES);
    if (memory == NULL)
        abort();
    arena_init(&arena, memory, ARENA_BYTES);
    bool same = compare_payouts(w, &arena) && compare_runs(w, &arena) && compare_lines(w, &arena) &&
                compare_open(w) && compare_accounts(w, &arena) && compare_charges(w, &arena);
    free(memory);
    return same;
}
