/* The ring: order, bounds, waking up and draining, with the threads that it has in service. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "flow/ring.h"
#include "tests/support/dice.h"
#include "tests/support/unit.h"

#define SLOTS    64
#define WORKERS  3
#define REQUESTS 20000
#define LARGE    (1 << 16) /* frames so large borrow an arena */

struct fixture {
    struct ring *ring;
    pthread_t workers[WORKERS];
    pthread_t ledger;
    pthread_t journal;
    atomic_bool finish;
    atomic_uint verified;
    uint32_t applied; /* ledger thread */
    uint32_t groups;  /* journal thread */
    uint64_t next_number;
};

static int setup(void **state)
{
    const struct ring_options options = {.slots = SLOTS,
                                         .bytes_max = 16 * LARGE,
                                         .arena_bytes = codec_arena_size(2 * LARGE),
                                         .arenas = 2};
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_int_equal(ring_new(&options, &f->ring), FAULT_NONE);
    f->next_number = 2;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ring_free(f->ring);
    free(f);
    return 0;
}

/* A frame that carries its place in the order of arrival. */
static bool put(struct ring *r, uint32_t place, size_t len)
{
    struct flow_slot *s = ring_reserve(r, len);
    if (s == NULL)
        return false;
    assert_int_equal(zmq_msg_init_size(&s->frame, len), 0);
    memcpy(zmq_msg_data(&s->frame), &place, sizeof(place));
    ring_receive(r);
    return true;
}

static uint32_t place_of(struct flow_slot *s)
{
    uint32_t place;
    memcpy(&place, zmq_msg_data(&s->frame), sizeof(place));
    return place;
}

/* ---- One thread plays all parts ---- */

static void verify_one(struct ring *r, uint32_t place, int32_t code)
{
    struct flow_slot *s = ring_claim(r);
    assert_non_null(s);
    assert_int_equal(place_of(s), place);
    assert_true(s->arena.size >= codec_arena_size(zmq_msg_size(&s->frame)));
    s->code = code;
    ring_verified(r, s);
}

static void commit_all(struct ring *r)
{
    struct flow_group *g;
    assert_true(ring_journal_idle(r));
    ring_submit(r);
    assert_false(ring_journal_idle(r));
    assert_int_equal(ring_take(r, 0, &g), RING_GROUP);
    ring_durable(r);
    assert_true(ring_journal_idle(r));
}

static void test_nothing_is_answered_before_it_is_durable(void **state)
{
    struct ring *r = ((struct fixture *)*state)->ring;
    struct flow_group *g;
    assert_true(put(r, 1, 100));
    assert_null(ring_next(r)); /* not verified */
    verify_one(r, 1, 0);
    struct flow_slot *s = ring_next(r);
    assert_non_null(s);
    assert_int_equal(s->state, FLOW_VERIFIED);
    assert_non_null(ring_group(r));
    assert_false(ring_group_covers(r));
    ring_applied(r);
    assert_true(ring_group_covers(r));
    assert_null(ring_done(r));
    ring_submit(r);
    assert_null(ring_done(r)); /* handed over, but not durable */
    assert_int_equal(ring_take(r, 0, &g), RING_GROUP);
    assert_null(ring_done(r));
    ring_durable(r);
    assert_int_equal(place_of(ring_done(r)), 1);
    ring_release(r);
    assert_null(ring_done(r));
    assert_true(ring_empty(r));
}

static void test_order_of_arrival_whatever_is_verified_first(void **state)
{
    struct ring *r = ((struct fixture *)*state)->ring;
    assert_true(put(r, 1, 100));
    assert_true(put(r, 2, 100));
    struct flow_slot *first = ring_claim(r);
    verify_one(r, 2, 2);
    assert_null(ring_next(r)); /* the second waits for the first */
    first->code = 0;
    ring_verified(r, first);
    assert_non_null(ring_group(r));
    assert_ptr_equal(ring_next(r), first);
    ring_applied(r);
    assert_int_equal(ring_next(r)->state, FLOW_REFUSED);
    ring_applied(r);
    commit_all(r);
    assert_int_equal(place_of(ring_done(r)), 1);
    ring_release(r);
    assert_int_equal(place_of(ring_done(r)), 2);
    ring_release(r);
}

