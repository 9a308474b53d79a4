/* Submitting to a daemon that drops, delays, repeats and lies: a caller gets the answer once, or an
 * error that is true, and never two signed requests under one id. */
#include <time.h>

#include "saldo.h"
#include "saldo.pb-c.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/unit.h"

enum { RETRY_MS = 60, DEADLINE_MS = 8000, SHORT_MS = 700 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct saldo *open_to(const struct fake *f, int64_t deadline_ms)
{
    struct saldo *s;
    struct saldo_options o = {
        .home = fake_home(f), .deadline_ms = deadline_ms, .retry_ms = RETRY_MS};
    if (saldo_open(&o, &s) != SALDO_OK)
        fail_msg("%s", saldo_error_detail(s));
    return s;
}

static struct saldo_charge a_charge(void)
{
    struct saldo_charge c = {
        .voucher = "000100116J",
        .service = "siivous",
        .rate_class = "ALL",
        .unit = SALDO_HOUR,
        .start_ms = 1772000000000,
        .end_ms = 1772007200000,
        .quantity = 120,
        .price_cents = 3800,
        .county_cents = 7600,
        .identity_checked = true,
        .reference = "LASKU-000002",
    };
    saldo_request_id(c.request_id);
    return c;
}

/* One submit under a script; what must come of it. */
struct row {
    const char *script;
    enum saldo_error error;
    unsigned requests; /* that arrive, at least */
};

static void run_row(const struct row *row)
{
    struct fake *f = fake_start(&(struct fake_options){.script = row->script});
    struct saldo *s = open_to(f, row->error == SALDO_ERROR_TIMEOUT || row->error == SALDO_ERROR_BUSY
                                     ? SHORT_MS
                                     : DEADLINE_MS);
    struct saldo_charge c = a_charge();
    struct saldo_answer a = {.code = -1};
    int64_t before = now_ms();
    enum saldo_error e = saldo_submit(s, &c, 1, &a);
    int64_t took = now_ms() - before;
    if (e != row->error)
        print_error("script %s: %s\n", row->script, saldo_error_detail(s));
    assert_int_equal(e, row->error);
    if (e == SALDO_OK) {
        assert_int_equal(a.code, 0);
        assert_int_equal(a.have, 7200);
    } else {
        assert_int_equal(a.code, -1); /* nothing unproved reaches the caller */
        assert_string_not_equal(saldo_error_detail(s), "");
    }
    if (e == SALDO_ERROR_TIMEOUT || e == SALDO_ERROR_BUSY) {
        assert_true(took >= SHORT_MS);
        assert_true(took < SHORT_MS + 2000);
    }
    assert_int_equal(saldo_error_code(s), e == SALDO_ERROR_REFUSED ? 2 : 0);
    saldo_close(s);
    fake_stop(f);
    struct fake_stats stats = fake_stats(f);
    assert_true(stats.requests >= row->requests);
    assert_int_equal(stats.distinct, 1);
    assert_int_equal(stats.conflicts, 0);
    assert_int_equal(stats.bad, 0);
    fake_free(f);
}

static void test_honest_but_slow(void **state)
{
    static const struct row rows[] = {
        {"o", SALDO_OK, 1},
        {"dddo", SALDO_OK, 4},
        {"2", SALDO_OK, 1},
        {"l", SALDO_OK, 2},
        {"ldddd", SALDO_OK, 2},
        {"bbo", SALDO_OK, 3},
        {"bdo", SALDO_OK, 3},
        {"co", SALDO_OK, 2},
        {"mo", SALDO_OK, 2},
        {"d", SALDO_ERROR_TIMEOUT, 3},
        {"b", SALDO_ERROR_BUSY, 3},
        {"db", SALDO_ERROR_TIMEOUT, 3},
        {"r", SALDO_ERROR_READ_ONLY, 1},
        {"f", SALDO_ERROR_REFUSED, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        run_row(&rows[i]);
}

static void test_lies(void **state)
{
    static const struct row rows[] = {
        {"w", SALDO_ERROR_PROOF, 1}, {"h", SALDO_ERROR_PROOF, 1},    {"t", SALDO_ERROR_PROOF, 1},
        {"n", SALDO_ERROR_PROOF, 1}, {"a", SALDO_ERROR_PROOF, 1},    {"s", SALDO_ERROR_PROOF, 1},
        {"e", SALDO_ERROR_PROOF, 1}, {"g", SALDO_ERROR_PROTOCOL, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        run_row(&rows[i]);
}

/* After TIMEOUT the same call again is the same signed request: Ed25519 draws no randomness, and
 * the bytes follow from the fields. */
static void test_called_again(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "dddddo"});
    struct saldo *s = open_to(f, 150);
    struct saldo_charge c = a_charge();
    struct saldo_answer a;
    enum saldo_error e = SALDO_ERROR_TIMEOUT;
    (void)state;
    for (unsigned i = 0; i < 20 && e == SALDO_ERROR_TIMEOUT; i++)
        e = saldo_submit(s, &c, 1, &a);
    assert_int_equal(e, SALDO_OK);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).distinct, 1);
    assert_int_equal(fake_stats(f).conflicts, 0);
    fake_free(f);
}

/* The same id with another amount is the caller's mistake, and the fake would see it. */
static void test_the_fake_sees_conflicts(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "o"});
    struct saldo *s = open_to(f, DEADLINE_MS);
    struct saldo_charge c = a_charge();
    struct saldo_answer a;
    (void)state;
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_OK);
    c.county_cents++;
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_OK);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).conflicts, 1);
    fake_free(f);
}

