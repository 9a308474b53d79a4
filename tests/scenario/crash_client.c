/* crash_client.c - kill -9 at random moments under load, and what must hold afterwards.
 *
 * usage: crash_client run SALDOD DIR ACKS   ROUNDS, SEED, DAY (since 1970) and STEP_MS from the
 *                                     environment
 *        crash_client verify DIR ACKS       is everything of ACKS in the ledger of DIR?
 *        crash_client covers DIR ACKS       the same, and DIR may have more than that
 *        crash_client plant BUG DIR ACKS    a bug to be found in DIR: cut, or flip
 *
 * `run` starts the daemon, lets the clients of tests/support/clients.h work, and kills the ledger
 * process, its gate or both, sometimes while it starts, sometimes during a night; every now and
 * then it stops, and the journal is held against what the clients were told. DIR is a simulated
 * ledger as ledger.sh makes it. With POWER (power.h) in most rounds the disk loses its power;
 * with TROUBLE a program makes trouble in most rounds, and says what is to come of it. Exit
 * code 0: all is well. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "calendar.h"
#include "identifier.h"
#include "outcome.h"
#include "saldo.pb-c.h"
#include "tests/support/clients.h"
#include "tests/support/dice.h"
#include "tests/support/live.h"
#include "tests/support/plant.h"
#include "tests/support/power.h"
#include "tests/support/witness.h"

#define READY_MS       30000
#define REST_MS        30000
#define STOP_MS        10000
#define RECOVER_MS     20000
#define VERIFY_EVERY   25
#define MORE_ROUNDS    50
#define STEP_US        3000
#define TROUBLE_MS     2500 /* the guards look once a second */
#define TROUBLE_END_MS 20000
#define LIVES_ON       10
#define FRESH_DAYS     50 /* ids that are older may be before the recording window */
#define SAMPLE         10 /* one in so many of the older requests is sent again at the end */
#define BALANCES_MAX   (1 << 20)

enum kill {
    KILL_LEDGER,
    KILL_GATE,
    KILL_BOTH,
    KILL_STARTING,
    KILL_NOT,
    KILL_POWER,
    KILL_TROUBLE,
    KILLS
};
static const char *const kill_names[KILLS] = {"ledger",  "gate",  "both",   "starting",
                                              "SIGTERM", "power", "trouble"};

struct run {
    struct live live;
    struct power power;
    bool has_power;
    const char *trouble; /* a program that makes it; NULL: nobody does */
    uint32_t troubles;
    const char *acks;
    char home[PATH_MAX];
    struct dice dice;
    struct clients *clients;
    struct witness *witness;
    FILE *again;    /* the acks as far as they were sent again */
    FILE *verified; /* and as far as they were verified */
    int32_t day;
    int64_t time_ms;
    int64_t step_ms;  /* 0: a round is a moment; else it is what is left of a day, in such steps */
    int64_t start_us; /* what a start took last time */
    int64_t recover_us; /* and the longest that a gate's death was felt */
    uint32_t rounds;
    uint32_t kills[KILLS];
    uint64_t sent_again;
    struct witness_balance *balances; /* BALANCES_MAX */
    uint32_t balance_count;
};

__attribute__((noreturn)) static void fail(struct run *r, const char *what)
{
    fprintf(stderr, "FAILED: %s; the daemon's log is %s\n", what, r->live.log);
    live_kill(&r->live);
    _exit(1);
}

/* ---- Rounds ---- */

static void start(struct run *r)
{
    int64_t began_us = live_now_us();
    live_start(&r->live);
    if (!live_wait_ready(&r->live, READY_MS))
        fail(r, "the daemon does not come up");
    r->start_us = live_now_us() - began_us;
    clients_connect(r->clients);
}

static void stop(struct run *r)
{
    int code = live_stop(&r->live, STOP_MS);
    if (code != 0)
        fail(r, "SIGTERM did not end the daemon with 0 in time");
}

/* Time goes on; `night`: beyond midnight, so that the next request settles the day. */
static void pass_time(struct run *r, bool night)
{
    if (night) {
        r->day++;
        r->time_ms = calendar_instant_ms(r->day, 8 * 60);
    } else {
        r->time_ms += 1000;
    }
    clients_set_time(r->clients, r->time_ms);
}

/* More than what was under way before and may still be counted. */
static void await_answers(struct run *r, const char *otherwise)
{
    int status;
    const uint64_t before = clients_answered(r->clients);
    const int64_t began_us = live_now_us();
    while (clients_answered(r->clients) < before + 2 * CLIENTS_MAX) {
        if (live_ended(&r->live, &status))
            fail(r, "the ledger process died");
        if (live_now_us() - began_us > RECOVER_MS * INT64_C(1000))
            fail(r, otherwise);
        live_sleep_us(2000);
    }
}

