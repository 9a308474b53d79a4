/* Every question, in trouble: with less memory than its answer needs it is LIMIT_REACHED, where the
 * tables fail or hold what is no row it is INTERNAL and the fault is told, and else the answer is
 * the same to the byte. Nothing of an answer is given but the whole. */
#include "tests/support/unit.h"

#include "tests/support/keys.h"
#include "tests/support/order.h"
#include "tests/support/weak_source.h"
#include "tests/support/words.h"

#define ARENA_BYTES (8 << 20)

static const struct question {
    const char *key;
    const char *words;
    enum outcome outcome;
} questions[] = {
    {ADMIN, "balance.limit=3", OUTCOME_ACCEPTED},
    {ADMIN, "balance.voucher=0000000011", OUTCOME_ACCEPTED},
    {ADMIN, "balance.voucher=0000000011 balance.as_of=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "balance.after=0000000044 balance.as_of=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "balance.organiser=kainuu", OUTCOME_ACCEPTED},
    {ADMIN, "balance.organiser=ei-ole", OUTCOME_ORGANISER_UNKNOWN},
    {ADMIN, "balance.voucher=0000000996", OUTCOME_VOUCHER_UNKNOWN},
    {ADMIN, "balance.limit=1001", OUTCOME_FIELD_INVALID},
    {ADMIN, "balance.limit=-1", OUTCOME_FIELD_INVALID},
    {ADMIN, "balance.as_of=-1", OUTCOME_FIELD_INVALID},
    {ADMIN, "balance.after=x", OUTCOME_FIELD_INVALID},
    {ADMIN, "balance.voucher=0000000011 balance.organiser=kymi", OUTCOME_VOUCHER_UNKNOWN},
    {"finance-kymi", "balance.voucher=0000000011", OUTCOME_VOUCHER_UNKNOWN},
    {"finance-kymi", "balance.organiser=kainuu", OUTCOME_SCOPE_NOT_ALLOWED},
    {"finance-kymi", "balance.limit=3", OUTCOME_ACCEPTED},
    {"P1", "balance.voucher=0000000011", OUTCOME_ACCEPTED},
    {"P1", "balance.limit=3", OUTCOME_ROLE_NOT_ALLOWED},
    {ADMIN, "voucher.number=0000000011", OUTCOME_ACCEPTED},
    {ADMIN, "voucher.number=0000000996", OUTCOME_VOUCHER_UNKNOWN},
    {"finance-kymi", "voucher.number=0000000011", OUTCOME_VOUCHER_UNKNOWN},
    {"P1", "voucher.number=0000000011", OUTCOME_ACCEPTED},
    {ADMIN, "charge.provider=P2 charge.charge=$credit", OUTCOME_ACCEPTED},
    {ADMIN, "charge.provider=P1 charge.charge=$review", OUTCOME_ACCEPTED},
    {ADMIN, "charge.provider=P1 charge.charge=$credit", OUTCOME_CHARGE_UNKNOWN},
    {ADMIN, "charge.provider=ei-ole charge.charge=$credit", OUTCOME_CHARGE_UNKNOWN},
    {ADMIN, "charge.provider=P2 charge.charge=00", OUTCOME_FIELD_INVALID},
    {"P2", "charge.charge=$credit", OUTCOME_ACCEPTED},
    {"P1", "charge.provider=P2 charge.charge=$credit", OUTCOME_CHARGE_UNKNOWN},
    {"finance-kymi", "charge.provider=P2 charge.charge=$credit", OUTCOME_CHARGE_UNKNOWN},
    {ADMIN, "batch.day=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "batch.day=2026-03-30", OUTCOME_ROW_UNKNOWN},
    {"P1", "batch.day=2026-03-31", OUTCOME_ACCEPTED},
    {"finance-kymi", "batch.day=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "payouts=new", OUTCOME_ACCEPTED},
    {ADMIN, "payouts.limit=1 payouts.organiser=kainuu", OUTCOME_ACCEPTED},
    {ADMIN, "payouts.organiser=ei-ole", OUTCOME_ORGANISER_UNKNOWN},
    {ADMIN, "payouts.from_day=2026-03-31 payouts.to_day=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "payouts.from_day=2026-03-31 payouts.to_day=2026-03-30", OUTCOME_FIELD_INVALID},
    {ADMIN, "payouts.to_day=2026-03-30", OUTCOME_ACCEPTED}, /* there is none so early */
    {ADMIN, "payouts.organiser=kainuu payouts.provider=P1", OUTCOME_ACCEPTED},
    {"P1", "payouts=new", OUTCOME_ACCEPTED},
    {"finance-kymi", "payouts=new", OUTCOME_ACCEPTED},
    {ADMIN, "payables=new", OUTCOME_ACCEPTED},
    {"P1", "payables=new", OUTCOME_ACCEPTED},
    {ADMIN, "status=new", OUTCOME_ACCEPTED},
    {ADMIN, "keys=new", OUTCOME_ACCEPTED},
    {ADMIN, "runs=new", OUTCOME_ACCEPTED},
    {ADMIN, "runs.limit=1 runs.from_day=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "runs.to_day=2026-03-30", OUTCOME_ACCEPTED},
    {"finance-kymi", "runs=new", OUTCOME_ACCEPTED},
    {ADMIN, "bank_lines.limit=2", OUTCOME_ACCEPTED},
    {ADMIN, "bank_lines.limit=2 bank_lines.open_only=true", OUTCOME_ACCEPTED},
    {ADMIN, "bank_lines.to_day=2026-04-02", OUTCOME_ACCEPTED},
    {ADMIN, "bank_lines.limit=1001", OUTCOME_FIELD_INVALID},
    {ADMIN, "bank_lines.after=00", OUTCOME_FIELD_INVALID},
    {"finance-kymi", "bank_lines.limit=2", OUTCOME_ACCEPTED},
    {ADMIN, "charges.limit=2 charges.business_day=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "charges.limit=2 charges.business_day=2026-04-01 charges.provider=P1",
     OUTCOME_ACCEPTED},
    {ADMIN, "charges.limit=2 charges.business_day=2026-03-31 charges.voucher=0000000011",
     OUTCOME_ACCEPTED},
    {ADMIN, "charges.limit=2 charges.business_day=2026-03-31 charges.voucher=0000000996",
     OUTCOME_ACCEPTED},
    {ADMIN, "charges.limit=2 charges.business_day=2026-03-31 charges.provider=ei-ole",
     OUTCOME_PROVIDER_UNKNOWN},
    {"P1", "charges.limit=2 charges.business_day=2026-03-31", OUTCOME_ACCEPTED},
    {"finance-kymi", "charges.limit=2 charges.business_day=2026-03-31", OUTCOME_ACCEPTED},
    {ADMIN, "corrections.limit=2 corrections.business_day=2026-04-01", OUTCOME_ACCEPTED},
    {ADMIN, "corrections.limit=2 corrections.business_day=2026-04-01 corrections.charge=$credit",
     OUTCOME_ACCEPTED},
    {ADMIN, "corrections.limit=2 corrections.business_day=2026-04-01 corrections.provider=ei-ole",
     OUTCOME_PROVIDER_UNKNOWN},
    {"P2", "corrections.limit=2 corrections.business_day=2026-04-01", OUTCOME_ACCEPTED},
    {"finance-kymi", "corrections.limit=2 corrections.business_day=2026-04-01", OUTCOME_ACCEPTED},
    {ADMIN, "catalogue=new", OUTCOME_ACCEPTED},
    {"P1", "catalogue=new", OUTCOME_ACCEPTED},
    {ADMIN, "terms.provider=P1 terms.organiser=kainuu terms.service=sentti terms.day=2026-04-01",
     OUTCOME_ACCEPTED},
    {ADMIN, "terms.provider=P1 terms.organiser=kainuu terms.service=ei-ole terms.day=2026-04-01",
     OUTCOME_SERVICE_UNKNOWN},
    {ADMIN, "terms.provider=P1 terms.service=sentti terms.day=2026-04-01",
     OUTCOME_ORGANISER_UNKNOWN},
    {ADMIN,
     "check.provider=P1 check.charges.request_id=$credit check.charges.voucher=0000000011 "
     "check.charges.service=sentti check.charges.quantity=1",
     OUTCOME_ACCEPTED},
    {"P2", "check.charges.request_id=$credit check.charges.voucher=0000000011", OUTCOME_ACCEPTED},
    {"P2", "check.provider=P1 check.charges.request_id=$credit", OUTCOME_SCOPE_NOT_ALLOWED},
    {ADMIN, "check.provider=ei-ole check.charges.request_id=$credit", OUTCOME_PROVIDER_UNKNOWN},
    {ADMIN, "check.charges.request_id=00", OUTCOME_BAD_FRAME},
    {CASE_WORKER,
     "check.commands.request_id=$credit check.commands.close_voucher.number=0000000011 "
     "check.commands.close_voucher.closed_on=2026-12-31",
     OUTCOME_ACCEPTED},
    {SETTLEMENT, "check.commands.request_id=$credit check.commands.settle_day.day=2026-03-31",
     OUTCOME_ACCEPTED},
    {ADMIN, "check=new", OUTCOME_FIELD_INVALID},
    {ADMIN, "entry.number=1", OUTCOME_BAD_FRAME}, /* the journal's */
    {"stranger", "status=new", OUTCOME_BAD_SIGNATURE},
};

struct asked {
    enum outcome outcome;
    enum fault fault;
    size_t used; /* of the memory */
    size_t len;
    uint8_t bytes[1 << 18];
};

/* With so much memory, from that source. */
static void ask(struct scene *s, const struct question *q, size_t memory,
                const struct ledger_source *source, struct asked *out)
{
    static unsigned char room[ARENA_BYTES];
    struct test_key pair;
    struct arena arena;
    Saldo__V1__Reply reply = SALDO__V1__REPLY__INIT;
    union {
        ProtobufCMessage *base;
        Saldo__V1__QueryRequest *query;
    } cast = {.base = scene_words(s, &saldo__v1__query_request__descriptor, q->words)};
    test_key(q->key, &pair);
    arena_init(&arena, room, memory);
    out->fault = ledger_query(s->w->ledger, source, ledger_key_find(s->w->ledger, pair.id),
                              s->w->now_ms, cast.query, &arena, &reply);
    out->outcome = (enum outcome)reply.code;
    out->used = arena.used;
    out->len = saldo__v1__reply__get_packed_size(&reply);
    assert_true(out->len <= sizeof(out->bytes));
    saldo__v1__reply__pack(&reply, out->bytes);
    if (out->outcome != OUTCOME_ACCEPTED)
        assert_int_equal(reply.result_case, SALDO__V1__REPLY__RESULT__NOT_SET);
}

static void with_little_memory(struct scene *s, const struct question *q, const struct asked *whole)
{
    static struct asked a;
    size_t step = 16 + whole->used / 4096 * 16; /* what an arena hands out is a multiple of 16 */
    for (size_t memory = 0;; memory += step) {
        ask(s, q, memory, &s->w->source, &a);
        assert_int_equal(a.fault, FAULT_NONE);
        if (a.outcome == OUTCOME_ACCEPTED)
            break;
        EXPECT(LIMIT_REACHED, a.outcome);
        assert_true(memory < whole->used);
    }
    assert_int_equal(a.len, whole->len);
    assert_memory_equal(a.bytes, whole->bytes, a.len);
}

static void with_failing_tables(struct scene *s, const struct question *q,
                                const struct asked *whole)
{
    static struct asked a;
    for (uint32_t looks = 0;; looks++) {
        struct weak_source weak = {.strong = s->w->source, .weakness = WEAK_FAILS, .left = looks};
        struct ledger_source source = weak_source(&weak);
        assert_true(world_restart(s->w));
        ask(s, q, ARENA_BYTES, &source, &a);
        if (!weak.hit)
            break;
        assert_int_equal(a.fault, FAULT_IO);
        EXPECT(INTERNAL, a.outcome);
    }
    assert_int_equal(a.len, whole->len);
    assert_memory_equal(a.bytes, whole->bytes, a.len);
}

/* Each row that is looked at comes without its last byte, one at a time: that is told, unless
 * nothing of the row is needed. */
static void with_damaged_rows(struct scene *s, const struct question *q, const struct asked *whole)
{
    static struct asked a;
    bool more = true;
    for (uint32_t rows = 0; more; rows++) {
        struct weak_source weak = {.strong = s->w->source, .weakness = WEAK_CUTS, .left = rows};
        struct ledger_source source = weak_source(&weak);
        assert_true(world_restart(s->w));
        ask(s, q, ARENA_BYTES, &source, &a);
        more = weak.hit;
        if (a.fault != FAULT_NONE) {
            assert_true(more);
            assert_int_equal(a.fault, FAULT_CORRUPT);
            EXPECT(INTERNAL, a.outcome);
            continue;
        }
        assert_int_equal(a.len, whole->len);
        assert_memory_equal(a.bytes, whole->bytes, a.len);
    }
}

static void test_every_question(void **state)
{
    (void)state;
    static struct asked whole;
    struct scene s = scene_stored();
    for (size_t i = 0; i < COUNT(questions); i++) {
        const struct question *q = &questions[i];
        assert_true(world_restart(s.w)); /* what is not asked for is in the tables only */
        ask(&s, q, ARENA_BYTES, &s.w->source, &whole);
        if (whole.outcome != q->outcome)
            fail_msg("%s by %s: %s", q->words, q->key, outcome_name((int)whole.outcome));
        if (whole.outcome != OUTCOME_ACCEPTED)
            continue;
        with_little_memory(&s, q, &whole);
        with_failing_tables(&s, q, &whole);
        with_damaged_rows(&s, q, &whole);
    }
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_question)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