static void test_full_batch(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "o"});
    struct saldo_options o = {.home = fake_home(f), .retry_ms = 20000}; /* slow under TSan */
    struct saldo *s;
    struct saldo_charge *charges = calloc(SALDO_BATCH_MAX, sizeof(*charges));
    struct saldo_answer *answers = calloc(SALDO_BATCH_MAX, sizeof(*answers));
    (void)state;
    assert_int_equal(saldo_open(&o, &s), SALDO_OK);
    assert_non_null(charges);
    assert_non_null(answers);
    for (size_t i = 0; i < SALDO_BATCH_MAX; i++)
        charges[i] = a_charge();
    assert_int_equal(saldo_submit(s, charges, SALDO_BATCH_MAX, answers), SALDO_OK);
    for (size_t i = 0; i < SALDO_BATCH_MAX; i++)
        assert_int_equal(answers[i].have, 7200 - (int64_t)i);
    assert_int_equal(saldo_submit(s, charges, SALDO_BATCH_MAX + 1, answers), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_submit(s, charges, 0, answers), SALDO_ERROR_ARGUMENT);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).bad, 0);
    fake_free(f);
    free(charges);
    free(answers);
}

static void expect_argument(struct saldo *s, const struct saldo_charge *c, const char *part)
{
    struct saldo_answer a;
    assert_int_equal(saldo_submit(s, c, 1, &a), SALDO_ERROR_ARGUMENT);
    if (strstr(saldo_error_detail(s), part) == NULL)
        fail_msg("%s instead of %s", saldo_error_detail(s), part);
}

static void test_local_checks(void **state)
{
    static const char LONG[] = "12345678901234567890123456789012345678901";
    struct fake *f = fake_start(&(struct fake_options){.script = "o"});
    struct saldo *s = open_to(f, DEADLINE_MS);
    struct saldo_charge good = a_charge();
    struct saldo_charge c;
    struct saldo_answer a;
    (void)state;
    c = good;
    c.voucher = "000100116X";
    expect_argument(s, &c, "voucher 000100116X: wrong check character");
    c = good;
    c.voucher = NULL;
    expect_argument(s, &c, "voucher (not set)");
    c = good;
    c.service = LONG;
    expect_argument(s, &c, "charge 0: service: too long");
    c = good;
    c.reference = "a\nb";
    expect_argument(s, &c, "charge 0: reference: not UTF-8, or with a control character");
    c = good;
    c.rate_class = "\xC3";
    expect_argument(s, &c, "rate_class: not UTF-8");
    c = good;
    c.unit = 0;
    expect_argument(s, &c, "unit: not set");
    c = good;
    c.unit = (enum saldo_unit)7;
    expect_argument(s, &c, "unit: there is no unit 7");
    c = good;
    memset(c.request_id, 0, 16);
    expect_argument(s, &c, "request_id: not set");
    saldo_set_recorded_at(s, 1772000000000);
    expect_argument(s, &good, "recorded_at: only a simulated ledger");
    assert_int_equal(saldo_delete(s, good.request_id, c.request_id, &a), SALDO_ERROR_ARGUMENT);
    saldo_close(s);

    struct saldo_options o = {.home = fake_home(f), .no_local_checks = true};
    assert_int_equal(saldo_open(&o, &s), SALDO_OK);
    c = good;
    c.voucher = "000100116X";
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_OK);
    c = good;
    c.service = LONG;
    expect_argument(s, &c, "service: too long"); /* would spoil the batch for the others */
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).requests, 1);
    assert_int_equal(fake_stats(f).bad, 0);
    fake_free(f);
}

