#include "tests/support/bank_world.h"

#include "tests/support/unit.h"

enum { DAY = 1000 };

const char *const bank_world_accounts[2] = {"FI01", "FI02"};

/* ---- The bank -------------------------------------------------------------------------------- */

static const char *text_of(struct bank_world *w, const char *prefix, size_t number)
{
    char *text = slab_alloc(&w->slab, 24);

    snprintf(text, 24, "%s%zu", prefix, number);
    return text;
}

static struct bank_file_lines *new_file(struct bank_world *w)
{
    assert_true(w->file_count < BANK_WORLD_FILES);
    struct bank_file_lines *f = &w->files[w->file_count++];
    f->line_count = f->status_count = 0;
    return f;
}

/* An entry's line, for a start without any key. */
static struct match_line *new_line(struct bank_world *w, struct bank_file_lines *f,
                                   const struct match_payout *p, int64_t cents)
{
    struct match_line *line = &f->lines[f->line_count++];

    assert_true(f->line_count < COUNT(f->lines));
    *line = (struct match_line){.account = p->account,
                                .currency = "EUR",
                                .end_to_end_id = "",
                                .instruction_id = "",
                                .payment_id = "",
                                .reference = "",
                                .iban = "",
                                .entry_ref = "",
                                .whole = true,
                                .cents = cents,
                                .entry_cents = cents,
                                .day = p->execution_day,
                                .record = MATCH_NEW,
                                .assigned = MATCH_NONE,
                                .note = ""};
    w->ids++;
    for (size_t i = 0; i < 4; i++) /* in no order that could help */
        line->id[i] = (uint8_t)((w->ids * 2654435761U) >> 8 * i);
    return line;
}

static void name_payment(struct bank_world *w, struct match_line *line,
                         const struct match_payout *p)
{
    unsigned how = dice_below(w->dice, 3);

    line->whole = false;
    line->iban = p->iban;
    *(how == 0   ? &line->end_to_end_id
      : how == 1 ? &line->instruction_id
                 : &line->reference) = how == 2 ? p->reference : p->end_to_end_id;
}

static void single(struct bank_world *w, struct bank_file_lines *f, size_t payout,
                   bool notification)
{
    const struct match_payout *p = &w->payouts[payout];
    struct match_line *line = new_line(w, f, p, p->cents);

    line->notification = notification;
    name_payment(w, line, p);
}

static void singles(struct bank_world *w, size_t first, size_t count, bool notification)
{
    struct bank_file_lines *f = new_file(w);

    for (size_t i = first; i < first + count; i++) {
        if (dice_below(w->dice, 4) == 0)
            f = new_file(w);
        if (!w->rejected[i])
            single(w, f, i, notification);
    }
}

enum { BY_REF = 1, BY_NAME = 2, DETAILS = 4, SUMMARY = 8 };

static struct match_line *lump(struct bank_world *w, struct bank_file_lines *f, size_t first,
                               int64_t cents, const char *ref, unsigned how)
{
    struct match_line *line = new_line(w, f, &w->payouts[first], cents);

    line->entry_ref = (how & BY_REF) != 0 ? ref : "";
    line->payment_id = (how & BY_NAME) != 0 ? w->payouts[first].payment_id : "";
    return line;
}

/* Payments in one sum, with their details in a notification; another notification may tell only the
 * sum. */
static void in_one_sum(struct bank_world *w, size_t first, size_t count, unsigned how)
{
    const char *ref = text_of(w, "A", w->ids);
    int64_t cents = 0;

    for (size_t i = first; i < first + count; i++)
        cents += w->rejected[i] ? 0 : w->payouts[i].cents;
    if (cents == 0)
        return;
    lump(w, new_file(w), first, cents, ref, how);
    /* Parts that only their sum explains: with one too many, none of them is (see match_lump.c). */
    if (w->twice && (how & DETAILS) != 0 && dice_below(w->dice, 3) == 0)
        lump(w, new_file(w), first, cents, text_of(w, "B", w->ids), how);
    if ((how & (SUMMARY | BY_REF | DETAILS)) == (SUMMARY | BY_REF | DETAILS))
        lump(w, new_file(w), first, cents, ref, how)->notification = true;
    if ((how & DETAILS) == 0) {
        singles(w, first, count, true);
        return;
    }
    struct bank_file_lines *f = new_file(w);
    for (size_t i = first; i < first + count; i++) {
        if (w->rejected[i])
            continue;
        struct match_line *line = lump(w, f, i, w->payouts[i].cents, ref, how);
        line->entry_cents = cents;
        line->notification = true;
        name_payment(w, line, &w->payouts[i]);
    }
}

