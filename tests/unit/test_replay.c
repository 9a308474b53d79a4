/* Replay, with a ledger that is played: where it stops for a checkpoint and where it does not, and
 * what ends it. */
#include "apply.h"
#include "books.h"
#include "log.h"
#include "tests/support/folder.h"
#include "tests/support/groups.h"
#include "tests/support/unit.h"

enum { MAP = 4 << 20, GROUP = 10, CHECKPOINTS_MAX = 16 };

/* ---- The ledger that is played ---- */

static struct {
    uint64_t applied; /* last entry */
    uint32_t percent; /* full */
    uint64_t heavy;   /* from this entry on each fills 5 %, before 1 % */
    uint64_t wrong;   /* this one is decided otherwise than it was */
    uint64_t refused; /* this one finds no room */
    uint64_t checkpoints[CHECKPOINTS_MAX];
    uint32_t checkpoint_count;
} played;

enum fault __wrap_apply_entry(struct ledger *l, const struct ledger_source *source,
                              const struct ledger_entry *e, struct answer *answers,
                              uint8_t *decision, size_t size, size_t *len);
void __wrap_ledger_stats(const struct ledger *l, struct ledger_stats *out);
enum fault __wrap_books_checkpoint(struct books *b, uint64_t number);

enum fault __wrap_apply_entry(struct ledger *l, const struct ledger_source *source,
                              const struct ledger_entry *e, struct answer *answers,
                              uint8_t *decision, size_t size, size_t *len)
{
    (void)l;
    (void)source;
    assert_int_equal(e->number, played.applied + 1);
    if (e->number == played.refused)
        return FAULT_FULL;
    memset(answers, 0, e->request->count * sizeof(*answers));
    answers[0].code = e->number == played.wrong;
    const struct decision d = {.number = e->number,
                               .time_ms = e->time_ms,
                               .business_day = e->day,
                               .count = e->request->count,
                               .answers = answers};
    *len = codec_decision_write(&d, decision, size);
    played.applied = e->number;
    played.percent += e->number >= played.heavy ? 5 : 1;
    return FAULT_NONE;
}

void __wrap_ledger_stats(const struct ledger *l, struct ledger_stats *out)
{
    (void)l;
    *out = (struct ledger_stats){.full_percent = played.percent};
}

enum fault __wrap_books_checkpoint(struct books *b, uint64_t number)
{
    (void)b;
    assert_int_equal(number, played.applied);
    assert_true(played.checkpoint_count < CHECKPOINTS_MAX);
    played.checkpoints[played.checkpoint_count++] = number;
    played.percent = 0;
    return FAULT_NONE;
}

/* ---- The journal: the genesis, and then groups of ten ---- */

struct rig {
    char *path;
    struct config config;
    struct books books;
};

static int setup(void **state)
{
    const struct journal_options o = {.map_bytes = MAP, .allow_unsafe_fs = true};
    struct rig *f = calloc(1, sizeof(*f));
    struct group_spec spec = {.count = 1, .payload_bytes = 100, .charges = 1};
    assert_non_null(f);
    log_level_set((enum log_level)0);
    f->path = folder_make();
    f->books.config = &f->config;
    assert_int_equal(journal_open(f->path, &o, &f->books.journal), FAULT_NONE);
    assert_int_equal(journal_claim(f->books.journal, &spec.epoch), FAULT_NONE);
    while (spec.last < 401) {
        struct made_group g;
        group_make(&spec, &g);
        assert_int_equal(journal_append(f->books.journal, &g.group), JOURNAL_OK);
        spec.last += spec.count;
        spec.previous = g.hash;
        spec.count = GROUP;
        group_drop(&g);
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct rig *f = *state;
    journal_close(f->books.journal);
    folder_remove(f->path);
    free(f);
    return 0;
}

struct stretch {
    uint64_t from, to;
    uint64_t heavy;
    bool least; /* an overlay as small as may be */
    uint64_t checkpoints[CHECKPOINTS_MAX];
};

static enum fault replay(struct rig *f, const struct stretch *s, uint32_t workers)
{
    const uint32_t times = s->least ? 1 : 2;
    memset(&played, 0, sizeof(played));
    played.applied = s->from - 1;
    played.heavy = s->heavy == 0 ? UINT64_MAX : s->heavy;
    f->config.workers = workers;
    f->config.limits = (struct ledger_limits){.charges = times * CONFIG_CHARGES_MIN,
                                              .vouchers = times * CONFIG_VOUCHERS_MIN,
                                              .buckets = times * CONFIG_BUCKETS_MIN};
    return books_replay(&f->books, s->from, s->to, true);
}

/* ---- Tests ---- */

static void test_checkpoints(void **state)
{
    static const struct stretch stretches[] = {
        {.from = 2, .to = 51},
        /* 51 % at entry 52: a half more at most, or not */
        {.from = 2, .to = 77},
        {.from = 2, .to = 78, .checkpoints = {61}},
        {.from = 2, .to = 77, .least = true, .checkpoints = {61}},
        {.from = 302, .to = 377},
        {.from = 302, .to = 378, .checkpoints = {361}},
        /* more than was to be expected: 75 % at entry 56, 80 % at 57 */
        {.from = 2, .to = 56, .heavy = 52},
        {.from = 2, .to = 57, .heavy = 52},
        {.from = 2, .to = 62, .heavy = 52, .checkpoints = {61}},
        /* from the beginning: each at the end of a group, but where the end is near */
        {.from = 2, .to = 401, .checkpoints = {61, 121, 181, 241, 301, 361}},
        {.from = 2, .to = 377, .checkpoints = {61, 121, 181, 241, 301}},
    };
    for (uint32_t workers = 1; workers <= 2; workers++)
        for (size_t i = 0; i < COUNT(stretches); i++) {
            const struct stretch *s = &stretches[i];
            assert_int_equal(replay(*state, s, workers), FAULT_NONE);
            assert_int_equal(played.applied, s->to);
            for (uint32_t k = 0; k < CHECKPOINTS_MAX; k++)
                assert_int_equal(played.checkpoints[k], s->checkpoints[k]);
        }
}

static enum fault replay_until(struct rig *f, uint64_t wrong, uint64_t refused, uint32_t workers)
{
    memset(&played, 0, sizeof(played));
    played.applied = 1;
    played.heavy = UINT64_MAX;
    played.wrong = wrong;
    played.refused = refused;
    f->config.workers = workers;
    return books_replay(&f->books, 2, 401, true);
}

static void test_what_ends_it(void **state)
{
    for (uint32_t workers = 1; workers <= 2; workers++) {
        assert_int_equal(replay_until(*state, 30, 0, workers), FAULT_CORRUPT);
        assert_int_equal(played.applied, 30);
        assert_int_equal(replay_until(*state, 0, 30, workers), FAULT_FULL);
        assert_int_equal(played.applied, 29);
        assert_int_equal(replay_until(*state, 55, 0, workers),
                         FAULT_CORRUPT); /* on the way to 61 */
        assert_int_equal(played.checkpoint_count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_checkpoints, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_ends_it, setup, teardown),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