static void test_bounds(void **state)
{
    struct ring *r = ((struct fixture *)*state)->ring;
    for (uint32_t i = 0; i < SLOTS; i++)
        assert_true(put(r, i, 100));
    assert_false(put(r, SLOTS, 100)); /* slots */
    ring_drain(r);
    assert_non_null(ring_group(r));
    while (ring_next(r) != NULL)
        ring_applied(r);
    commit_all(r);
    while (ring_done(r) != NULL)
        ring_release(r);
    for (uint32_t i = 0; i < 16; i++)
        assert_true(put(r, i, LARGE));
    assert_false(put(r, 16, 1)); /* bytes */
}

static void test_arenas_go_to_the_oldest(void **state)
{
    struct ring *r = ((struct fixture *)*state)->ring;
    for (uint32_t i = 0; i < 3; i++)
        assert_true(put(r, i, LARGE));
    struct flow_slot *first = ring_claim(r);
    struct flow_slot *second = ring_claim(r);
    assert_non_null(first->lent);
    assert_non_null(second->lent);
    assert_ptr_not_equal(first->lent, second->lent);
    ring_verified(r, second);
    ring_verified(r, first);
    assert_non_null(ring_group(r));
    assert_ptr_equal(ring_next(r), first);
    ring_applied(r); /* gives one back */
    struct flow_slot *third = ring_claim(r);
    assert_non_null(third->lent);
    assert_ptr_not_equal(third->lent, second->lent);
    ring_verified(r, third);
}

static void test_groups_wait_for_their_replies(void **state)
{
    struct ring *r = ((struct fixture *)*state)->ring;
    uint32_t groups = 0;
    for (; groups < SLOTS && ring_group(r) != NULL; groups++) {
        assert_true(put(r, groups, 100));
        verify_one(r, groups, 0);
        ring_applied(r);
        commit_all(r);
    }
    assert_in_range(groups, 2, 8); /* bounded, and enough to fill one while one is committed */
    uint64_t seen = ring_events(r);
    while (ring_done(r) != NULL)
        ring_release(r);
    assert_true(ring_events(r) != seen); /* the ledger thread hears of it */
    assert_non_null(ring_group(r));
}

static void test_drain_refuses_without_workers(void **state)
{
    struct ring *r = ((struct fixture *)*state)->ring;
    for (uint32_t i = 0; i < 4; i++)
        assert_true(put(r, i, 100));
    struct flow_slot *first = ring_claim(r);
    ring_drain(r);
    assert_true(ring_draining(r));
    assert_null(ring_claim(r));
    assert_null(ring_next(r)); /* a worker still has it */
    ring_verified(r, first);
    assert_non_null(ring_group(r));
    uint32_t received = 0;
    for (struct flow_slot *s; (s = ring_next(r)) != NULL; ring_applied(r))
        received += s->state == FLOW_RECEIVED;
    assert_int_equal(received, 3);
    assert_false(ring_coming(r));
}

/* ---- All threads ---- */

static void *worker_main(void *arg)
{
    struct fixture *f = arg;
    struct flow_slot *s;
    while ((s = ring_claim(f->ring)) != NULL) {
        s->code = place_of(s) % 7 == 0 ? 1 : 0;
        if (arena_alloc(&s->arena, 1000) == NULL)
            s->code = 2; /* seen by the network thread: there must always be room */
        atomic_fetch_add(&f->verified, 1);
        ring_verified(f->ring, s);
    }
    return NULL;
}

/* Entries with a decision of the place's four bytes. */
static void apply(struct fixture *f, struct flow_group *g, struct flow_slot *s)
{
    const struct hash leaf = {{0}};
    uint32_t place = place_of(s);
    size_t size;
    uint8_t *decision = flow_group_decision(g, &size);
    memcpy(decision, &place, sizeof(place));
    const struct flow_entry e = {f->next_number++, zmq_msg_data(&s->frame), zmq_msg_size(&s->frame),
                                 decision, sizeof(place)};
    s->index = flow_group_add(g, &e, &leaf);
    s->group = g;
    s->decided = true;
}

static bool ledger_turn(struct fixture *f)
{
    struct flow_group *g = ring_group(f->ring);
    struct flow_slot *s = g == NULL ? NULL : ring_next(f->ring);
    if (s != NULL && flow_group_room(g, zmq_msg_size(&s->frame), 1)) {
        if (s->state == FLOW_VERIFIED)
            apply(f, g, s);
        ring_applied(f->ring);
        f->applied++;
        return true;
    }
    if (g == NULL || !ring_group_covers(f->ring) || !ring_journal_idle(f->ring))
        return false;
    ring_submit(f->ring);
    return true;
}