/* The gate alone dies: the ledger process must not, and the clients find the next gate. */
static void kill_gate(struct run *r)
{
    int64_t began_us = live_now_us();
    pid_t old = live_gate(&r->live);
    CHECK(kill(old, SIGKILL) == 0);
    await_answers(r, "the clients do not recover from the gate's death");
    if (live_gate(&r->live) == old)
        fail(r, "there is no new gate");
    if (live_now_us() - began_us > r->recover_us)
        r->recover_us = live_now_us() - began_us;
}

static enum kill choose(struct run *r)
{
    static const enum kill of_ten[] = {KILL_LEDGER, KILL_LEDGER, KILL_LEDGER,   KILL_LEDGER,
                                       KILL_BOTH,   KILL_BOTH,   KILL_STARTING, KILL_STARTING,
                                       KILL_GATE,   KILL_NOT};
    if (r->has_power && dice_below(&r->dice, 10) < 8)
        return KILL_POWER;
    if (r->trouble != NULL && dice_below(&r->dice, 10) < 8)
        return KILL_TROUBLE;
    enum kill how = of_ten[dice_below(&r->dice, sizeof(of_ten) / sizeof(of_ten[0]))];
    return r->step_ms > 0 && how == KILL_STARTING ? KILL_LEDGER : how; /* a day a round */
}

/* A moment between 5 and 300 ms under load; in every third round a night falls just before. */
static void let_work(struct run *r)
{
    while (r->step_ms > 0 && calendar_local_day(r->time_ms) == r->day) {
        r->time_ms += r->step_ms;
        clients_set_time(r->clients, r->time_ms);
        live_sleep_us(STEP_US);
    }
    if (r->step_ms > 0) {
        r->day = calendar_local_day(r->time_ms);
        live_sleep_us(dice_below(&r->dice, 40000));
        return;
    }
    bool night = dice_below(&r->dice, 3) == 0;
    live_sleep_us(5000 + dice_below(&r->dice, 295000));
    pass_time(r, night);
    if (night)
        live_sleep_us(dice_below(&r->dice, 40000));
}

/* It must not have died before. */
static void kill_ledger(struct run *r)
{
    int status;
    if (live_ended(&r->live, &status))
        fail(r, "the daemon ended by itself");
    live_kill(&r->live);
}

/* Of the disk that the ledger is on. The process may see it as errors, and must leave then. */
static void cut_power(struct run *r)
{
    int status = 0;
    if (live_ended(&r->live, &status))
        fail(r, "the daemon ended by itself");
    power_cut(&r->power);
    live_sleep_us(dice_below(&r->dice, 20000));
    if (live_ended(&r->live, &status) && (!WIFEXITED(status) || WEXITSTATUS(status) != 3))
        fail(r, "a dead disk did not end the daemon with 3");
    live_kill(&r->live);
    power_on(&r->power);
}

/* `TROUBLE begin PID NUMBER` (0: it is to end; LIVES_ON), a night under it, `TROUBLE end NUMBER
 * STATUS`: 0 while it lives, an exit code, or 128 and the signal. The program says what must have
 * come of it. */
static void make_trouble(struct run *r)
{
    char command[PATH_MAX];
    int status = 0, code = 0;
    await_answers(r, "the clients get no answers before the trouble"); /* a day to be settled */
    snprintf(command, sizeof(command), "%s begin %d %u", r->trouble, (int)r->live.pid, r->troubles);
    const int begun = system(command);
    if (begun != 0 && (!WIFEXITED(begun) || WEXITSTATUS(begun) != LIVES_ON))
        fail(r, "the trouble cannot be made");
    pass_time(r, true);
    const int64_t until_us =
        live_now_us() + (begun == 0 ? TROUBLE_END_MS : TROUBLE_MS) * INT64_C(1000);
    while (!live_ended(&r->live, &status) && live_now_us() < until_us)
        live_sleep_us(2000);
    if (r->live.pid == 0)
        code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    snprintf(command, sizeof(command), "%s end %u %d", r->trouble, r->troubles++, code);
    if (system(command) != 0)
        fail(r, "the trouble did not end as it must");
    if (r->live.pid != 0) /* refused until now, and goes on by itself */
        await_answers(r, "the clients do not recover from the trouble");
    live_kill(&r->live);
}

