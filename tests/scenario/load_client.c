/* load_client.c - hundreds of connections at more than twice what the daemon can do, for as long as
 * wanted, and everything that means no good beside them (support/siege.h), while honest clients
 * work.
 *
 * usage: load_client SALDOD DIR ACKS     SEED, CONNECTIONS and LOAD_SECONDS from the environment
 *
 * DIR is a real ledger as ledger.sh makes it, with the keys "caseworker", "flood", "noise" and
 * "deaf". Exit code 0: memory and descriptors kept their bounds, honest clients were served within
 * the bound that the gate's shares promise, and every answer is in the journal once. */
#include <dirent.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/check.h"
#include "base/limits.h"
#include "tests/support/clients.h"
#include "tests/support/live.h"
#include "tests/support/siege.h"
#include "tests/support/witness.h"

#define WAIT_MS      10000
#define ATTEMPT_MS   30000 /* an honest client that waits so long was not served */
#define DRAIN_MS     60000
#define CALM_US      3000000
#define SAMPLE_US    250000
#define SETTLE_US    5000000 /* handshakes that were begun have ended by then */
#define HONEST       15
#define RATE_MOST    20000 /* charges of the flood in a second that room is made for */
#define OVERLOAD     2     /* times, at least, what was decided was asked for */
#define CALM_S       2.0   /* of latency, and so many times the calm one, are the machine's own: */
#define CALM_TIMES   4     /* it has to sign, read and sync, too */
#define GATE_MB      (LIMIT_UNREAD_BYTES / 5 / MB) /* of one key's replies that it does not read */
#define GATE_KB_EACH 128                           /* of a connection: buffers of the library */
#define LEDGER_MB    64                            /* of what is under way */
#define ENTRY_BYTES  400 /* the ledger's memory of a charge until the next checkpoint */
#define MB           (1 << 20)

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZER_MB 640 /* 256 MB of what was freed are kept for a while, and red zones round it  \
                          */
#else
#define SANITIZER_MB 0
#endif

struct process {
    int64_t rss_before, rss_most, rss_after; /* bytes */
    uint32_t fds_before, fds_most, fds_after;
};

struct load {
    struct live live;
    char home[PATH_MAX];
    uint32_t connections, seconds;
    struct clients *clients;
    struct siege *siege;
    pid_t gate_pid;
    struct process gate, ledger;
    double attack_s;
    uint64_t honest;  /* requests answered beside the flood */
    uint32_t decided; /* charges of the flood meanwhile */
    uint32_t p99_calm, p99;
    uint32_t wrong;
};

