/* Whatever order the bank's files are read in, and in however many calls: the payouts, the open
 * list and the sums are the same in the end.
 *
 * The ledger is a small model of RecordBankEvent that refuses what the rules refuse, so that
 * nothing is told to a ledger that it would not take. Where the bank debits something twice, one of
 * the two stays open: which one that is depends on which was read first, so there the sums are
 * compared. SALDO_SEED chooses other worlds. */
#include "tests/support/unit.h"

#include "bank/match.h"
#include "bank/verdicts.h"
#include "tests/support/bank_world.h"

enum { WORLDS = 250, PARTITIONS = 8, LINES_MAX = 512 };

/* The ledger's side. */
struct ledger {
    struct match_payout payouts[BANK_WORLD_PAYOUTS];
    struct match_line lines[LINES_MAX];
    size_t line_count;
    unsigned told; /* events of the last call */
};

/* ---- The ledger ------------------------------------------------------------------------------ */

static bool *told_by(struct match_told *told, bool notification)
{
    return notification ? &told->notification : &told->statement;
}

static void record_verdict(struct ledger *l, const struct verdict *v)
{
    struct match_payout *p = &l->payouts[v->payout];

    l->told++;
    assert_true(p->state != MATCH_NOT_SENT && p->state != MATCH_REJECTED);
    if (v->kind == PAIN002_ACCEPTED) {
        p->accepted = p->accepted || (p->state == MATCH_SENT && !p->held);
    } else if (v->kind == PAIN002_NAME_MISMATCH) {
        p->held = p->state == MATCH_SENT;
        p->refused = true; /* stands for the provider, who is held from here on */
    } else {
        assert_int_equal(p->state, MATCH_SENT);
        p->state = MATCH_REJECTED;
    }
}

static void record_booking(struct ledger *l, const struct match_line *line)
{
    struct match_payout *p = &l->payouts[line->payout];
    bool *told = told_by(line->credit ? &p->returned : &p->booked, line->notification);

    assert_true(p->cents == line->cents && !*told);
    *told = true;
    if (line->status == MATCH_REPEATED) {
        assert_true(p->state == MATCH_RETURNED || (p->state == MATCH_PAID && !line->credit));
        return;
    }
    assert_int_equal(p->state, line->credit ? MATCH_PAID : MATCH_SENT);
    p->state = line->credit ? MATCH_RETURNED : MATCH_PAID;
}

static void record_lump(struct ledger *l, const struct match_line *line)
{
    int64_t paid = 0;

    if (!line->run_whole)
        return;
    for (size_t i = 0; i < BANK_WORLD_PAYOUTS; i++) {
        struct match_payout *p = &l->payouts[i];
        if (p->payment_id == NULL || strcmp(p->payment_id, l->payouts[line->run].payment_id) != 0)
            continue;
        assert_int_not_equal(p->state, MATCH_SENT);
        paid += p->state == MATCH_REJECTED ? 0 : p->cents;
        bool *told = told_by(&p->run_debited, line->notification);
        assert_false(*told);
        *told = true;
    }
    assert_true(paid == line->cents && !line->credit);
}

static struct match_line *find_line(struct ledger *l, const struct match_line *line)
{
    for (size_t i = 0; i < l->line_count; i++)
        if (memcmp(l->lines[i].id, line->id, MATCH_LINE_BYTES) == 0)
            return &l->lines[i];
    return NULL;
}

static void record_line(struct ledger *l, const struct match_line *line)
{
    bool final = line->status == MATCH_MATCHED || line->status == MATCH_REPEATED ||
                 line->status == MATCH_DETAILED;
    struct match_line *own = find_line(l, line);

    if (own != NULL && (own->record != MATCH_TOLD_OPEN || !final))
        return;
    l->told++;
    if (own == NULL) {
        assert_true(l->line_count < LINES_MAX);
        own = &l->lines[l->line_count++];
    }
    *own = *line;
    own->record = !final                           ? MATCH_TOLD_OPEN
                  : line->status == MATCH_DETAILED ? MATCH_TOLD_LUMP
                                                   : MATCH_TOLD;
    if (!final)
        own->payout = MATCH_NONE;
    else if (line->status == MATCH_DETAILED)
        record_lump(l, line);
    else
        record_booking(l, line);
}

