/* world_compare.c - what queries show, against what the model sums up. */
#include "tests/support/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/keys.h"

#define SMALL_PAGE  3
#define ARENA_BYTES (4 << 20)

bool world_ask(struct world *w, const Saldo__V1__QueryRequest *query, struct arena *arena,
               Saldo__V1__Reply *reply)
{
    struct test_key administrator;
    test_key("administrator", &administrator);
    const struct ledger_key *key = ledger_key_find(w->ledger, administrator.id);
    saldo__v1__reply__init(reply);
    arena_reset(arena);
    if (key == NULL)
        return false;
    enum fault f = ledger_query(w->ledger, &w->source, key, w->now_ms, query, arena, reply);
    if (f != FAULT_NONE || reply->code != OUTCOME_ACCEPTED) {
        fprintf(stderr, "query %d: %s, %s\n", (int)query->body_case, fault_text(f),
                outcome_name(reply->code));
        return false;
    }
    return true;
}

static bool same_balance(const Saldo__V1__Balance *a, const struct model_balance *b)
{
    if (strcmp(a->voucher, b->voucher) == 0 && a->bucket == b->bucket &&
        (a->units != 0) == b->units && a->posted == b->posted && a->pending == b->pending &&
        a->available == b->available)
        return true;
    fprintf(stderr,
            "balance of %s: ledger bucket %d posted %" PRId64 " pending %" PRId64
            " available %" PRId64 ", model %s bucket %d posted %" PRId64 " pending %" PRId64
            " available %" PRId64 "\n",
            a->voucher, a->bucket, a->posted, a->pending, a->available, b->voucher, b->bucket,
            b->posted, b->pending, b->available);
    return false;
}

static int by_number(const void *a, const void *b)
{
    return strcmp(((const struct model_balance *)a)->voucher,
                  ((const struct model_balance *)b)->voucher);
}

