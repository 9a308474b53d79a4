/* In whatever order the bank's lines are told, the payouts end the same. Each set of lines is told
 * in all its orders; as the tools do, a line that is refused is left open and told again. */
#include "tests/support/unit.h"

#include <inttypes.h>

#include "tests/support/office.h"

enum { LINES_MAX = 5 };

struct set {
    const char *name;
    struct event events[LINES_MAX];
    size_t count;
};

/* ---- Telling ----------------------------------------------------------------------------------
 */

static bool told(struct world *w, const struct event *e)
{
    enum outcome o = office_bank(w, *e);
    if (o == OUTCOME_ACCEPTED)
        return true;
    assert_true(o == OUTCOME_PAYOUT_STATE || o == OUTCOME_AMOUNT_MISMATCH);
    if (e->kind < KIND(BOOKED))
        return false; /* of a status report: nothing to leave open */
    struct event open = *e;
    open.kind = KIND(UNMATCHED);
    open.provider = NULL;
    open.day = 0;
    EXPECT(ACCEPTED, office_bank(w, open));
    return false;
}

/* How many are left that nothing helps. */
static size_t tell_all(struct world *w, const struct set *set, const size_t order[LINES_MAX])
{
    bool done[LINES_MAX] = {false};
    size_t left = set->count;
    for (bool news = true; news && left > 0;) {
        news = false;
        for (size_t i = 0; i < set->count; i++) {
            if (done[i] || !told(w, &set->events[order[i]]))
                continue;
            done[i] = news = true;
            left--;
        }
    }
    return left;
}

/* ---- What has become of it --------------------------------------------------------------------
 */

struct story {
    char text[4096];
    size_t len;
};

static void add(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct story *s, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int len = vsnprintf(s->text + s->len, sizeof(s->text) - s->len, format, values);
    va_end(values);
    assert_true(len >= 0 && s->len + (size_t)len < sizeof(s->text));
    s->len += (size_t)len;
}

static void tell_story(struct world *w, struct story *s)
{
    const struct model_payout *p;
    const struct model_bank_line *l;
    struct model_run r;
    assert_true(world_compare(w));
    for (size_t i = 0; (p = model_payout(w->model, i)) != NULL; i++)
        add(s, "%d %s %s %s %s booked %d by %d%d, returned by %d%d\n", p->run_day, p->provider,
            p->state, p->reason, p->bank_reason, p->booked_day, p->booked_by[0], p->booked_by[1],
            p->returned_by[0], p->returned_by[1]);
    for (size_t i = 0; model_run(w->model, i, &r); i++)
        add(s, "run %d by %d%d\n", r.day, r.debited_by[0], r.debited_by[1]);
    for (int line = 0; line < LINES_MAX; line++)
        for (size_t i = 0; (l = model_bank_line(w->model, i)) != NULL; i++)
            if (l->line[0] == line)
                add(s, "line %d is %d, of %s %d, %s\n", line, l->kind, l->provider, l->run_day,
                    l->reason);
    struct model_money m = model_money(w->model, COUNTY);
    add(s, "%" PRId64 " %" PRId64 " %" PRId64 "\n", m.payable, m.in_transit, m.bank);
}

/* After the lines another night, which shows whether the provider is held. */
static size_t play(const struct set *set, const size_t order[LINES_MAX], struct story *s)
{
    struct world *w = office_released();
    size_t left = tell_all(w, set, order);
    tell_story(w, s);
    office_charge(w, "P1", 300);
    town_night(w);
    tell_story(w, s);
    ledger_audit(w->ledger);
    world_free(w);
    return left;
}

/* ---- Orders -----------------------------------------------------------------------------------
 */

static void swap(size_t *a, size_t *b)
{
    size_t kept = *a;
    *a = *b;
    *b = kept;
}

/* The next order in that of the alphabet; false: that was the last. */
static bool next_order(size_t order[LINES_MAX], size_t count)
{
    size_t i = count - 1, j = count - 1;
    while (i > 0 && order[i - 1] >= order[i])
        i--;
    if (i == 0)
        return false;
    while (order[j] <= order[i - 1])
        j--;
    swap(&order[i - 1], &order[j]);
    for (size_t a = i, b = count - 1; a < b; a++, b--)
        swap(&order[a], &order[b]);
    return true;
}

static void all_orders(const struct set *set, size_t orders)
{
    struct story first = {.len = 0}, other;
    size_t order[LINES_MAX] = {0, 1, 2, 3, 4}, count = 0;
    do {
        struct story *s = count == 0 ? &first : &other;
        s->len = 0;
        assert_int_equal(play(set, order, s), 0);
        if (count++ > 0 && strcmp(first.text, other.text) != 0)
            fail_msg("%s, order %zu%zu%zu%zu%zu:\n%sinstead of\n%s", set->name, order[0], order[1],
                     order[2], order[3], order[4], other.text, first.text);
    } while (next_order(order, set->count));
    assert_int_equal(count, orders);
}

