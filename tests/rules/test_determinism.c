/* The same entries with other checkpoints and restarts: the same decisions, the same rows. */
#include "tests/support/unit.h"

#include "tests/support/keys.h"
#include "tests/support/pilot.h"
#include "tests/support/traffic.h"

/* How the machine behaves while entries come in. */
struct habit {
    uint64_t freeze_every; /* entries between the starts of two checkpoints; 0: never */
    uint32_t slice;        /* rows handed out after each entry */
    uint64_t restart_every;
};

static void behave(struct world *w, const struct habit *h)
{
    if (h->freeze_every != 0 && w->applied % h->freeze_every == 0)
        world_freeze(w);
    if (h->freeze_every != 0) {
        world_freeze_step(w, h->slice);
        world_evict_step(w, h->slice);
    }
    if (h->restart_every != 0 && w->applied % h->restart_every == 0)
        assert_true(world_restart(w));
}

static const struct habit HABITS[] = {
    {0, 0, 0},       /* one checkpoint, at the end */
    {500, 1000, 0},  /* quick ones */
    {300, 7, 0},     /* slow ones: entries change frozen rows all the time */
    {400, 50, 701},  /* with crashes, some of them half-way */
    {1, 1000000, 0}, /* after every entry */
};

struct play {
    struct world *w;
    const struct habit *habit;
};

static void play_entry(void *arg, const struct pilot_entry *p)
{
    struct play *play = arg;
    play->w->now_ms = p->time_ms;
    assert_true(world_apply(play->w, p->key, p->purpose, p->message));
    behave(play->w, play->habit);
}

static void expect_same_digest(struct world *w, uint8_t first[LIMIT_HASH_BYTES], size_t habit)
{
    uint8_t hash[LIMIT_HASH_BYTES];
    ledger_audit(w->ledger);
    assert_true(world_compare(w));
    world_digest(w, hash);
    if (habit == 0)
        memcpy(first, hash, sizeof(hash));
    assert_memory_equal(first, hash, sizeof(hash));
}

static void test_pilot(void **state)
{
    (void)state;
    uint8_t first[LIMIT_HASH_BYTES];
    for (size_t i = 0; i < COUNT(HABITS); i++) {
        struct play play = {world_new(&WORLD_LIMITS, 0), &HABITS[i]};
        pilot_play(play_entry, &play);
        assert_true(play.w->applied > 3800);
        expect_same_digest(play.w, first, i);
        if (i == 0)
            assert_true(world_replays(play.w));
        world_free(play.w);
    }
}

static void test_random_county(void **state)
{
    (void)state;
    uint8_t first[LIMIT_HASH_BYTES];
    for (size_t i = 0; i < COUNT(HABITS) - 1; i++) {
        struct traffic *t = traffic_new(4711, model_day(2026, 3, 1));
        assert_true(traffic_begin(t));
        for (int step = 0; step < 4000; step++) {
            assert_true(traffic_step(t));
            behave(t->w, &HABITS[i]);
        }
        expect_same_digest(t->w, first, i);
        traffic_free(t);
    }
}

/* The digest does tell different ledgers apart. */
static void test_two_seeds_differ(void **state)
{
    (void)state;
    uint8_t hashes[2][LIMIT_HASH_BYTES];
    for (uint64_t seed = 0; seed < 2; seed++) {
        struct traffic *t = traffic_new(seed, model_day(2026, 3, 1));
        assert_true(traffic_begin(t));
        world_digest(t->w, hashes[seed]);
        traffic_free(t);
    }
    assert_memory_not_equal(hashes[0], hashes[1], LIMIT_HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pilot),
        cmocka_unit_test(test_random_county),
        cmocka_unit_test(test_two_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