__attribute__((format(printf, 3, 4))) static void judge(struct load *l, bool good,
                                                        const char *format, ...)
{
    va_list args;
    if (good)
        return;
    l->wrong++;
    va_start(args, format);
    fputs("WRONG: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

/* ---- What a process uses ---- */

static int64_t rss_of(pid_t pid)
{
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *in = fopen(path, "re");
    while (in != NULL && fgets(line, sizeof(line), in) != NULL)
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (in != NULL)
        fclose(in);
    return (int64_t)kb * 1024;
}

/* 0 where the system does not tell. */
static uint32_t fds_of(pid_t pid)
{
    char path[64];
    uint32_t count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        closedir(dir);
    return count;
}

static void sample(struct process *p, pid_t pid)
{
    int64_t rss = rss_of(pid);
    uint32_t fds = fds_of(pid);
    p->rss_most = rss > p->rss_most ? rss : p->rss_most;
    p->fds_most = fds > p->fds_most ? fds : p->fds_most;
    p->rss_after = rss;
    p->fds_after = fds;
}

static void sample_first(struct process *p, pid_t pid)
{
    sample(p, pid);
    p->rss_before = p->rss_after;
    p->fds_before = p->fds_after;
}

static void process_print(const char *name, const struct process *p)
{
    printf("%-6s  RSS %4" PRId64 " MB before, %4" PRId64 " at most, %4" PRId64
           " after; descriptors %u, %u, %u\n",
           name, p->rss_before / MB, p->rss_most / MB, p->rss_after / MB, p->fds_before,
           p->fds_most, p->fds_after);
}

/* ---- The story ---- */

static void begin(struct load *l, const char *acks)
{
    const char *seed = getenv("SEED");
    live_start(&l->live);
    CHECK(live_wait_ready(&l->live, WAIT_MS));
    const struct clients_options o = {.home = l->home,
                                      .acks = acks,
                                      .seed = seed == NULL ? 1 : strtoull(seed, NULL, 0),
                                      .providers = HONEST - 1,
                                      .pause_us = 20000,
                                      .attempt_ms = ATTEMPT_MS};
    l->clients = clients_new(&o);
    clients_connect(l->clients);
    live_sleep_us(CALM_US / 3);
    clients_p99_us(l->clients);
    live_sleep_us(CALM_US);
    l->p99_calm = clients_p99_us(l->clients);
    l->gate_pid = live_gate(&l->live);
    sample_first(&l->gate, l->gate_pid);
    sample_first(&l->ledger, l->live.pid);
}

static void attack(struct load *l)
{
    const struct siege_options o = {.home = l->home,
                                    .connections = l->connections,
                                    .deaf = l->connections / 16 + 1,
                                    .half_open = l->connections / 8 + 1,
                                    .requests = (l->seconds + 1) * RATE_MOST};
    int64_t began_us = live_now_us();
    uint64_t before = clients_answered(l->clients);
    l->siege = siege_begin(&o);
    while (live_now_us() < began_us + l->seconds * INT64_C(1000000)) {
        live_sleep_us(SAMPLE_US);
        sample(&l->gate, l->gate_pid);
        sample(&l->ledger, l->live.pid);
    }
    l->attack_s = (double)(live_now_us() - began_us) * 1e-6;
    l->honest = clients_answered(l->clients) - before;
    l->decided = siege_answered(l->siege);
    l->p99 = clients_p99_us(l->clients);
}

static void finish(struct load *l)
{
    int status;
    judge(l, siege_end(l->siege, DRAIN_MS), "the flood does not get all its answers");
    judge(l, clients_rest(l->clients, ATTEMPT_MS), "somebody honest still waits for an answer");
    live_sleep_us(SETTLE_US);
    sample(&l->gate, l->gate_pid);
    sample(&l->ledger, l->live.pid);
    judge(l, !live_ended(&l->live, &status) && live_gate(&l->live) == l->gate_pid,
          "the daemon or its gate died");
}

/* ---- What must hold ---- */

static void judge_service(struct load *l)
{
    const struct siege_count c = siege_count(l->siege);
    const double rate = ((double)l->decided + (double)l->honest) / l->attack_s;
    /* Before an honest request stand at most the shares of three who ask as much as they can, one
     * in 19 of all each, and what is honest. Malformed requests and queries are not in the rate. */
    const double bound_s =
        LIMIT_IN_FLIGHT * 3 / 19 / rate + CALM_S + CALM_TIMES * l->p99_calm * 1e-6;
    const double least = HONEST * l->attack_s / bound_s / 4;
    printf("flood: %u connections, %.0f/s offered, %.0f/s decided, %" PRIu64 " BUSY\n",
           l->connections, (double)c.offered / l->attack_s, l->decided / l->attack_s, c.busy);
    printf("beside it: %" PRIu64 " malformed (%" PRIu64 " too large), %" PRIu64
           " replies not read, %" PRIu64 " strangers, %" PRIu64 " half open\n",
           c.noise, c.oversize, c.unread, c.refused, c.half_open);
    printf("honest: %" PRIu64 " answered, %.0f/s; p99 %.1f ms calm, %.1f ms beside the flood, "
           "bound %.0f ms\n",
           l->honest, (double)l->honest / l->attack_s, l->p99_calm * 1e-3, l->p99 * 1e-3,
           bound_s * 1e3);
    judge(l, c.offered >= OVERLOAD * (uint64_t)l->decided, "the load was no overload");
    judge(l, c.busy > 0, "nobody was told BUSY");
    judge(l, c.other == 0, "%" PRIu64 " answers that nothing explains", c.other);
    judge(l, c.admitted == 0, "%" PRIu64 " strangers were admitted", c.admitted);
    judge(l, c.noise > 0 && c.oversize > 0 && c.unread > 0 && c.refused > 0 && c.half_open > 0,
          "somebody did not get to do what he came for");
    judge(l, clients_timeouts(l->clients) == 0, "%" PRIu64 " times an honest client gave up",
          clients_timeouts(l->clients));
    judge(l, l->p99 <= bound_s * 1e6, "honest clients wait for %u us", l->p99);
    judge(l, (double)l->honest >= least, "honest clients got %" PRIu64 " answers, and not %.0f",
          l->honest, least);
}

static void judge_resources(struct load *l)
{
    const int64_t entries = (int64_t)siege_asked(l->siege) + (int64_t)l->honest * 4;
    const int64_t gate =
        (int64_t)(SANITIZER_MB + GATE_MB) * MB + (int64_t)l->connections * GATE_KB_EACH * 1024;
    const int64_t ledger = (int64_t)(SANITIZER_MB + LEDGER_MB) * MB + entries * ENTRY_BYTES;
    process_print("gate", &l->gate);
    process_print("ledger", &l->ledger);
    judge(l, l->gate.rss_most - l->gate.rss_before <= gate,
          "the gate's memory grew by more than %" PRId64 " MB", gate / MB);
    judge(l, l->ledger.rss_most - l->ledger.rss_before <= ledger,
          "the ledger's memory grew by more than %" PRId64 " MB", ledger / MB);
    judge(l, l->gate.fds_after <= l->gate.fds_before + 8, "the gate keeps %u descriptors",
          l->gate.fds_after);
    judge(l, l->gate.fds_most <= LIMIT_CONNECTIONS, "the gate had %u descriptors",
          l->gate.fds_most);
    judge(l, l->ledger.fds_most <= l->ledger.fds_before + 16, "the ledger had %u descriptors",
          l->ledger.fds_most);
}

static void judge_books(struct load *l, const char *acks)
{
    struct witness *w = witness_new(l->home);
    witness_read(w, l->live.dir);
    uint64_t items = witness_acks(w, acks);
    uint32_t silent = 0;
    for (uint32_t i = 0; i < siege_asked(l->siege); i++) {
        uint8_t id[16];
        int32_t code;
        siege_told(l->siege, i, id, &code);
        if (code < 0)
            silent++;
        else
            witness_told(w, id, code);
    }
    if (silent == 0)
        witness_nothing_else(w);
    struct witness_count c = witness_count(w);
    printf("journal: %" PRIu64 " entries; %" PRIu64 " answers with receipts and %u without, "
           "%" PRIu64 " wrong\n",
           c.entries, items, siege_asked(l->siege) - silent, c.wrong);
    judge(l, silent == 0, "%u charges of the flood got no answer", silent);
    judge(l, c.wrong == 0, "the journal is not what the clients were told");
    witness_free(w);
}

static uint32_t number(const char *variable, uint32_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL || text[0] == '\0' ? otherwise : (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    static struct load l;
    struct rlimit files;
    if (argc != 4 || sodium_init() < 0) {
        fprintf(stderr, "usage: load_client SALDOD DIR ACKS\n");
        return 2;
    }
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    snprintf(l.home, sizeof(l.home), "%s/home", argv[2]);
    l.connections = number("CONNECTIONS", 100);
    l.seconds = number("LOAD_SECONDS", 10);
    CHECK(l.connections > 0 && l.connections < LIMIT_CONNECTIONS / 2 && l.seconds > 0);
    live_init(&l.live, argv[1], argv[2]);
    begin(&l, argv[3]);
    attack(&l);
    finish(&l);
    judge_service(&l);
    judge_resources(&l);
    clients_free(l.clients);
    judge(&l, live_stop(&l.live, WAIT_MS) == 0, "SIGTERM did not end the daemon with 0");
    judge_books(&l, argv[3]);
    siege_free(l.siege);
    return l.wrong == 0 ? 0 : 1;
}
