/* Lines against payouts: every row is one input, and must come out the same in any order. */
#include "tests/support/unit.h"

#include "bank/match.h"

#define ACCOUNT "FI2112345600000785"
#define OTHER   "FI5542345670000081"

/* Run 100 of P1, P2 and P3 (60.00 together) is at the bank; P4 is paid, P5 returned, P6 rejected,
 * P7 still planned; P8 alone is run 101. P9 looks like P8 but for its keys. P11 and P12 are run 80,
 * told by notifications. P13 is another organiser's, with the reference and amount of P1. */
#define PAYOUT(iban, end, ref, run, day, cents, state, ...)                                        \
    {                                                                                              \
        ACCOUNT, iban, end, ref, run, day, cents, MATCH_##state, .message_id = "M", __VA_ARGS__    \
    }
static const struct match_payout payouts_before[] = {
    PAYOUT("FI01", "E1", "RF12 0000 1000 1", "RUN100", 100, 1000, SENT, ),
    PAYOUT("FI02", "E2", "RF3410002", "RUN100", 100, 2000, SENT, ),
    PAYOUT("FI03", "E3", "RF5610003", "RUN100", 100, 3000, SENT, ),
    PAYOUT("FI04", "E4", "RF7810004", "RUN090", 90, 4000, PAID, .booked = {.statement = true}),
    PAYOUT("FI05", "E5", "RF9010005", "RUN090", 90, 5000, RETURNED,
           .booked = {.notification = true}, .returned = {.notification = true}),
    PAYOUT("FI06", "E6", "RF1210006", "RUN090", 90, 6000, REJECTED, ),
    PAYOUT("FI07", "E7", "RF3410007", "RUN110", 110, 7000, NOT_SENT, ),
    PAYOUT("FI08", "E8", "RF5610008", "RUN101", 101, 8000, SENT, ),
    PAYOUT("FI08", "E9", "RF7810009", "RUN102", 102, 8000, SENT, ),
    PAYOUT("FI10", "E10", "RF7810010", "RUN102", 102, 9000, SENT, ),
    PAYOUT("FI11", "E11", "RF7810011", "RUN080", 80, 1100, PAID, .booked = {.notification = true}),
    PAYOUT("FI12", "E12", "RF7810012", "RUN080", 80, 1200, PAID, .booked = {.notification = true}),
    {OTHER, "FI01", "E13", "RF1210001", "OTHER100", 100, 1000, MATCH_SENT, .message_id = "M"},
};
enum { P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, PAYOUTS };

/* A line as the rows give it: what is left out is empty. */
struct given {
    uint8_t id;
    bool notification, credit, returned, whole;
    const char *end, *instruction, *payment, *reference, *iban, *entry, *account, *currency;
    int64_t cents, entry_cents;
    int32_t day;
    size_t assigned;                      /* 1 + payout */
    enum { NEW, OPEN, FINAL, LUMP } told; /* what the ledger has of it */
    enum match_status status;
    size_t payout; /* 1 + what it must be about; 0: nothing */
};

static const char *text(const char *given, const char *otherwise)
{
    return given != NULL ? given : otherwise;
}

static struct match_line line_of(const struct given *g)
{
    static const enum match_record records[] = {[NEW] = MATCH_NEW,
                                                [OPEN] = MATCH_TOLD_OPEN,
                                                [FINAL] = MATCH_TOLD,
                                                [LUMP] = MATCH_TOLD_LUMP};

    return (struct match_line){
        .id = {g->id},
        .notification = g->notification,
        .credit = g->credit,
        .returned = g->returned,
        .whole = g->whole,
        .account = text(g->account, ACCOUNT),
        .currency = text(g->currency, "EUR"),
        .end_to_end_id = text(g->end, ""),
        .instruction_id = text(g->instruction, ""),
        .payment_id = text(g->payment, ""),
        .reference = text(g->reference, ""),
        .iban = text(g->iban, ""),
        .entry_ref = text(g->entry, ""),
        .cents = g->cents,
        .entry_cents = g->entry_cents != 0 ? g->entry_cents : g->cents,
        .day = g->day != 0 ? g->day : 100,
        .assigned = g->assigned > 0 ? g->assigned - 1 : MATCH_NONE,
        .record = records[g->told],
        .payout = g->told == FINAL ? g->payout - 1 : MATCH_NONE,
        .run = MATCH_NONE,
    };
}

