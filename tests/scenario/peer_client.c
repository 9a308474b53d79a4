/* peer_client.c - a random county and a day of its charges, with Saldo's answers, for PostgreSQL.
 *
 * usage: peer_client FOLDER SEED CHARGES BATCH
 *
 * Writes world.sql (the catalogue and the vouchers), offered.copy (charges with honest mistakes of
 * every kind, repeated ids among them) and expected.copy (what ledger and model answered). BATCH
 * charges in a row have one batch number. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/peer_rows.h"
#include "tests/support/traffic.h"

static FILE *file_in(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    return f;
}

static void done(FILE *f)
{
    if (fclose(f) != 0) {
        perror("peer_client");
        exit(1);
    }
}

/* Everything that charges are judged by, before the first of them. */
static bool set_scene(struct traffic *t)
{
    bool agree = traffic_begin(t);
    for (int i = 0; agree && i < 1200; i++) {
        t->w->now_ms += roll(t, 50);
        agree = i % 4 == 0 ? traffic_administration(t) : traffic_case_work(t);
    }
    return agree;
}

static bool charge_on(struct traffic *t, size_t charges)
{
    bool agree = true;
    size_t from = t->w->tape.count;
    while (agree && t->w->tape.count - from < charges) {
        t->w->now_ms += roll(t, 3000);
        agree = chance(t, 88) ? traffic_charge(t) : traffic_retry(t);
    }
    return agree;
}

static void write_commands(FILE *sql, const struct tape_request *r, const struct answer *decided)
{
    for (uint32_t i = 0; i < r->request.count; i++)
        if (decided[i].code == OUTCOME_ACCEPTED && !decided[i].duplicate)
            peer_rows_command(sql, r->request.commands[i].message, r->entry.time_ms);
}

static void write_all(const struct world *w, const char *folder, uint64_t charges, uint64_t batch)
{
    FILE *sql = file_in(folder, "world.sql");
    FILE *offered = file_in(folder, "offered.copy");
    FILE *expected = file_in(folder, "expected.copy");
    uint64_t n = 0;
    peer_rows_calendar(sql, 2020, 2030);
    for (size_t e = 0; e < w->tape.count && n < charges; e++) {
        struct tape_request r;
        tape_unpack(&w->tape.entries[e], &r);
        if (r.request.purpose != PURPOSE_CHARGE)
            write_commands(sql, &r, w->decided[e]);
        for (uint32_t i = 0; r.request.purpose == PURPOSE_CHARGE && i < r.request.count; i++, n++) {
            peer_rows_charge(offered,
                             &(struct peer_charge){n, n / batch, r.entry.time_ms, r.request.key_id,
                                                   &r.request.charges[i]});
            peer_rows_answer(expected, n, &w->decided[e][i]);
        }
        tape_release(&r);
    }
    done(sql);
    done(offered);
    done(expected);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: peer_client FOLDER SEED CHARGES BATCH\n");
        return 2;
    }
    struct traffic *t = traffic_new(strtoull(argv[2], NULL, 0), model_day(2026, 3, 10));
    uint64_t charges = strtoull(argv[3], NULL, 0);
    t->w->now_ms += 10 * INT64_C(3600000);
    bool agree = set_scene(t) && charge_on(t, (size_t)charges);
    if (agree)
        write_all(t->w, argv[1], charges, strtoull(argv[4], NULL, 0));
    for (int code = 0; code < TRAFFIC_CODES; code++)
        if (t->seen[code] != 0)
            printf("%8lld %s\n", (long long)t->seen[code], outcome_name(code));
    traffic_free(t);
    return agree ? 0 : 1;
}