static void book(struct bank_world *w, size_t first, size_t count)
{
    static const unsigned ways[] = {BY_REF | DETAILS,
                                    BY_NAME | DETAILS,
                                    BY_REF | BY_NAME | DETAILS,
                                    BY_REF | BY_NAME | DETAILS | SUMMARY,
                                    BY_NAME,
                                    BY_NAME | DETAILS,
                                    BY_NAME,
                                    0};
    size_t way = dice_below(w->dice, COUNT(ways) + 2), part = 1 + dice_below(w->dice, 3);

    if (way >= COUNT(ways)) {
        singles(w, first, count, false);
        if (dice_below(w->dice, 2) == 0)
            singles(w, first, count, true);
        if (w->twice)
            singles(w, first, 1, false);
        return;
    }
    if (way < 5 || way == 7)
        part = count;
    for (size_t i = 0; i < count; i += part)
        in_one_sum(w, first + i, part < count - i ? part : count - i, ways[way]);
}

static void send_back(struct bank_world *w, size_t payout)
{
    const struct match_payout *p = &w->payouts[payout];
    unsigned kinds = 1 + dice_below(w->dice, 3);

    for (unsigned kind = 0; kind < 2; kind++) {
        if ((kinds >> kind & 1) == 0)
            continue;
        struct match_line *line = new_line(w, new_file(w), p, p->cents);
        line->notification = kind == 1;
        line->credit = line->returned = true;
        line->day += 2;
        name_payment(w, line, p);
    }
}

static void status(struct bank_file_lines *f, enum pain002_level level,
                   enum pain002_verdict verdict, const struct match_payout *p)
{
    f->statuses[f->status_count++] = (struct pain002_status){
        .level = level,
        .verdict = verdict,
        .payment_id = p->payment_id,
        .end_to_end_id = level == PAIN002_TRANSACTION ? p->end_to_end_id : "",
        .instruction_id = "",
        .status = "",
        .reason = "",
        .cents = -1,
    };
}

static void report_run(struct bank_world *w, size_t first, size_t count)
{
    if (dice_below(w->dice, 2) == 0)
        status(new_file(w), PAIN002_PAYMENT, PAIN002_ACCEPTED, &w->payouts[first]);
    struct bank_file_lines *f = new_file(w);
    for (size_t i = first; i < first + count; i++) {
        w->rejected[i] = dice_below(w->dice, 4) == 0;
        if (w->rejected[i])
            status(f, PAIN002_TRANSACTION, PAIN002_REJECTED, &w->payouts[i]);
        if (dice_below(w->dice, 8) == 0)
            status(new_file(w), PAIN002_TRANSACTION, PAIN002_NAME_MISMATCH, &w->payouts[i]);
    }
}

static void fees(struct bank_world *w)
{
    static const struct match_payout bank = {.account = "FI01", .execution_day = DAY + 3};
    const char *ref = text_of(w, "FEE", w->ids);

    for (unsigned i = dice_below(w->dice, 3); i > 0; i--) {
        struct match_line *line = new_line(w, new_file(w), &bank, 100);
        line->notification = i == 2;
        line->entry_ref = ref;
    }
}

/* ---- A world --------------------------------------------------------------------------------- */

static void make_run(struct bank_world *w, size_t number)
{
    const char *account = bank_world_accounts[dice_below(w->dice, 2)],
               *name = text_of(w, "RUN", number);
    size_t first = w->payout_count, count = 1 + dice_below(w->dice, 6);
    int32_t day = DAY + 30 * (int32_t)(number / 2);
    /* Two organisers of one account: their payees have the same references, which only other keys
     * tell apart. With a debit too many that could be either one's. */
    size_t reference = 100 * (w->twice ? number : number / 2);

    for (size_t i = first; i < first + count; i++)
        w->payouts[w->payout_count++] =
            (struct match_payout){.account = account,
                                  .iban = text_of(w, "P", i - first),
                                  .end_to_end_id = text_of(w, "E", i),
                                  .reference = text_of(w, "77", reference + i - first),
                                  .payment_id = name,
                                  .message_id = text_of(w, "M", number),
                                  .execution_day = day,
                                  .cents = 100 * (1 + dice_below(w->dice, 3)),
                                  .state = MATCH_SENT};
    report_run(w, first, count);
    book(w, first, count);
    for (size_t i = first; i < first + count; i++)
        if (!w->rejected[i] && dice_below(w->dice, 6) == 0)
            send_back(w, i);
}

void bank_world_make(struct bank_world *w, struct dice *dice)
{
    *w = (struct bank_world){.dice = dice};
    w->twice = dice_below(dice, 4) == 0;
    size_t runs = 1 + dice_below(dice, 4);
    for (size_t i = 0; i < runs; i++)
        make_run(w, i);
    fees(w);
}