enum { LINES_MAX = 4 };

/* `turn` chooses an order of the lines. */
static void check(const char *name, const struct given given[LINES_MAX], size_t turn)
{
    static const char *const accounts[] = {ACCOUNT, OTHER};
    struct match_payout payouts[PAYOUTS];
    struct match_line lines[LINES_MAX];
    size_t count = 0;
    memcpy(payouts, payouts_before, sizeof(payouts));
    while (count < LINES_MAX && given[count].id != 0)
        count++;
    for (size_t i = 0; i < count; i++)
        lines[i] = line_of(&given[(i + turn) % count]);
    if (turn == LINES_MAX)
        for (size_t i = 0; i < count; i++)
            lines[i] = line_of(&given[count - 1 - i]);
    struct match_input in = {lines, count, payouts, PAYOUTS, accounts, 2};
    match_lines(&in);
    for (size_t i = 0; i < count; i++) {
        const struct given *g = given;
        while (g->id != lines[i].id[0])
            g++;
        size_t payout = g->payout > 0 ? g->payout - 1 : MATCH_NONE;
        if (lines[i].status != g->status || lines[i].payout != payout)
            fail_msg("%s: line %d is %s (%s), payout %zu, and must be %s, payout %zu", name, g->id,
                     match_status_text(lines[i].status), lines[i].note, lines[i].payout,
                     match_status_text(g->status), payout);
    }
    for (size_t p = 0; p < PAYOUTS; p++) /* each payout is used once */
        for (size_t i = 0, booked = 0; i < count; i++) {
            booked += lines[i].status == MATCH_MATCHED && lines[i].payout == p && !lines[i].credit;
            assert_true(booked <= 1);
        }
}

#define DEBIT(n)  .id = n
#define DETAIL(n) .id = n, .notification = true
#define RETURN(n) .id = n, .credit = true, .returned = true
#define IS(s, p)  .status = MATCH_##s, .payout = (p) + 1
#define ISNT(s)   .status = MATCH_##s

