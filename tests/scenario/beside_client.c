/* beside_client.c - what others feel of a client that reads nothing, of the gate's death under
 * load, and of SIGTERM under load.
 *
 * usage: beside_client SALDOD DIR ACKS     SEED from the environment
 *
 * DIR is a real ledger as ledger.sh makes it, with the key "caseworker". Exit code 0: all is well.
 */
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "tests/support/clients.h"
#include "tests/support/hostile.h"
#include "tests/support/live.h"
#include "tests/support/witness.h"

#define WAIT_MS        10000
#define STOP_MS        10000 /* SIGTERM under load ends within this */
#define RECOVER_MS     20000
#define MEASURE_US     1500000
#define ANSWERS_MIN    100
#define CALM_US        5000 /* a 99th percentile below this is not worth a comparison */
#define UNREAD_MIN     4000 /* replies asked for and not read, at least */
#define UNREAD_MORE_US 30000000
#define SLOWER         10  /* times, at most, beside somebody who reads nothing */
#define TRIES          3   /* the machine may have other troubles */
#define UNREAD_US      500 /* between two requests whose replies are never read */

struct beside {
    struct live live;
    char home[PATH_MAX];
    struct clients *clients;
};

__attribute__((noreturn)) static void fail(struct beside *b, const char *what)
{
    fprintf(stderr, "FAILED: %s\n", what);
    live_kill(&b->live);
    _Exit(1);
}

static uint32_t measure(struct beside *b)
{
    uint64_t before = clients_answered(b->clients);
    int64_t began_us = live_now_us();
    clients_p99_us(b->clients);
    do
        live_sleep_us(MEASURE_US); /* once, unless the machine is very busy */
    while (clients_answered(b->clients) < before + ANSWERS_MIN &&
           live_now_us() - began_us < RECOVER_MS * INT64_C(1000));
    uint32_t p99 = clients_p99_us(b->clients);
    if (p99 == 0)
        fail(b, "the clients get no answers");
    return p99;
}

/* ---- A client that reads nothing ---- */

static size_t all_balances(const struct hostile *h, uint8_t *envelope, size_t size)
{
    static const uint8_t payload[] = {0x0a, 0x00}; /* QueryRequest with an empty BalanceQuery */
    const struct hostile_signing how = {&h->key, PURPOSE_QUERY, PURPOSE_QUERY};
    return hostile_sign(h, &how, payload, sizeof(payload), envelope, size);
}

/* Ask for large replies, and read none, as long as others are measured. */
static uint32_t measure_beside(struct beside *b, uint32_t *asked)
{
    struct hostile h;
    uint8_t query[256];
    hostile_open(&h, b->home, "caseworker", true);
    if (!hostile_connected(&h, WAIT_MS))
        fail(b, "the client that reads nothing is not admitted");
    size_t len = all_balances(&h, query, sizeof(query));
    clients_p99_us(b->clients);
    int64_t end_us = live_now_us() + MEASURE_US;
    for (*asked = 0; live_now_us() < end_us; live_sleep_us(UNREAD_US))
        *asked += hostile_send(&h, query, len);
    uint32_t p99 = clients_p99_us(b->clients);
    /* a slow machine asks less in that time: go on until no buffer can hold the replies */
    for (end_us += UNREAD_MORE_US; *asked < UNREAD_MIN && live_now_us() < end_us;
         live_sleep_us(UNREAD_US))
        *asked += hostile_send(&h, query, len);
    hostile_close(&h);
    return p99;
}

static void slow_reader(struct beside *b)
{
    uint32_t asked = 0;
    for (int i = 0; i < TRIES; i++) {
        uint32_t before = measure(b);
        uint32_t beside = measure_beside(b, &asked);
        uint32_t calm = before > CALM_US ? before : CALM_US;
        printf("p99 %u us, beside %u replies that nobody reads %u us\n", before, asked, beside);
        if (clients_timeouts(b->clients) > 0)
            fail(b, "somebody waited in vain beside a client that reads nothing");
        if (beside > 0 && beside <= SLOWER * calm)
            return;
    }
    fail(b, "a client that reads nothing delays the others");
}

/* ---- The gate's death ---- */

static void gate_dies(struct beside *b)
{
    int status;
    pid_t old = live_gate(&b->live);
    int64_t began_us = live_now_us();
    CHECK(kill(old, SIGKILL) == 0);
    live_sleep_us(50000); /* what was on its way has arrived by then */
    uint64_t before = clients_answered(b->clients);
    while (clients_answered(b->clients) < before + 10 * CLIENTS_MAX || live_gate(&b->live) == old) {
        if (live_ended(&b->live, &status))
            fail(b, "the ledger process died with its gate");
        if (live_now_us() - began_us > RECOVER_MS * INT64_C(1000))
            fail(b, "the clients do not recover from the gate's death");
        live_sleep_us(5000);
    }
    printf("back %.1f s after the gate's death\n", (double)(live_now_us() - began_us) * 1e-6);
}

/* ---- SIGTERM ---- */

static void told_to_stop(struct beside *b, const char *acks)
{
    int64_t began_us = live_now_us();
    uint64_t before = clients_answered(b->clients);
    while (clients_answered(b->clients) < before + CLIENTS_MAX) /* under load */
        live_sleep_us(1000);
    if (live_stop(&b->live, STOP_MS) != 0)
        fail(b, "SIGTERM under load did not end the daemon with 0 in time");
    printf("stopped %.1f s after SIGTERM\n", (double)(live_now_us() - began_us) * 1e-6);
    struct witness *w = witness_new(b->home);
    witness_read(w, b->live.dir);
    uint64_t items = witness_acks(w, acks);
    struct witness_count c = witness_count(w);
    printf("%" PRIu64 " answers verified, %" PRIu64 " wrong\n", items, c.wrong);
    if (c.wrong > 0 || items < 100)
        fail(b, "the journal is not what the clients were told");
    witness_free(w);
}

int main(int argc, char **argv)
{
    static struct beside b;
    const char *seed = getenv("SEED");
    if (argc != 4 || sodium_init() < 0) {
        fprintf(stderr, "usage: beside_client SALDOD DIR ACKS\n");
        return 2;
    }
    snprintf(b.home, sizeof(b.home), "%s/home", argv[2]);
    live_init(&b.live, argv[1], argv[2]);
    live_start(&b.live);
    if (!live_wait_ready(&b.live, WAIT_MS))
        fail(&b, "the daemon does not come up");
    const struct clients_options o = {.home = b.home,
                                      .acks = argv[3],
                                      .seed = seed == NULL ? 1 : strtoull(seed, NULL, 0),
                                      .providers = 6,
                                      .pause_us = 4000,
                                      .attempt_ms = 5000};
    b.clients = clients_new(&o);
    clients_connect(b.clients);
    slow_reader(&b);
    gate_dies(&b);
    told_to_stop(&b, argv[3]);
    clients_free(b.clients);
    return 0;
}