static void test_simulated_clock(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "o", .simulated = true});
    struct saldo *s = open_to(f, DEADLINE_MS);
    struct saldo_charge c = a_charge();
    struct saldo_answer a;
    uint8_t id[16];
    (void)state;
    saldo_set_recorded_at(s, 1535749200000);
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_OK);
    assert_true(a.simulated);
    saldo_set_recorded_at(s, 1535749200777);
    saldo_request_id_at(1535749200777, id);
    assert_int_equal(saldo_delete(s, id, c.request_id, &a), SALDO_OK);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).recorded_at_ms, 1535749200777);
    assert_int_equal(fake_stats(f).distinct, 2);
    assert_int_equal(fake_stats(f).bad, 0);
    fake_free(f);
}

/* What was just accepted can be stored and verified by somebody else. */
static void test_receipt(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "oot"});
    struct saldo *s = open_to(f, DEADLINE_MS);
    struct saldo_charge c[2] = {a_charge(), a_charge()};
    struct saldo_answer a[2];
    struct saldo_answer stored;
    struct saldo_proof p;
    const void *bytes;
    const void *request;
    size_t len;
    size_t request_len;
    uint8_t id[16];
    uint8_t key[32];
    (void)state;
    assert_int_equal(saldo_receipt(s, &bytes, &len), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_receipt_request(s, &request, &request_len), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_submit(s, c, 2, a), SALDO_OK);
    saldo_ledger(s, id, key);
    assert_int_equal(saldo_receipt(s, &bytes, &len), SALDO_OK);
    assert_int_equal(saldo_receipt_verify(bytes, len, id, key, &p), SALDO_OK);
    assert_int_equal(p.answers, 2);
    assert_int_equal(p.number, a[1].number);
    assert_int_equal(saldo_receipt_answer(bytes, len, 1, &stored), SALDO_OK);
    assert_int_equal(stored.code, a[1].code);
    assert_int_equal(stored.have, a[1].have);
    assert_int_equal(saldo_receipt_request(s, &request, &request_len), SALDO_OK);
    assert_true(saldo_receipt_covers(bytes, len, request, request_len));
    uint8_t other[512];
    assert_in_range(request_len, 1, sizeof(other));
    for (size_t i = 0; i < request_len; i++) {
        memcpy(other, request, request_len);
        other[i] ^= 1;
        assert_false(saldo_receipt_covers(bytes, len, other, request_len));
    }
    assert_false(saldo_receipt_covers(bytes, len - 1, request, request_len));
    assert_int_equal(saldo_submit(s, c, 2, a), SALDO_OK);
    assert_int_equal(saldo_submit(s, c, 2, a), SALDO_ERROR_PROOF);
    assert_int_equal(saldo_receipt(s, &bytes, &len), SALDO_OK); /* kept as evidence */
    assert_int_equal(saldo_receipt_verify(bytes, len, id, key, &p), SALDO_ERROR_PROOF);
    saldo_close(s);
    fake_stop(f);
    fake_free(f);
}

