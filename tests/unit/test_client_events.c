/* The event-loop way: many requests under way, woken by the descriptor and the clock alone. */
#include <poll.h>
#include <time.h>

#include "saldo.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/unit.h"

enum { AT_ONCE = 64, RETRY_MS = 100, DEADLINE_MS = 8000, PATIENCE_MS = 15000 };

/* What the callbacks saw. */
struct log {
    struct saldo *s;
    unsigned done;
    unsigned ok;
    unsigned errors[SALDO_ERROR_PROTOCOL + 1];
    uint64_t seen[4 * AT_ONCE]; /* tickets */
    unsigned chain;             /* how many more to start from the callback */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct saldo_charge a_charge(void)
{
    struct saldo_charge c = {.voucher = "000100116J",
                             .service = "siivous",
                             .unit = SALDO_VISIT,
                             .start_ms = 1772000000000,
                             .quantity = 1,
                             .price_cents = 3800,
                             .county_cents = 3800};
    saldo_request_id(c.request_id);
    return c;
}

static void on_done(void *arg, uint64_t ticket, enum saldo_error error,
                    const struct saldo_answer *answers, size_t count)
{
    struct log *log = arg;
    for (unsigned i = 0; i < log->done; i++)
        assert_int_not_equal(log->seen[i], ticket); /* each only once */
    log->seen[log->done++] = ticket;
    log->errors[error]++;
    if (error == SALDO_OK) {
        assert_int_equal(count, 1);
        assert_int_equal(answers[0].have, 7200);
        log->ok++;
    } else {
        assert_int_equal(count, 0);
    }
    if (log->chain > 0) {
        struct saldo_charge c = a_charge();
        struct saldo_answer a;
        uint64_t next;
        log->chain--;
        assert_int_equal(saldo_submit(log->s, &c, 1, &a), SALDO_ERROR_ARGUMENT);
        assert_int_equal(saldo_process(log->s), SALDO_ERROR_ARGUMENT);
        assert_int_equal(saldo_start(log->s, &c, 1, on_done, log, &next), SALDO_OK);
    }
}

static void start(struct log *log, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct saldo_charge c = a_charge();
        uint64_t ticket;
        assert_int_equal(saldo_start(log->s, &c, 1, on_done, log, &ticket), SALDO_OK);
    }
}

/* Only what saldo.h promises: the descriptor, the wait, and a call after each start. Returns how
 * often it woke. */
static unsigned loop_until(struct log *log, unsigned done)
{
    int64_t end = now_ms() + PATIENCE_MS;
    unsigned wakes = 0;
    assert_int_equal(saldo_process(log->s), SALDO_OK);
    while (log->done < done) {
        struct pollfd p = {.fd = saldo_fd(log->s), .events = POLLIN};
        int wait_ms = saldo_wait_ms(log->s);
        assert_true(wait_ms >= 0); /* something is under way */
        assert_true(now_ms() < end);
        assert_true(poll(&p, 1, wait_ms) >= 0);
        assert_int_equal(saldo_process(log->s), SALDO_OK);
        wakes++;
    }
    return wakes;
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

static void test_many(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "oodlob2odcolo"});
    struct log log = {.s = open_to(f, DEADLINE_MS)};
    struct saldo_charge c = a_charge();
    uint64_t ticket;
    (void)state;
    start(&log, AT_ONCE);
    assert_int_equal(saldo_start(log.s, &c, 1, on_done, &log, &ticket), SALDO_ERROR_BUSY);
    unsigned wakes = loop_until(&log, AT_ONCE);
    assert_int_equal(log.ok, AT_ONCE);
    assert_in_range(wakes, 1, 2000); /* it sleeps in between */
    assert_int_equal(saldo_wait_ms(log.s), -1);
    start(&log, AT_ONCE); /* the slots are free again */
    loop_until(&log, 2 * AT_ONCE);
    assert_int_equal(log.ok, 2 * AT_ONCE);
    saldo_close(log.s);
    fake_stop(f);
    assert_int_equal(fake_stats(f).distinct, 2 * AT_ONCE);
    assert_int_equal(fake_stats(f).conflicts, 0);
    assert_int_equal(fake_stats(f).bad, 0);
    fake_free(f);
}

