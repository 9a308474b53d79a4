/* The largest page of each long list: LIMIT_QUERY_ROWS rows with the longest texts and numbers fit
 * into a reply, and their messages into the memory that the daemon gives a query. Balances have no
 * texts but a voucher's number, and are left out. */
#include "tests/support/unit.h"

#include "ledger/bank_line.h"
#include "ledger/charge_row.h"
#include "ledger/query.h"
#include "outcome.h"
#include "tests/support/memory_source.h"

#define DAY   20500
#define MORE  (LIMIT_QUERY_ROWS + 1)
#define LARGE (INT64_MAX - 1)

struct fixture {
    struct ledger *l;
    struct memory_source *tables; /* empty */
    struct ledger_source source;
    unsigned char *memory;
    struct arena arena;
};

static void fill(char *text, size_t size)
{
    memset(text, 'x', size - 1);
    text[size - 1] = '\0';
}

#define FILL(text) fill(text, sizeof(text))
#define NEW(f, kind, type, name)                                                                   \
    uint32_t item = row_new((f)->l, kind);                                                         \
    struct type *name = ROW_AT(type, (f)->l, kind, item)

static void name_organiser(struct fixture *f)
{
    NEW(f, ROW_ORGANISER, organiser, o);
    FILL(o->code.text);
    FILL(o->account_name.text);
    FILL(o->iban);
    catalogue_index(f->l, ROW_ORGANISER, item);
    assert_int_equal(item, 1); /* as of the others, the one that all rows name */
}

/* Each has another id, of the same length. */
static uint32_t add_named_provider(struct fixture *f)
{
    NEW(f, ROW_PROVIDER, provider, p);
    FILL(p->id.text);
    snprintf(p->id.text, 9, "%08u", item);
    p->id.text[8] = 'x';
    FILL(p->account_name.text);
    FILL(p->iban);
    FILL(p->business_id);
    catalogue_index(f->l, ROW_PROVIDER, item);
    return item;
}

static void name_provider(struct fixture *f)
{
    assert_int_equal(add_named_provider(f), 1);
}

static void name_service(struct fixture *f)
{
    NEW(f, ROW_SERVICE, service, s);
    FILL(s->code.text);
    s->organiser = 1;
    catalogue_index(f->l, ROW_SERVICE, item);
}

static void name_class(struct fixture *f)
{
    NEW(f, ROW_CLASS, rate_class, c);
    FILL(c->code.text);
    c->organiser = 1;
    catalogue_index(f->l, ROW_CLASS, item);
}

static int setup(void **state)
{
    static const struct ledger_limits limits = {.charges = 4000, .vouchers = 10, .buckets = 10};
    struct fixture *f = calloc(1, sizeof(*f));
    struct ledger_genesis genesis = {.clock_skew_ms = 1000};
    assert_non_null(f);
    memset(genesis.administrator_key, 7, sizeof(genesis.administrator_key));
    assert_int_equal(ledger_new(&limits, &genesis, &f->l), FAULT_NONE);
    FILL(ROW_AT(signing_key, f->l, ROW_KEY, 1)->key.owner);
    f->tables = memory_source_new();
    f->source = memory_source_reader(f->tables);
    f->memory = malloc(LIMIT_QUERY_BYTES);
    assert_non_null(f->memory);
    name_organiser(f);
    name_provider(f);
    name_service(f);
    name_class(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->memory);
    memory_source_free(f->tables);
    ledger_free(f->l);
    free(f);
    return 0;
}

static void ask(struct fixture *f, const Saldo__V1__QueryRequest *query, Saldo__V1__Reply *reply)
{
    const struct ledger_key *key = ledger_key_at(f->l, 0);
    saldo__v1__reply__init(reply);
    arena_init(&f->arena, f->memory, LIMIT_QUERY_BYTES);
    assert_int_equal(
        ledger_query(f->l, &f->source, key, calendar_midnight_ms(DAY) + 1, query, &f->arena, reply),
        FAULT_NONE);
    assert_int_equal(reply->code, OUTCOME_ACCEPTED);
    size_t len = saldo__v1__reply__get_packed_size(reply);
    print_message("%zu bytes of %d\n", len, LIMIT_REPLY_BYTES);
    assert_true(len <= LIMIT_REPLY_BYTES);
}