/* ---- A call ---------------------------------------------------------------------------------- */

/* In the order in which the command tells the ledger. */
static void tell(struct ledger *l, const struct match_line *lines, size_t count,
                 const struct verdicts *v)
{
    static const struct {
        enum match_status status;
        bool credit;
    } order[] = {{MATCH_MATCHED, false}, {MATCH_MATCHED, true},   {MATCH_REPEATED, false},
                 {MATCH_REPEATED, true}, {MATCH_DETAILED, false}, {MATCH_DETAILED, true}};

    for (enum pain002_verdict kind = PAIN002_ACCEPTED; kind <= PAIN002_REJECTED; kind++)
        for (size_t i = 0; i < v->count; i++)
            if (v->list[i].kind == kind && v->list[i].status == MATCH_MATCHED)
                record_verdict(l, &v->list[i]);
    for (size_t o = 0; o < COUNT(order); o++)
        for (size_t i = 0; i < count; i++)
            if (lines[i].status == order[o].status && lines[i].credit == order[o].credit)
                record_line(l, &lines[i]);
    for (size_t i = 0; i < count; i++)
        if (lines[i].status != MATCH_KNOWN)
            record_line(l, &lines[i]);
}

static void call(struct ledger *l, const struct bank_world *w, const size_t *files, size_t count)
{
    static struct match_line lines[2 * LINES_MAX];
    struct match_payout payouts[BANK_WORLD_PAYOUTS];
    struct verdicts v = {0};
    size_t line_count = l->line_count;

    memcpy(lines, l->lines, l->line_count * sizeof(lines[0]));
    memcpy(payouts, l->payouts, sizeof(payouts));
    for (size_t i = 0; i < w->payout_count; i++)
        payouts[i].refused = false;
    struct match_input in = {
        lines, 0, payouts, w->payout_count, bank_world_accounts, COUNT(bank_world_accounts)};
    for (size_t i = 0; i < count; i++) {
        const struct bank_file_lines *f = &w->files[files[i]];
        struct pain002_file report = {.message_id = "S", .original_id = ""};
        report.list = (struct pain002_status *)(uintptr_t)f->statuses;
        report.count = f->status_count;
        verdicts_add(&v, &in, &report, "f");
        memcpy(lines + line_count, f->lines, f->line_count * sizeof(lines[0]));
        line_count += f->line_count;
    }
    in.line_count = line_count;
    match_lines(&in);
    for (size_t i = 0; i < v.count; i++)
        v.list[i].recorded = v.list[i].kind == PAIN002_NAME_MISMATCH &&
                             v.list[i].payout != MATCH_NONE && l->payouts[v.list[i].payout].refused;
    verdicts_settle(&v, &in);
    for (size_t i = 0; i < line_count; i++)
        assert_int_not_equal(lines[i].status, MATCH_UNDECIDED);
    l->told = 0;
    tell(l, lines, line_count, &v);
    for (size_t i = 0; i < l->line_count; i++) /* the notes of the open ones are compared too */
        if (l->lines[i].record == MATCH_TOLD_OPEN)
            l->lines[i].status = lines[i].status;
    verdicts_free(&v);
}

/* ---- The same in the end --------------------------------------------------------------------- */

struct sums {
    int64_t single, lump, open;
};

static void add_up(const struct ledger *l, struct sums sums[2][2][2])
{
    memset(sums, 0, sizeof(struct sums[2][2][2]));
    for (size_t i = 0; i < l->line_count; i++) {
        const struct match_line *line = &l->lines[i];
        struct sums *s = &sums[strcmp(line->account, bank_world_accounts[0]) == 0]
                              [line->notification][line->credit];
        *(line->record == MATCH_TOLD        ? &s->single
          : line->record == MATCH_TOLD_LUMP ? &s->lump
                                            : &s->open) += line->cents;
    }
}