static const struct {
    const char *name;
    struct given lines[LINES_MAX];
} rows[] = {
    {"EndToEndId", {{DEBIT(1), .end = "E1", .cents = 1000, IS(MATCHED, P1)}}},
    {"InstrId", {{DEBIT(1), .instruction = "E1", .cents = 1000, IS(MATCHED, P1)}}},
    {"reference and amount, padded",
     {{DEBIT(1), .reference = "00010001", .cents = 1000, IS(MATCHED, P1)},
      {DEBIT(2), .reference = "rf34 0010 002", .cents = 2000, IS(MATCHED, P2)}}},
    {"reference and another amount",
     {{DEBIT(1), .reference = "10001", .cents = 999, ISNT(UNMATCHED)}}},
    {"a strong key before a weak one",
     {{DEBIT(1), .reference = "10001", .cents = 1000, IS(CONFLICT, P1)},
      {DEBIT(2), .end = "E1", .cents = 1000, IS(MATCHED, P1)}}},
    {"no tolerance", {{DEBIT(1), .end = "E1", .cents = 1001, IS(CONFLICT, P1)}}},
    {"the ledger has the line",
     {{DEBIT(9), .end = "E4", .cents = 4000, .told = FINAL, IS(KNOWN, P4)},
      {DETAIL(8), .end = "E1", .cents = 1000, .told = OPEN, IS(MATCHED, P1)}}},
    {"booked before: told again by a notification",
     {{DETAIL(1), .end = "E4", .cents = 4000, IS(REPEATED, P4)}}},
    {"booked before, and now once more",
     {{DEBIT(1), .end = "E4", .cents = 4000, IS(CONFLICT, P4)}}},
    {"both messages tell one booking",
     {{DEBIT(1), .end = "E1", .cents = 1000, IS(MATCHED, P1)},
      {DETAIL(2), .end = "E1", .cents = 1000, IS(REPEATED, P1)}}},
    {"debited twice",
     {{DEBIT(1), .end = "E1", .cents = 1000, IS(MATCHED, P1)},
      {DEBIT(2), .end = "E1", .cents = 1000, .day = 101, IS(CONFLICT, P1)}}},
    {"rejected or not sent, and booked",
     {{DEBIT(1), .end = "E6", .cents = 6000, IS(CONFLICT, P6)},
      {DEBIT(2), .end = "E7", .cents = 7000, IS(CONFLICT, P7)}}},
    {"return of a paid one", {{RETURN(1), .end = "E4", .cents = 4000, IS(MATCHED, P4)}}},
    {"return and booking in one input",
     {{RETURN(1), .end = "E1", .cents = 1000, IS(MATCHED, P1)},
      {DEBIT(2), .end = "E1", .cents = 1000, .day = 101, IS(MATCHED, P1)}}},
    {"return before its booking", {{RETURN(1), .end = "E1", .cents = 1000, IS(WAITING, P1)}}},
    {"returned before", {{RETURN(1), .end = "E5", .cents = 5000, IS(REPEATED, P5)}}},
    {"returned before, and by the same kind of message",
     {{RETURN(1), .notification = true, .end = "E5", .cents = 5000, IS(CONFLICT, P5)}}},
    {"a debit that the bank calls a return",
     {{DEBIT(1), .returned = true, .end = "E1", .cents = 1000, IS(SUGGESTED, P1)}}},
    {"a credit that the bank calls no return",
     {{.id = 1, .credit = true, .end = "E4", .cents = 4000, IS(SUGGESTED, P4)}}},
    {"lump, and nothing else",
     {{DEBIT(1), .whole = true, .payment = "RUN100", .cents = 6000, ISNT(WAITING)}}},
    {"lump without a name: sum and day",
     {{DEBIT(1), .whole = true, .cents = 6000, ISNT(WAITING)},
      {DEBIT(2), .whole = true, .cents = 6000, .day = 99, ISNT(UNMATCHED)}}},
    {"lump of another sum: some may be rejected",
     {{DEBIT(1), .whole = true, .payment = "RUN100", .cents = 5000, ISNT(WAITING)}}},
    {"lump of a part, and payments that nothing connects with it",
     {{DEBIT(1), .whole = true, .payment = "RUN100", .cents = 3000, ISNT(WAITING)},
      {DETAIL(2), .end = "E1", .cents = 1000, IS(MATCHED, P1)},
      {DETAIL(3), .end = "E2", .cents = 2000, IS(MATCHED, P2)}}},
    {"lump of a wrong sum",
     {{DEBIT(1), .whole = true, .payment = "RUN080", .cents = 2301, ISNT(CONFLICT)},
      {DEBIT(2), .whole = true, .payment = "RUN080", .cents = 2300, ISNT(DETAILED)},
      {DEBIT(3), .whole = true, .payment = "RUN101", .cents = 8001, IS(CONFLICT, P8)}}},
    {"lump of two parts",
     {{DEBIT(1), .whole = true, .payment = "RUN080", .cents = 1000, ISNT(DETAILED)},
      {DEBIT(2), .whole = true, .payment = "RUN080", .cents = 1300, .told = OPEN, ISNT(DETAILED)}}},
    {"lump whose payments the statement has told",
     {{DEBIT(1), .whole = true, .payment = "RUN090", .cents = 9000, ISNT(CONFLICT)}}},
    {"a payment of a run that was debited in one sum",
     {{DEBIT(1), .whole = true, .payment = "RUN080", .cents = 2300, .told = LUMP, ISNT(KNOWN)},
      {DEBIT(2), .end = "E11", .cents = 1100, IS(CONFLICT, P11)},
      {DETAIL(3), .end = "E11", .cents = 1100, IS(CONFLICT, P11)}}},
    {"lump of one",
     {{DEBIT(1), .whole = true, .payment = "RUN101", .cents = 8000, IS(MATCHED, P8)}}},
    {"lump and its details, by the bank's reference",
     {{DEBIT(1), .whole = true, .entry = "A1", .cents = 3000, ISNT(DETAILED)},
      {DETAIL(2), .entry = "A1", .end = "E1", .cents = 1000, .entry_cents = 3000, IS(MATCHED, P1)},
      {DETAIL(3), .entry = "A1", .end = "E2", .cents = 2000, .entry_cents = 3000,
       IS(MATCHED, P2)}}},
    {"lump and its details, which only its sum connects",
     {{DEBIT(1), .whole = true, .payment = "RUN100", .cents = 6000, ISNT(DETAILED)},
      {DETAIL(2), .end = "E1", .cents = 1000, IS(MATCHED, P1)},
      {DETAIL(3), .end = "E2", .cents = 2000, IS(MATCHED, P2)},
      {DETAIL(4), .end = "E3", .cents = 3000, IS(MATCHED, P3)}}},
    {"two equal parts, and the details of one",
     {{DEBIT(1), .whole = true, .payment = "RUN100", .cents = 3000, ISNT(DETAILED)},
      {DEBIT(2), .whole = true, .payment = "RUN100", .cents = 3000, ISNT(WAITING)},
      {DETAIL(3), .payment = "RUN100", .end = "E3", .cents = 3000, IS(MATCHED, P3)}}},
    {"the details of an earlier call, and of an explained sum",
     {{DEBIT(1), .whole = true, .payment = "RUN080", .cents = 1100, .told = LUMP, ISNT(KNOWN)},
      {DEBIT(2), .whole = true, .payment = "RUN080", .cents = 1100, ISNT(WAITING)},
      {DETAIL(3), .payment = "RUN080", .end = "E11", .cents = 1100, .told = FINAL,
       IS(KNOWN, P11)}}},
    {"an earlier call had the details",
     {{DEBIT(2), .whole = true, .entry = "A1", .cents = 1100, ISNT(DETAILED)},
      {DETAIL(3), .entry = "A1", .cents = 1100, .told = FINAL, IS(KNOWN, P11)}}},
    {"references that contradict each other",
     {{DEBIT(2), .whole = true, .entry = "A1", .payment = "RUN080", .cents = 1100, ISNT(WAITING)},
      {DETAIL(3), .entry = "A2", .payment = "RUN080", .cents = 1100, .told = FINAL,
       IS(KNOWN, P11)}}},
    {"a fee that both messages tell",
     {{DEBIT(1), .whole = true, .entry = "A1", .cents = 5, ISNT(UNMATCHED)},
      {DETAIL(2), .whole = true, .entry = "A1", .cents = 5, ISNT(DETAILED)}}},
    {"a fee that both messages tell, closed before",
     {{DEBIT(1), .whole = true, .entry = "A1", .cents = 5, ISNT(DETAILED)},
      {DETAIL(2), .whole = true, .entry = "A1", .cents = 5, .told = FINAL, ISNT(KNOWN)}}},
    {"a run debited twice in one sum",
     {{DEBIT(1), .whole = true, .payment = "RUN080", .cents = 2300, ISNT(DETAILED)},
      {DEBIT(2), .whole = true, .payment = "RUN080", .cents = 2300, ISNT(CONFLICT)},
      {DETAIL(3), .whole = true, .payment = "RUN080", .cents = 2300, ISNT(DETAILED)}}},
    {"a run of one debited twice, and told once more",
     {{DEBIT(1), .whole = true, .payment = "RUN101", .cents = 8000, IS(REPEATED, P8)},
      {DEBIT(2), .whole = true, .payment = "RUN101", .cents = 8000, IS(CONFLICT, P8)},
      {DETAIL(3), .payment = "RUN101", .end = "E8", .cents = 8000, IS(MATCHED, P8)}}},
    {"another organiser's payout has the same reference",
     {{DEBIT(1), .reference = "10001", .cents = 1000, IS(MATCHED, P1)},
      {DEBIT(2), .reference = "10001", .cents = 1000, .account = OTHER, IS(MATCHED, P13)}}},
    {"suggestion", {{DEBIT(1), .iban = "FI10", .cents = 9000, .day = 107, IS(SUGGESTED, P10)}}},
    {"six days apart", {{DEBIT(1), .iban = "FI10", .cents = 9000, .day = 108, ISNT(UNMATCHED)}}},
    {"two payouts for a line", {{DEBIT(1), .iban = "FI08", .cents = 8000, ISNT(AMBIGUOUS)}}},
    {"one of two is taken by a key",
     {{DEBIT(1), .end = "E8", .cents = 8000, IS(MATCHED, P8)},
      {DEBIT(2), .iban = "FI08", .cents = 8000, IS(SUGGESTED, P9)}}},
    {"two lines for a payout",
     {{DEBIT(1), .iban = "FI10", .cents = 9000, ISNT(AMBIGUOUS)},
      {DEBIT(2), .iban = "FI10", .cents = 9000, ISNT(AMBIGUOUS)}}},
    {"a person has decided",
     {{DEBIT(1), .iban = "FI08", .cents = 8000, .assigned = P9 + 1, IS(MATCHED, P9)},
      {DEBIT(2), .cents = 1, .assigned = P1 + 1, IS(CONFLICT, P1)}}},
    {"other accounts and moneys",
     {{DEBIT(1), .end = "E1", .cents = 1000, .account = "FI9", ISNT(FOREIGN)},
      {DEBIT(3), .end = "E1", .cents = 1000, .account = OTHER, IS(CONFLICT, P1)},
      {DEBIT(2), .end = "E1", .cents = 1000, .currency = "SEK", ISNT(CURRENCY)}}},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t turn = 0; turn <= LINES_MAX; turn++)
            check(rows[i].name, rows[i].lines, turn);
}