/* ---- Rows ---- */

static void add_payout(struct fixture *f, int i)
{
    NEW(f, ROW_PAYOUT, payout, p);
    p->run_day = DAY + i;
    p->organiser = p->provider = 1;
    p->execution_day = p->booked_day = DAY;
    p->cents = LARGE;
    p->state = PAYOUT_RETURNED;
    p->reason = PAYOUT_REASON_ACCOUNT_CHANGE;
    FILL(p->bank_reason.text);
    FILL(p->iban);
    FILL(p->account_name.text);
    FILL(p->business_id);
    for (int t = 0; t < TELLERS; t++)
        p->booked_by[t] = p->returned_by[t] = true;
    row_index(f->l, ROW_PAYOUT, item);
}

static void add_run(struct fixture *f, int i)
{
    NEW(f, ROW_RUN, run, r);
    r->day = DAY + i;
    r->organiser = 1;
    r->execution_day = DAY;
    r->prepared = (struct run_figures){LARGE, LARGE, 1, {0xff}};
    r->prepared_by = r->released_by = LEDGER_OWNER_PERSON | 1;
    r->prepared_number = r->released_number = UINT64_MAX;
    r->released_ms = LARGE;
    FILL(r->iban);
    FILL(r->account_name.text);
    r->debited_by[0] = r->debited_by[1] = true;
    row_index(f->l, ROW_RUN, item);
}

static void add_line(struct fixture *f, int i)
{
    NEW(f, ROW_BANK_LINE, bank_line, b);
    memset(b->line, 0xff, sizeof(b->line));
    memcpy(b->line, &i, sizeof(i));
    b->kind = SALDO__V1__BANK_EVENT_KIND__BANK_LUMP;
    b->organiser = b->provider = 1;
    b->run_day = b->day = DAY;
    b->cents = b->facts.entry_cents = LARGE;
    b->credit = b->by_hand = true;
    FILL(b->reason.text);
    FILL(b->file.text);
    for (int t = 0; t < FACT_TEXTS; t++)
        FILL(b->facts.text[t].text);
    b->facts.notification = b->facts.returned = b->facts.whole = true;
    b->number = b->decided_number = UINT64_MAX;
    b->closed_by = LEDGER_OWNER_PERSON | 1;
    FILL(b->closed_reason.text);
    row_index(f->l, ROW_BANK_LINE, item);
}

static void add_correction(struct fixture *f, int i)
{
    NEW(f, ROW_CORRECTION, correction, c);
    c->business_day = DAY;
    c->number = UINT64_MAX - (uint64_t)i;
    c->time_ms = LARGE;
    c->by = LEDGER_OWNER_PERSON | 1;
    c->kind = SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED;
    c->reason = SALDO__V1__CREDIT_REASON__OTHER;
    memset(c->charge, 1, sizeof(c->charge));
    c->charge_number = UINT64_MAX;
    c->organiser = c->provider = c->service = 1;
    c->digits = 123456789;
    c->cents = c->quantity = INT32_MAX;
    c->settle_day = DAY;
    FILL(c->text);
    row_index(f->l, ROW_CORRECTION, item);
}

static void add_charge(struct fixture *f, int i)
{
    struct charge_row row = {0}, *c = &row;
    memset(c->id, 1, sizeof(c->id));
    memcpy(c->id, &i, sizeof(i));
    c->number = UINT64_MAX - (uint64_t)i;
    c->recorded_ms = calendar_midnight_ms(DAY);
    c->start_ms = c->end_ms = c->have = c->need = LARGE;
    c->owner = c->service = c->rate_class = 1;
    c->digits = 123456789;
    c->quantity = c->county = c->copay = c->credited_cents = c->credited_quantity = INT32_MAX;
    c->settle_day = c->pays_on = DAY;
    c->code = OUTCOME_SCOPE_NOT_ALLOWED;
    c->state = CHARGE_IN_REVIEW;
    (void)charge_keep(f->l, c);
}