/* Both ledgers, for whoever has to find out. */
static void show(const struct ledger *a, struct ledger *b)
{
    static const char *const records[] = {"lump", "told", "open", "new"};

    for (size_t i = 0; i < a->line_count; i++) {
        const struct match_line *line = &a->lines[i], *other = find_line(b, line);
        print_message("%s%s %5lld/%lld day %d %s run %s ref %s key %s%s%s: %s %d, %s %d\n",
                      line->notification ? "054" : "053", line->credit ? "+" : "-",
                      (long long)line->cents, (long long)line->entry_cents, line->day,
                      line->account, line->payment_id, line->entry_ref, line->end_to_end_id,
                      line->instruction_id, line->reference, records[line->record],
                      (int)line->payout, other != NULL ? records[other->record] : "none",
                      other != NULL ? (int)other->payout : -1);
    }
    for (size_t i = 0; i < BANK_WORLD_PAYOUTS && a->payouts[i].cents > 0; i++)
        print_message("payout %zu of %s: %lld, state %d %d\n", i, a->payouts[i].payment_id,
                      (long long)a->payouts[i].cents, a->payouts[i].state, b->payouts[i].state);
}

static void compare_open(const struct ledger *a, struct ledger *b)
{
    assert_int_equal(a->line_count, b->line_count);
    for (size_t i = 0; i < a->line_count; i++) {
        const struct match_line *line = &a->lines[i], *other = find_line(b, line);
        assert_non_null(other);
        bool open = line->record == MATCH_TOLD_OPEN;
        if (open == (other->record == MATCH_TOLD_OPEN) && (!open || line->status == other->status))
            continue;
        show(a, b);
        fail_msg("line %zu: %s, %s", i, open ? match_status_text(line->status) : "explained",
                 other->record == MATCH_TOLD_OPEN ? match_status_text(other->status) : "explained");
    }
}

static void compare(const struct bank_world *w, const struct ledger *a, struct ledger *b)
{
    struct sums x[2][2][2], y[2][2][2];

    for (size_t i = 0; i < w->payout_count; i++) {
        const struct match_payout *p = &a->payouts[i], *q = &b->payouts[i];
        if (p->state != q->state || (p->state == MATCH_SENT && p->held != q->held) ||
            memcmp(&p->booked, &q->booked, sizeof(p->booked)) != 0 ||
            memcmp(&p->returned, &q->returned, sizeof(p->returned)) != 0) {
            show(a, b);
            fail_msg("payout %zu: state %d, %d", i, p->state, q->state);
        }
    }
    add_up(a, x);
    add_up(b, y);
    if (memcmp(x, y, sizeof(x)) != 0) {
        show(a, b);
        fail_msg("the sums differ");
    }
    if (!w->twice)
        compare_open(a, b);
}

static void begin(struct ledger *l, const struct bank_world *w)
{
    *l = (struct ledger){0};
    memcpy(l->payouts, w->payouts, sizeof(l->payouts));
}

/* Some files stand twice in the order. */
static void read_parted(struct ledger *l, const struct bank_world *w, struct dice *dice)
{
    size_t order[2 * BANK_WORLD_FILES], count = w->file_count, done = 0;

    begin(l, w);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = 0; i < w->file_count; i++)
        if (dice_below(dice, 4) == 0)
            order[count++] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = dice_below(dice, (uint32_t)i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
    while (done < count) {
        size_t some = 1 + dice_below(dice, (uint32_t)(count - done));
        if (dice_below(dice, 2) == 0)
            some = 1;
        call(l, w, order + done, some);
        done += some;
    }
}

static void test_worlds(void **state)
{
    (void)state;
    static struct bank_world w;
    static struct ledger once, parted;
    struct dice dice = dice_of_environment();
    size_t all[BANK_WORLD_FILES];

    for (size_t i = 0; i < BANK_WORLD_FILES; i++)
        all[i] = i;
    for (unsigned n = 0; n < WORLDS; n++) {
        uint64_t seed = dice.state;
        bank_world_make(&w, &dice);
        begin(&once, &w);
        call(&once, &w, all, w.file_count);
        parted = once;
        call(&once, &w, all, w.file_count);
        if (once.told != 0)
            show(&parted, &once);
        if (once.told != 0)
            fail_msg("SALDO_SEED=%llu: read twice, and something changed",
                     (unsigned long long)seed);
        for (unsigned i = 0; i < PARTITIONS; i++) {
            read_parted(&parted, &w, &dice);
            call(&parted, &w, all, 0);
            if (parted.told != 0)
                fail_msg("SALDO_SEED=%llu: a call without files told something",
                         (unsigned long long)seed);
            compare(&w, &once, &parted);
        }
        slab_free(&w.slab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worlds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