/* The same identity twice in one input: one of them counts, whichever came first. */
static void test_twice(void **state)
{
    (void)state;
    static const char *const accounts[] = {ACCOUNT, OTHER};
    const struct given g = {.id = 1, .end = "E1", .cents = 1000};
    struct match_line lines[] = {line_of(&g), line_of(&g)};
    struct match_payout payouts[PAYOUTS];
    memcpy(payouts, payouts_before, sizeof(payouts));
    struct match_input in = {lines, 2, payouts, PAYOUTS, accounts, 2};
    match_lines(&in);
    assert_int_equal((lines[0].status == MATCH_MATCHED) + (lines[1].status == MATCH_MATCHED), 1);
    assert_int_equal((lines[0].status == MATCH_KNOWN) + (lines[1].status == MATCH_KNOWN), 1);
    assert_int_equal(match_find(&in, "E3"), P3);
    assert_true(match_find(&in, "E99") == MATCH_NONE);
    assert_true(match_find(&in, "") == MATCH_NONE);
}

static void test_references(void **state)
{
    (void)state;
    static const struct {
        const char *given, *wanted;
    } forms[] = {
        {"RF18 1000 007", "1000007"},
        {"1000007", "1000007"},
        {"00 01000007", "1000007"},
        {"rf18001000007", "1000007"},
        {"  INV-1a ", "INV-1A"},
        {"RF18", ""},
        {"", ""},
        {"0000", ""},
        {"12345678", "1234567"},
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        char out[8];
        assert_string_equal(match_reference(forms[i].given, out, sizeof(out)), forms[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