static void add_tally(struct fixture *f, int i)
{
    NEW(f, ROW_TALLY, tally, t);
    t->day = DAY;
    t->organiser = 1;
    t->provider = i == 0 ? 1 : add_named_provider(f);
    t->rows = t->cents = t->credit_rows = t->credit_cents = LARGE;
    row_index(f->l, ROW_TALLY, item);
}

static void add_account(struct fixture *f, int i)
{
    struct account *a = account_make(f->l, 1, i == 0 ? 1 : add_named_provider(f));
    a->payable = LARGE;
    a->in_payouts = LARGE / 2;
}

static void add_key(struct fixture *f, int i)
{
    NEW(f, ROW_KEY, signing_key, k);
    memset(k->key.key_id, 0xff, sizeof(k->key.key_id));
    memcpy(k->key.key_id, &i, sizeof(i));
    memset(k->key.signing_key, 0xff, sizeof(k->key.signing_key));
    FILL(k->key.owner);
    k->key.role = SALDO__V1__ROLE__ADMINISTRATOR;
    k->key.organiser = 1;
    k->key.valid_from_ms = k->key.valid_to_ms = LARGE;
    k->key.revoked = true;
    catalogue_index(f->l, ROW_KEY, item);
}

/* A night that is settled, and its own row. */
static void settled(struct fixture *f)
{
    f->l->meta.settled_through = DAY;
    batch_make(f->l, DAY);
}

/* ---- Tests ---- */

#define TEST(name, add, body, list, rows, prepare)                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        struct fixture *f = *state;                                                                \
        Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;                            \
        Saldo__V1__Reply reply;                                                                    \
        for (int i = 0; i < MORE; i++)                                                             \
            add(f, i);                                                                             \
        prepare;                                                                                   \
        query.body_case = SALDO__V1__QUERY_REQUEST__BODY_##body;                                   \
        query.list = &list;                                                                        \
        ask(f, &query, &reply);                                                                    \
        assert_int_equal(reply.list->n_##rows, LIMIT_QUERY_ROWS);                                  \
    }

TEST(payouts, add_payout, PAYOUTS, payouts, payouts,
     Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT)
TEST(batch, add_tally, BATCH, batch, lines, settled(f);
     Saldo__V1__BatchQuery batch = SALDO__V1__BATCH_QUERY__INIT; batch.day = DAY)
TEST(payables, add_account, PAYABLES, payables, payables,
     Saldo__V1__PayablesQuery payables = SALDO__V1__PAYABLES_QUERY__INIT)
TEST(keys, add_key, KEYS, keys, keys, Saldo__V1__KeysQuery keys = SALDO__V1__KEYS_QUERY__INIT)
TEST(runs, add_run, RUNS, runs, runs, Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT)
TEST(lines, add_line, BANK_LINES, bank_lines, lines,
     Saldo__V1__BankLinesQuery bank_lines = SALDO__V1__BANK_LINES_QUERY__INIT)
TEST(corrections, add_correction, CORRECTIONS, corrections, corrections,
     Saldo__V1__CorrectionsQuery corrections = SALDO__V1__CORRECTIONS_QUERY__INIT;
     corrections.business_day = DAY)
TEST(charges, add_charge, CHARGES, charges, charges,
     Saldo__V1__ChargesQuery charges = SALDO__V1__CHARGES_QUERY__INIT;
     charges.business_day = DAY)

/* A filter keeps as many rows as it looks at. */
TEST(filtered_charges, add_charge, CHARGES, charges, charges,
     Saldo__V1__ChargesQuery charges = SALDO__V1__CHARGES_QUERY__INIT;
     charges.business_day = DAY;
     charges.provider = ROW_AT(provider, f->l, ROW_PROVIDER, 1)->id.text)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_payouts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_corrections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_charges, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filtered_charges, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