static void test_queries(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "odof"});
    struct saldo *s = open_to(f, DEADLINE_MS);
    struct saldo_balance b;
    const void *reply;
    size_t len;
    (void)state;
    assert_int_equal(saldo_balance(s, "000100116J", &b), SALDO_OK);
    assert_int_equal(b.posted, 30000);
    assert_int_equal(b.pending, 22800);
    assert_int_equal(b.available, 7200);
    assert_int_equal(saldo_balance(s, "000100278S", &b), SALDO_ERROR_PROTOCOL); /* another's */
    assert_int_equal(saldo_balance(s, "000100116X", &b), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_query(s, "\x3a\x00", 2, &reply, &len), SALDO_ERROR_REFUSED);
    assert_int_equal(saldo_error_code(s), 2);
    assert_int_equal(saldo_query(s, "", 0, &reply, &len), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_query(s, "\x3a\x01", 2, &reply, &len), SALDO_ERROR_ARGUMENT);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).bad, 0);
    fake_free(f);
}

static size_t pack_command(Saldo__V1__Command *command, uint8_t *bytes)
{
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    request.n_commands = 1;
    request.commands = &command;
    return saldo__v1__command_request__pack(&request, bytes);
}

static void test_commands(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "do"});
    struct saldo *s = open_to(f, DEADLINE_MS);
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__SettleDay day = SALDO__V1__SETTLE_DAY__INIT;
    struct saldo_answer a = {.code = -1};
    uint8_t id[16];
    uint8_t bytes[128];
    (void)state;
    saldo_request_id(id);
    day.day = 20509;
    command.request_id = (ProtobufCBinaryData){.len = 16, .data = id};
    command.body_case = SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    command.settle_day = &day;
    size_t len = pack_command(&command, bytes);
    assert_int_equal(saldo_command(s, bytes, len, true, &a, 1), SALDO_OK);
    assert_int_equal(a.code, 0);
    assert_int_equal(saldo_command(s, bytes, len, true, NULL, 0), SALDO_OK);
    assert_int_equal(saldo_command(s, bytes, len, false, &a, 1), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_command(s, bytes, len - 1, true, &a, 1), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_command(s, NULL, 0, false, &a, 1), SALDO_ERROR_ARGUMENT);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).distinct, 1);
    assert_int_equal(fake_stats(f).bad, 0);
    fake_free(f);
}

/* The daemon stops with a request unanswered and comes back on the same port. */
static void test_restart(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "o"});
    struct saldo *s = open_to(f, DEADLINE_MS);
    struct saldo_charge c = a_charge();
    struct saldo_answer a;
    (void)state;
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_OK);
    fake_stop(f);
    fake_again(f);
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_OK);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).distinct, 1);
    fake_free(f);
}

/* libzmq gives a connection up for good when the key is not admitted; libsaldo does not. */
static void test_key_registered_late(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "o", .refuse_connections = 1});
    struct saldo *s = open_to(f, 300);
    struct saldo_charge c = a_charge();
    struct saldo_answer a;
    int64_t end = now_ms() + 10000;
    enum saldo_error e;
    (void)state;
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_ERROR_TIMEOUT);
    assert_non_null(strstr(saldo_error_detail(s), "is the key registered?"));
    do {
        e = saldo_submit(s, &c, 1, &a);
    } while (e == SALDO_ERROR_TIMEOUT && now_ms() < end);
    assert_int_equal(e, SALDO_OK);
    saldo_close(s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).admitted, 1);
    fake_free(f);
}

static void test_close_does_not_hang(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "d"});
    struct saldo *s = open_to(f, 200);
    struct saldo_charge c = a_charge();
    struct saldo_answer a;
    (void)state;
    fake_stop(f);
    assert_int_equal(saldo_submit(s, &c, 1, &a), SALDO_ERROR_TIMEOUT);
    int64_t before = now_ms();
    saldo_close(s);
    assert_true(now_ms() - before < 2000);
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest_but_slow),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_called_again),
        cmocka_unit_test(test_the_fake_sees_conflicts),
        cmocka_unit_test(test_full_batch),
        cmocka_unit_test(test_local_checks),
        cmocka_unit_test(test_simulated_clock),
        cmocka_unit_test(test_receipt),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_key_registered_late),
        cmocka_unit_test(test_close_does_not_hang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