static void one_round(struct run *r)
{
    enum kill how = choose(r);
    r->kills[how]++;
    if (how == KILL_STARTING) {
        live_start(&r->live);
        live_sleep_us(dice_below(&r->dice, (uint32_t)r->start_us + 1));
        kill_ledger(r);
        return;
    }
    start(r);
    let_work(r);
    if (how == KILL_GATE)
        kill_gate(r);
    if (how == KILL_BOTH)
        kill(live_gate(&r->live), SIGKILL);
    if (how == KILL_NOT)
        stop(r);
    else if (how == KILL_POWER)
        cut_power(r);
    else if (how == KILL_TROUBLE)
        make_trouble(r);
    else
        kill_ledger(r);
}

/* ---- Asking again ---- */

static void ask_again(struct run *r, struct saldo *s, const struct ack *told)
{
    static struct ack a;
    a = *told;
    if (clients_send(s, r->time_ms, &a) != SALDO_OK) {
        fprintf(stderr, "again: %s\n", saldo_error_detail(s));
        fail(r, "a request was not answered again");
    }
    for (uint32_t i = 0; i < a.count; i++) {
        const struct saldo_answer *x = &told->answers[i];
        const struct saldo_answer *y = &a.answers[i];
        if (!y->duplicate || x->code != y->code || x->have != y->have || x->need != y->need ||
            x->pays_on != y->pays_on)
            fail(r, "a request that was sent again got another answer");
        r->sent_again++;
    }
}

/* One in `step` of all that `in` has not yet given, as far as its ids are not too old. */
static void all_again(struct run *r, FILE *in, uint32_t step)
{
    static struct ack a;
    uint32_t count = 0;
    struct saldo *handles[CLIENTS_PROVIDERS + 1];
    for (uint32_t i = 0; i <= CLIENTS_PROVIDERS; i++)
        handles[i] = clients_open(r->home, i, REST_MS);
    while (acks_next(in, &a))
        if (count++ % step == 0 && a.items[0].day > r->day - FRESH_DAYS)
            ask_again(r, handles[a.owner], &a);
    for (uint32_t i = 0; i <= CLIENTS_PROVIDERS; i++)
        saldo_close(handles[i]);
}

/* ---- Balances ---- */

/* One page; true: there are more, after `after`. */
static bool take_page(struct run *r, struct saldo *s, char after[11])
{
    Saldo__V1__QueryRequest request = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__BalanceQuery query = SALDO__V1__BALANCE_QUERY__INIT;
    uint8_t bytes[64];
    const void *reply;
    size_t len;
    query.after = after;
    request.body_case = SALDO__V1__QUERY_REQUEST__BODY_BALANCE;
    request.balance = &query;
    len = saldo__v1__query_request__pack(&request, bytes);
    if (saldo_query(s, bytes, len, &reply, &len) != SALDO_OK)
        fail(r, saldo_error_detail(s));
    Saldo__V1__Reply *m = saldo__v1__reply__unpack(NULL, len, reply);
    CHECK(m != NULL);
    CHECK(m->result_case == SALDO__V1__REPLY__RESULT_BALANCES);
    for (size_t i = 0; i < m->balances->n_balances; i++) {
        const Saldo__V1__Balance *b = m->balances->balances[i];
        CHECK(r->balance_count < BALANCES_MAX);
        r->balances[r->balance_count++] = (struct witness_balance){
            identifier_voucher_digits(b->voucher, strlen(b->voucher)), b->posted, b->pending};
        if (b->available != b->posted - b->pending)
            fail(r, "available is not what was posted less what is pending");
    }
    snprintf(after, 11, "%s", m->balances->next);
    saldo__v1__reply__free_unpacked(m, NULL);
    return after[0] != '\0';
}

static void take_balances(struct run *r)
{
    struct saldo *s = clients_open(r->home, CLIENTS_CASE_WORKER, REST_MS);
    char after[11] = "";
    r->balance_count = 0;
    while (take_page(r, s, after))
        ;
    saldo_close(s);
}

/* ---- Verifying ---- */

/* Everybody has an answer: ask again, stop, and look at what is on disk. */
static void verify(struct run *r, bool last)
{
    static struct ack a;
    struct witness_count c;
    start(r);
    if (!clients_rest(r->clients, REST_MS))
        fail(r, "the clients do not get their answers");
    all_again(r, r->again, 1);
    if (last) {
        rewind(r->again);
        all_again(r, r->again, SAMPLE);
    }
    take_balances(r);
    stop(r);
    witness_read(r->witness, r->live.dir);
    while (acks_next(r->verified, &a))
        witness_ack(r->witness, &a);
    witness_nothing_else(r->witness);
    witness_balances(r->witness, r->balances, r->balance_count);
    c = witness_count(r->witness);
    if (c.wrong != 0)
        fail(r, "the journal is not what the clients were told");
    if (live_command(&r->live, "check", "--from-tables") != 0)
        fail(r, "saldod check");
    printf("%u entries %" PRIu64 ": charges %" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64
           " deleted; %" PRIu64 " repeated; %u vouchers, %" PRIu64 " nights\n",
           r->rounds, c.entries, c.accepted, c.refused, c.deleted, c.repeated, c.vouchers,
           c.nights);
    fflush(stdout);
    clients_go_on(r->clients);
}