static void test_chain(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "o"});
    struct log log = {.s = open_to(f, DEADLINE_MS), .chain = 50};
    (void)state;
    start(&log, 3);
    loop_until(&log, 53);
    assert_int_equal(log.ok, 53);
    saldo_close(log.s);
    fake_stop(f);
    fake_free(f);
}

/* Errors come to the request they belong to, the others go on. */
static void test_mixed_ends(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "wrfgo"});
    struct log log = {.s = open_to(f, DEADLINE_MS)};
    (void)state;
    start(&log, 8);
    loop_until(&log, 8);
    assert_int_equal(log.ok, 4);
    assert_int_equal(log.errors[SALDO_ERROR_PROOF], 1);
    assert_int_equal(log.errors[SALDO_ERROR_READ_ONLY], 1);
    assert_int_equal(log.errors[SALDO_ERROR_REFUSED], 1);
    assert_int_equal(log.errors[SALDO_ERROR_PROTOCOL], 1);
    saldo_close(log.s);
    fake_stop(f);
    fake_free(f);
}

static void test_deadlines(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "d"});
    struct log log = {.s = open_to(f, 400)};
    int64_t before = now_ms();
    (void)state;
    start(&log, 5);
    loop_until(&log, 5);
    assert_int_equal(log.errors[SALDO_ERROR_TIMEOUT], 5);
    assert_in_range(now_ms() - before, 400, 2400);
    saldo_close(log.s);
    fake_stop(f);
    fake_free(f);
}

/* A blocking call in between gets its own answer; what arrives for others meanwhile is theirs. */
static void test_blocking_in_between(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "llllo"});
    struct log log = {.s = open_to(f, DEADLINE_MS)};
    struct saldo_charge c[2] = {a_charge(), a_charge()};
    struct saldo_answer a[2];
    const void *receipt;
    size_t len;
    struct saldo_proof p;
    uint8_t id[16];
    uint8_t key[32];
    (void)state;
    start(&log, 4);
    assert_int_equal(saldo_submit(log.s, c, 2, a), SALDO_OK);
    assert_int_equal(a[1].have, 7199);
    saldo_ledger(log.s, id, key);
    assert_int_equal(saldo_receipt(log.s, &receipt, &len), SALDO_OK);
    assert_int_equal(saldo_receipt_verify(receipt, len, id, key, &p), SALDO_OK);
    assert_int_equal(p.answers, 2); /* not one of the others */
    loop_until(&log, 4);
    assert_int_equal(log.ok, 4);
    saldo_close(log.s);
    fake_stop(f);
    fake_free(f);
}

/* The socket is replaced inside; the caller's descriptor stays and still wakes. */
static void test_descriptor_stays(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "o", .refuse_connections = 1});
    struct log log = {.s = open_to(f, PATIENCE_MS)};
    int fd = saldo_fd(log.s);
    (void)state;
    start(&log, 1);
    unsigned wakes = loop_until(&log, 1);
    assert_int_equal(log.ok, 1);
    assert_int_equal(saldo_fd(log.s), fd);
    assert_in_range(wakes, 1, 200);
    saldo_close(log.s);
    fake_stop(f);
    fake_free(f);
}

static void test_close_with_work_left(void **state)
{
    struct fake *f = fake_start(&(struct fake_options){.script = "d"});
    struct log log = {.s = open_to(f, DEADLINE_MS)};
    (void)state;
    start(&log, 10);
    assert_int_equal(saldo_process(log.s), SALDO_OK);
    saldo_close(log.s);
    assert_int_equal(log.done, 0);
    fake_stop(f);
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_mixed_ends),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_blocking_in_between),
        cmocka_unit_test(test_descriptor_stays),
        cmocka_unit_test(test_close_with_work_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
