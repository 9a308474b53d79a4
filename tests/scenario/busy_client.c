/* busy_client.c - more requests than the bounds allow: the rest is answered BUSY, at once, and
 * nothing is lost or counted twice when it is sent again.
 *
 * usage: busy_client SALDOD DIR
 *
 * The ledger process is held still (SIGSTOP), so that what is under way fills the gate's bound for
 * sure. DIR is a ledger as ledger.sh makes it. Exit code 0: all is well. */
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "outcome.h"
#include "tests/support/bad.h"
#include "tests/support/witness.h"

#define REQUESTS (LIMIT_IN_FLIGHT + 800)
#define ROUNDS   60
#define QUIET_MS 500

struct asked {
    uint8_t frame[PAYLOAD_MAX];
    size_t len;
    bool decided;
};

struct busy {
    struct live live;
    struct hostile h;
    struct asked *asked; /* REQUESTS; correlation is the place and one */
    uint32_t busy;
    uint32_t decided;
    uint32_t other;
};

static void make_requests(struct busy *b)
{
    const struct hostile_signing how = {&b->h.key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    for (uint32_t i = 0; i < REQUESTS; i++) {
        uint8_t payload[PAYLOAD_MAX];
        uint8_t id[16];
        bad_id(id);
        size_t len = bad_charge(id, 1000, 0, payload);
        b->asked[i].len = hostile_sign(&b->h, &how, payload, len, b->asked[i].frame, PAYLOAD_MAX);
    }
}

/* Take replies until none came for a while. */
static void take(struct busy *b, int quiet_ms)
{
    struct hostile_reply r;
    while (hostile_receive(&b->h, quiet_ms, &r)) {
        CHECK(r.correlation >= 1 && r.correlation <= REQUESTS);
        struct asked *a = &b->asked[r.correlation - 1];
        if (r.code == OUTCOME_BUSY) {
            b->busy++;
        } else if (r.code != OUTCOME_VOUCHER_UNKNOWN || r.answers != 1) {
            b->other++;
        } else if (!a->decided) {
            a->decided = true;
            b->decided++;
        }
    }
}

static void send_undecided(struct busy *b)
{
    for (uint32_t i = 0; i < REQUESTS; i++) {
        if (b->asked[i].decided)
            continue;
        do {
            take(b, 0);
            b->h.correlation = i;
        } while (!hostile_send(&b->h, b->asked[i].frame, b->asked[i].len) &&
                 hostile_connected(&b->h, QUIET_MS));
    }
}

static bool judge(struct busy *b)
{
    CHECK(kill(b->live.pid, SIGSTOP) == 0);
    send_undecided(b);
    take(b, QUIET_MS);
    printf("%u sent to a daemon that stands still: %u BUSY\n", REQUESTS, b->busy);
    bool good = b->busy >= REQUESTS - LIMIT_IN_FLIGHT && b->decided == 0 && b->other == 0;
    CHECK(kill(b->live.pid, SIGCONT) == 0);
    take(b, 2 * QUIET_MS);
    uint32_t rounds = 0;
    for (; b->decided < REQUESTS && rounds < ROUNDS; rounds++) {
        send_undecided(b);
        take(b, QUIET_MS);
    }
    printf("%u decided after %u more rounds\n", b->decided, rounds);
    return good && b->decided == REQUESTS && b->other == 0;
}

int main(int argc, char **argv)
{
    static struct busy b;
    char home[PATH_MAX];
    if (argc != 3 || sodium_init() < 0) {
        fprintf(stderr, "usage: busy_client SALDOD DIR\n");
        return 2;
    }
    snprintf(home, sizeof(home), "%s/home", argv[2]);
    b.asked = calloc(REQUESTS, sizeof(*b.asked));
    CHECK(b.asked != NULL);
    live_init(&b.live, argv[1], argv[2]);
    live_start(&b.live);
    CHECK(live_wait_ready(&b.live, WAIT_MS));
    hostile_open(&b.h, home, "P1", false);
    CHECK(hostile_connected(&b.h, WAIT_MS));
    make_requests(&b);
    bool good = judge(&b);
    hostile_close(&b.h);
    if (live_stop(&b.live, WAIT_MS) != 0)
        good = false;
    struct witness *w = witness_new(home);
    witness_read(w, argv[2]);
    struct witness_count c = witness_count(w);
    printf("in the journal %" PRIu64 " decisions, %" PRIu64 " wrong\n", c.refused, c.wrong);
    witness_free(w);
    free(b.asked);
    return good && c.wrong == 0 && c.refused == REQUESTS ? 0 : 1;
}
