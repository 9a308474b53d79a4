/* Room once more, after what an entry is about was brought in: a voucher has lists of any length.
 */
#include "tests/support/unit.h"

#include "ledger/state.h"
#include "tests/support/office.h"
#include "tests/support/order.h"

enum { LISTED = 24 }; /* more than room is asked for before anything is brought in */

static const char number[] = "0000000011";

static struct pool *list_of(const struct world *w, bool extras)
{
    return extras ? &w->ledger->extras : &w->ledger->versions;
}

/* From the tables, with so much left of the pool; UINT32_MAX: all. */
static enum fault prepare(struct world *w, const struct request *r, struct pool *p, uint32_t left)
{
    const struct ledger_entry e = {.number = w->applied + 1,
                                   .time_ms = w->now_ms,
                                   .day = model_local_day(w->now_ms),
                                   .request = r,
                                   .level = w->level};
    const uint32_t capacity = p->capacity;
    if (left != UINT32_MAX)
        p->capacity = p->live + 1 + left;
    enum fault f = ledger_prepare(w->ledger, &e, &w->source);
    p->capacity = capacity;
    return f;
}

static void fill_lists(struct world *w)
{
    Saldo__V1__AddSuspension c = SALDO__V1__ADD_SUSPENSION__INIT;
    const int32_t today = model_local_day(w->now_ms);
    c.number = town_text(number);
    for (int32_t i = 1; i <= LISTED; i++) {
        EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){today, 0, 30000 + i}));
        c.from_day = c.to_day = today + 100 + i;
        town_do(w, SALDO__V1__COMMAND__BODY_ADD_SUSPENSION, &c);
    }
    world_checkpoint(w);
}

static void test_room_after_fetching(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    Saldo__V1__CloseVoucher close = SALDO__V1__CLOSE_VOUCHER__INIT;
    Saldo__V1__Command message = SALDO__V1__COMMAND__INIT;
    struct command command = {.message = &message};
    struct request r = {.purpose = PURPOSE_COMMAND, .commands = &command, .count = 1};
    close.number = town_text(number);
    message.body_case = SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER;
    message.close_voucher = &close;
    fill_lists(s.w);
    for (int extras = 0; extras < 2; extras++) {
        assert_true(world_restart(s.w));
        struct pool *p = list_of(s.w, extras);
        const uint32_t before = p->live;
        assert_int_equal(prepare(s.w, &r, p, UINT32_MAX), FAULT_NONE);
        const uint32_t needed = p->live - before;
        assert_true(needed >= LISTED);
        for (uint32_t more = 0; more < 2; more++) { /* the row fits, but then nothing is left */
            assert_true(world_restart(s.w));
            enum fault f = prepare(s.w, &r, list_of(s.w, extras), needed + more);
            assert_int_equal(f, more == 0 ? FAULT_FULL : FAULT_NONE);
        }
    }
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_room_after_fetching)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
