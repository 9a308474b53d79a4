/* Room for a request of which each item takes the most: a charge that left memory long ago comes
 * back, its credit makes it longer than its place, and the command has a row of its own. */
#include "tests/support/unit.h"

#include "ledger/state.h"
#include "tests/support/market.h"
#include "tests/support/town.h"

enum {
    CREDITS = 100,
    ITEMS = CREDITS + 16, /* that room is asked for */
};

struct credits {
    Saldo__V1__CommandRequest request;
    Saldo__V1__Command commands[CREDITS];
    Saldo__V1__Command *listed[CREDITS];
    Saldo__V1__CreditCharge bodies[CREDITS];
    uint8_t ids[CREDITS][LIMIT_REQUEST_ID_BYTES];
    uint8_t charges[CREDITS][LIMIT_REQUEST_ID_BYTES];
};

/* Charges of a day that was settled; all of them have left memory. */
static struct world *settled(struct credits *k)
{
    struct world *w = town_new(on(2026, 3, 31));
    sell_cents(w);
    town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 10000000});
    town_time(w, at(2026, 3, 31, 12, 0));
    for (int i = 0; i < CREDITS; i++) {
        struct charge_of c = cents_of(town_number(1), w->now_ms - 3600000, 10000 + i);
        assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
        memcpy(k->charges[i], town_last_id(), LIMIT_REQUEST_ID_BYTES);
    }
    town_night(w);
    world_checkpoint(w);
    world_checkpoint(w);
    assert_int_equal(w->ledger->table[ROW_CHARGE].pool.live, 0);
    return w;
}

static void fill(struct world *w, struct credits *k)
{
    saldo__v1__command_request__init(&k->request);
    k->request.n_commands = CREDITS;
    k->request.commands = k->listed;
    for (int i = 0; i < CREDITS; i++) {
        Saldo__V1__CreditCharge *c = &k->bodies[i];
        world_id(w, w->now_ms, k->ids[i]);
        saldo__v1__credit_charge__init(c);
        c->provider = town_text("P1");
        c->charge = (ProtobufCBinaryData){LIMIT_REQUEST_ID_BYTES, k->charges[i]};
        c->cents = 10000;
        c->quantity = 10000;
        c->reason = SALDO__V1__CREDIT_REASON__NOT_DELIVERED;
        saldo__v1__command__init(&k->commands[i]);
        k->commands[i].request_id = (ProtobufCBinaryData){LIMIT_REQUEST_ID_BYTES, k->ids[i]};
        k->commands[i].body_case = SALDO__V1__COMMAND__BODY_CREDIT_CHARGE;
        k->commands[i].credit_charge = c;
        k->listed[i] = &k->commands[i];
    }
}

static void test_credits_of_old_charges(void **state)
{
    static struct credits k;
    (void)state;
    struct world *w = settled(&k);
    struct pool *p = &w->ledger->table[ROW_CHARGE].pool;
    const uint32_t others = pool_left(p) - (3 * ITEMS + 1);
    fill(w, &k);
    p->live += others;
    assert_true(world_apply(w, FINANCE_1, PURPOSE_COMMAND, &k.request.base));
    p->live -= others;
    for (int i = 0; i < CREDITS; i++)
        EXPECT(ACCEPTED, (enum outcome)w->answers[i].code);
    assert_int_equal(p->live, 3 * CREDITS); /* every charge stands twice */
    ledger_audit(w->ledger);
    assert_true(world_compare(w));
    world_checkpoint(w);
    world_checkpoint(w);
    assert_int_equal(p->live, 0);
    assert_true(world_replays(w));
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credits_of_old_charges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