/* Too little of anything would show nothing. */
static bool enough(const struct run *r)
{
    struct witness_count c = witness_count(r->witness);
    return c.accepted >= r->rounds && c.refused > 0 && c.deleted > 0 && c.nights > 0 &&
           c.repeated >= r->sent_again;
}

/* On a disk that stalls a round may end before anybody charged: more rounds until there was load.
 */
static void all_rounds(struct run *r, uint32_t rounds)
{
    while (r->rounds < rounds || (!enough(r) && r->rounds < rounds + MORE_ROUNDS)) {
        one_round(r);
        r->rounds++;
        if (r->rounds % VERIFY_EVERY == 0 || r->rounds >= rounds)
            verify(r, r->rounds >= rounds);
    }
}

static int run(char **argv)
{
    static struct run r;
    uint64_t seed = dice_seed();
    uint32_t rounds = (uint32_t)dice_number("ROUNDS", 50);
    printf("SEED=%" PRIu64 " ROUNDS=%u\n", seed, rounds);
    fflush(stdout);
    live_init(&r.live, argv[2], argv[3]);
    r.has_power = power_of_environment(&r.power);
    r.trouble = getenv("TROUBLE");
    r.acks = argv[4];
    const char *home = getenv("CLIENT_HOME"); /* elsewhere than in DIR, whose disk may be cut */
    snprintf(r.home, sizeof(r.home), "%s%s", home == NULL ? argv[3] : home,
             home == NULL ? "/home" : "");
    r.dice = (struct dice){seed};
    r.day = (int32_t)dice_number("DAY", (uint64_t)calendar_day((struct date){2026, 3, 2}));
    r.step_ms = (int64_t)dice_number("STEP_MS", 0);
    r.time_ms = calendar_instant_ms(r.day, 8 * 60);
    r.balances = calloc(BALANCES_MAX, sizeof(*r.balances));
    CHECK(r.balances != NULL);
    const struct clients_options o = {.home = r.home,
                                      .acks = r.acks,
                                      .seed = seed,
                                      .providers = 8,
                                      .pause_us = 8000,
                                      .attempt_ms = 400};
    r.clients = clients_new(&o);
    clients_set_time(r.clients, r.time_ms);
    r.witness = witness_new(r.home);
    CHECK((r.again = fopen(r.acks, "rbe")) != NULL);
    CHECK((r.verified = fopen(r.acks, "rbe")) != NULL);
    all_rounds(&r, rounds);
    clients_free(r.clients);
    for (int i = 0; i < KILLS; i++)
        printf("%s %u%s", kill_names[i], r.kills[i], i + 1 < KILLS ? ", " : "\n");
    printf("clients were back %.1f s after a gate's death at the latest\n",
           (double)r.recover_us * 1e-6);
    int code = enough(&r) ? 0 : 1;
    if (code != 0)
        fprintf(stderr, "FAILED: there was too little load to show anything\n");
    witness_free(r.witness);
    fclose(r.again);
    fclose(r.verified);
    free(r.balances);
    return code;
}

/* ---- Verifying a copy ---- */

static int verify_copy(char **argv, bool exactly)
{
    char home[PATH_MAX];
    snprintf(home, sizeof(home), "%s/home", argv[2]);
    struct witness *w = witness_new(home);
    witness_read(w, argv[2]);
    uint64_t items = witness_acks(w, argv[3]);
    if (exactly)
        witness_nothing_else(w);
    uint64_t wrong = witness_count(w).wrong;
    printf("%" PRIu64 " answers verified, %" PRIu64 " wrong\n", items, wrong);
    witness_free(w);
    return wrong == 0 && items > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0)
        return 2;
    if (argc == 5 && strcmp(argv[1], "run") == 0)
        return run(argv);
    if (argc == 4 && (strcmp(argv[1], "verify") == 0 || strcmp(argv[1], "covers") == 0))
        return verify_copy(argv, argv[1][0] == 'v');
    if (argc == 5 && strcmp(argv[1], "plant") == 0)
        return plant(argv[2], argv[3], argv[4]);
    fprintf(stderr, "usage: crash_client run SALDOD DIR ACKS | verify DIR ACKS | covers DIR ACKS | "
                    "plant BUG DIR ACKS\n");
    return 2;
}