static void *ledger_main(void *arg)
{
    struct fixture *f = arg;
    for (;;) {
        uint64_t seen = ring_events(f->ring);
        if (ledger_turn(f))
            continue;
        if (atomic_load(&f->finish) && !ring_coming(f->ring) && ring_journal_idle(f->ring))
            return NULL;
        ring_wait(f->ring, seen, 1000000, f->applied % 3 == 0 && ring_group_covers(f->ring));
    }
}

static void *journal_main(void *arg)
{
    struct fixture *f = arg;
    struct flow_group *g;
    enum ring_turn turn;
    while ((turn = ring_take(f->ring, 1000, &g)) != RING_END) {
        if (turn != RING_GROUP)
            continue;
        f->groups++;
        ring_durable(f->ring);
    }
    return NULL;
}

static void start(struct fixture *f)
{
    assert_int_equal(pthread_create(&f->ledger, NULL, ledger_main, f), 0);
    assert_int_equal(pthread_create(&f->journal, NULL, journal_main, f), 0);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&f->workers[i], NULL, worker_main, f), 0);
}

static void stop(struct fixture *f)
{
    atomic_store(&f->finish, true);
    ring_notify(f->ring);
    pthread_join(f->ledger, NULL);
    ring_stop(f->ring);
    pthread_join(f->journal, NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(f->workers[i], NULL);
}

static void answer(struct flow_slot *s, uint32_t place)
{
    assert_int_equal(place_of(s), place);
    assert_int_equal(s->code, place % 7 == 0 ? 1 : 0);
    assert_true(s->decided == (s->code == 0));
    if (s->decided)
        assert_memory_equal(s->group->entries[s->index].decision, &place, sizeof(place));
}

static void wait_done(struct ring *r)
{
    struct pollfd fd = {ring_done_fd(r), POLLIN, 0};
    assert_int_equal(poll(&fd, 1, 20000), 1); /* else somebody was not woken */
    ring_done_clear(r);
}

/* Everything arrives, is answered once, in order, with its own decision. */
static void test_threads(void **state)
{
    struct fixture *f = *state;
    struct dice dice = dice_of_environment();
    uint32_t put_next = 0;
    uint32_t done_next = 0;
    start(f);
    while (done_next < REQUESTS) {
        size_t len = dice_below(&dice, 20) == 0 ? LARGE : 200;
        uint32_t burst = dice_below(&dice, 40);
        while (burst-- > 0 && put_next < REQUESTS && put(f->ring, put_next, len))
            put_next++;
        struct flow_slot *s;
        if (ring_done(f->ring) == NULL && put_next > done_next)
            wait_done(f->ring);
        for (; (s = ring_done(f->ring)) != NULL; ring_release(f->ring))
            answer(s, done_next++);
    }
    stop(f);
    assert_int_equal(atomic_load(&f->verified), REQUESTS);
    assert_int_equal(f->applied, REQUESTS);
    assert_in_range(f->groups, 1, REQUESTS);
}

/* Draining in full flow: every slot comes out, verified or not. */
static void test_threads_drain(void **state)
{
    struct fixture *f = *state;
    uint32_t put_next = 0;
    uint32_t done_next = 0;
    start(f);
    while (put_next < 10 * SLOTS) {
        if (put(f->ring, put_next, 200))
            put_next++;
        else
            wait_done(f->ring);
        if (put_next == 5 * SLOTS)
            ring_drain(f->ring);
        for (; ring_done(f->ring) != NULL; ring_release(f->ring))
            assert_int_equal(place_of(ring_done(f->ring)), done_next++);
    }
    while (!ring_empty(f->ring)) {
        if (ring_done(f->ring) == NULL)
            wait_done(f->ring);
        for (; ring_done(f->ring) != NULL; ring_release(f->ring))
            assert_int_equal(place_of(ring_done(f->ring)), done_next++);
    }
    stop(f);
    assert_int_equal(done_next, 10 * SLOTS);
    assert_true(atomic_load(&f->verified) < 10 * SLOTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_answered_before_it_is_durable, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_order_of_arrival_whatever_is_verified_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arenas_go_to_the_oldest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_groups_wait_for_their_replies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drain_refuses_without_workers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads_drain, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