/* All of the model's balances in the order of the number. */
static struct model_balance *model_balances(const struct world *w, size_t count)
{
    int32_t today = model_local_day(w->now_ms);
    struct model_balance *list = calloc(count + 1, sizeof(*list));
    if (list == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        model_balance(w->model, i, today, today, &list[i]);
    qsort(list, count, sizeof(*list), by_number);
    return list;
}

static bool compare_pages(struct world *w, struct arena *arena, const struct model_balance *want,
                          size_t count)
{
    Saldo__V1__BalanceQuery pages = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    char after[LIMIT_VOUCHER_BYTES + 1] = "";
    size_t seen = 0;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BALANCE;
    query.balance = &pages;
    pages.after = after;
    pages.limit = 100;
    do {
        Saldo__V1__Reply reply;
        if (!world_ask(w, &query, arena, &reply))
            return false;
        for (size_t i = 0; i < reply.balances->n_balances; i++, seen++)
            if (seen == count || !same_balance(reply.balances->balances[i], &want[seen]))
                return false;
        snprintf(after, sizeof(after), "%s", reply.balances->next);
    } while (after[0] != '\0');
    if (seen != count)
        fprintf(stderr, "ledger has %zu vouchers, model %zu\n", seen, count);
    return seen == count;
}

bool world_compare_balances(struct world *w)
{
    size_t count = model_voucher_count(w->model);
    struct model_balance *want = model_balances(w, count);
    struct arena arena;
    void *memory = malloc(ARENA_BYTES);
    if (memory == NULL)
        abort();
    arena_init(&arena, memory, ARENA_BYTES);
    bool same = compare_pages(w, &arena, want, count);
    free(memory);
    free(want);
    return same;
}

static bool same_payable(const struct world *w, const Saldo__V1__Payable *p)
{
    struct model_payable want = model_payable(w->model, p->organiser, p->provider);
    if (p->cents == want.cents && p->in_payouts == want.in_payouts)
        return true;
    fprintf(stderr,
            "payable of %s to %s: ledger %" PRId64 " + %" PRId64 ", model %" PRId64 " + %" PRId64
            "\n",
            p->organiser, p->provider, p->cents, p->in_payouts, want.cents, want.in_payouts);
    return false;
}

static bool compare_payables(struct world *w, struct arena *arena)
{
    Saldo__V1__PayablesQuery payables = SALDO__V1__PAYABLES_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__Reply reply;
    char after[64] = "";
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_PAYABLES;
    query.payables = &payables;
    payables.limit = SMALL_PAGE;
    payables.after = after;
    do {
        if (!world_ask(w, &query, arena, &reply))
            return false;
        for (size_t i = 0; i < reply.payables->n_payables; i++)
            if (!same_payable(w, reply.payables->payables[i]))
                return false;
        snprintf(after, sizeof(after), "%s", reply.payables->next);
    } while (after[0] != '\0');
    return true;
}

static bool same_line(const struct world *w, int32_t day, const Saldo__V1__BatchLine *l)
{
    const struct model_line *want;
    for (size_t i = 0; (want = model_line(w->model, i)) != NULL; i++)
        if (want->day == day && strcmp(l->organiser, want->organiser) == 0 &&
            strcmp(l->provider, want->provider) == 0)
            return l->rows == want->rows && l->cents == want->cents &&
                   l->credit_rows == want->credit_rows && l->credit_cents == want->credit_cents;
    return false;
}

static size_t model_lines(const struct world *w, int32_t day)
{
    const struct model_line *l;
    size_t count = 0;
    for (size_t i = 0; (l = model_line(w->model, i)) != NULL; i++)
        count += l->day == day;
    return count;
}

/* The lines of the last settled night. */
static bool compare_batch(struct world *w, struct arena *arena)
{
    Saldo__V1__BatchQuery batch = SALDO__V1__BATCH_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__Reply reply;
    char after[64] = "";
    size_t lines = 0;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BATCH;
    query.batch = &batch;
    batch.day = model_settled_through(w->model);
    batch.limit = SMALL_PAGE;
    batch.after = after;
    do {
        if (batch.day == 0)
            return true;
        if (!world_ask(w, &query, arena, &reply))
            return false;
        for (size_t i = 0; i < reply.batch->n_lines; i++, lines++)
            if (!same_line(w, batch.day, reply.batch->lines[i])) {
                fprintf(stderr, "batch of day %d: the line of %s and %s differs\n", batch.day,
                        reply.batch->lines[i]->organiser, reply.batch->lines[i]->provider);
                return false;
            }
        snprintf(after, sizeof(after), "%s", reply.batch->next);
    } while (after[0] != '\0');
    if (lines != model_lines(w, batch.day))
        fprintf(stderr, "batch of day %d: ledger %zu lines, model %zu\n", batch.day, lines,
                model_lines(w, batch.day));
    return lines == model_lines(w, batch.day);
}

static bool compare_voucher(struct world *w, struct arena *arena, size_t index)
{
    Saldo__V1__VoucherQuery voucher = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__Reply reply;
    struct model_voucher want;
    model_voucher(w->model, index, model_local_day(w->now_ms), &want);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_VOUCHER;
    query.voucher = &voucher;
    voucher.number = want.number;
    if (!world_ask(w, &query, arena, &reply))
        return false;
    const Saldo__V1__Voucher *v = reply.voucher;
    if (strcmp(v->state, want.state) == 0 && v->closed_on == want.closed_on &&
        v->live_charges == want.live_charges)
        return true;
    fprintf(stderr, "voucher %s: ledger %s closed %d live %d, model %s closed %d live %d\n",
            want.number, v->state, v->closed_on, v->live_charges, want.state, want.closed_on,
            want.live_charges);
    return false;
}

bool world_compare(struct world *w)
{
    struct arena arena;
    void *memory = malloc(ARENA_BYTES);
    if (memory == NULL)
        abort();
    arena_init(&arena, memory, ARENA_BYTES);
    bool same = world_compare_balances(w) && compare_payables(w, &arena) &&
                compare_batch(w, &arena) && world_compare_payments(w) &&
                world_compare_corrections(w, &arena);
    for (size_t i = 0; same && i < model_voucher_count(w->model); i++)
        same = compare_voucher(w, &arena, i);
    free(memory);
    return same;
}