/* ---- The sets ---------------------------------------------------------------------------------
 */

#define DAY(n) (NIGHT + (n))

static struct event camt(int line, int kind, bool notification)
{
    bool lump = kind == KIND(LUMP);
    return (struct event){.kind = kind,
                          .line = line,
                          .cents = lump ? 12600 : 7600,
                          .booked = DAY(1 + line),
                          .credit = kind == KIND(RETURNED),
                          .notification = notification,
                          .reason = kind == KIND(RETURNED) ? "MD07" : NULL,
                          .day = lump ? NIGHT : 0};
}

static struct event pain(int line, int kind, const char *reason)
{
    return (struct event){.kind = kind, .line = line, .cents = 7600, .reason = reason};
}

static void test_booked_and_returned(void **state)
{
    (void)state;
    struct set set = {"booked and returned",
                      {pain(0, KIND(ACCEPTED), ""), camt(1, KIND(BOOKED), false),
                       camt(2, KIND(REPEATED), true), camt(3, KIND(RETURNED), true),
                       camt(4, KIND(REPEATED), false)},
                      5};
    set.events[4].credit = true;
    all_orders(&set, 120);
}

static void test_name_and_return(void **state)
{
    (void)state;
    struct set set = {"a name, and returned",
                      {pain(0, KIND(ACCEPTED), ""), pain(1, KIND(NAME_MISMATCH), "RVNM"),
                       camt(2, KIND(BOOKED), true), camt(3, KIND(REPEATED), false),
                       camt(4, KIND(RETURNED), false)},
                      5};
    all_orders(&set, 120);
}

static void test_name_and_booking(void **state)
{
    (void)state;
    struct set set = {"a name, and booked",
                      {pain(0, KIND(ACCEPTED), ""), pain(1, KIND(NAME_MISMATCH), "RVNM"),
                       camt(2, KIND(BOOKED), true)},
                      3};
    all_orders(&set, 6);
}

static void test_name_and_rejection(void **state)
{
    (void)state;
    struct set set = {"a name, and rejected",
                      {pain(0, KIND(ACCEPTED), ""), pain(1, KIND(NAME_MISMATCH), "RVNM"),
                       pain(2, KIND(REJECTED), "AC04")},
                      3};
    all_orders(&set, 6);
}

static void test_run_in_one_sum(void **state)
{
    (void)state;
    struct set set = {"a run in one sum",
                      {camt(0, KIND(BOOKED), true), camt(1, KIND(BOOKED), true),
                       camt(2, KIND(LUMP), false), camt(3, KIND(LUMP), true),
                       camt(4, KIND(RETURNED), false)},
                      5};
    set.events[1].provider = "P2";
    set.events[1].cents = 5000;
    all_orders(&set, 120);
}

/* A line that was left open, and the same one when it was understood: also in that order. */
static void test_open_and_decided(void **state)
{
    (void)state;
    struct set set = {"open and decided",
                      {camt(1, KIND(UNMATCHED), false), camt(1, KIND(BOOKED), false),
                       camt(2, KIND(REPEATED), true), camt(2, KIND(UNMATCHED), true)},
                      4};
    all_orders(&set, 24);
}

/* The one thing that cannot be: the first that is told counts, and the other one stays open. */
static void test_contradiction(void **state)
{
    (void)state;
    const struct set set = {
        "a contradiction", {pain(0, KIND(REJECTED), "AC04"), camt(1, KIND(BOOKED), false)}, 2};
    struct story rejected = {.len = 0}, booked = {.len = 0};
    assert_int_equal(play(&set, (const size_t[LINES_MAX]){0, 1}, &rejected), 1);
    assert_int_equal(play(&set, (const size_t[LINES_MAX]){1, 0}, &booked), 1);
    assert_non_null(strstr(rejected.text, "P1 REJECTED"));
    assert_non_null(strstr(rejected.text, "line 1 is 6")); /* UNMATCHED, for a person */
    assert_non_null(strstr(booked.text, "P1 PAID"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_booked_and_returned), cmocka_unit_test(test_name_and_return),
        cmocka_unit_test(test_name_and_booking),    cmocka_unit_test(test_name_and_rejection),
        cmocka_unit_test(test_run_in_one_sum),      cmocka_unit_test(test_open_and_decided),
        cmocka_unit_test(test_contradiction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
