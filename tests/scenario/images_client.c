/* images_client.c - every disk that a power cut could have left, and what a start makes of it.
 *
 * usage: images_client record SALDOD DIR ACKS RECORD RUNS   a load on a daemon under shim.so
 *        images_client made RECORD NUMBER                   clients may rely on entry NUMBER from
 * here images_client explore DIR RECORD SCRATCH           IMAGES (random ones a step), SEED
 *
 * `explore` walks through the record. Before each sync it makes the images that a power cut could
 * leave there: all of them where little is unsure, otherwise the orderly ones and random ones,
 * with and without torn pages. Each is opened as at a start: what clients were told must be there,
 * entry by entry as in the ledger of DIR, which has gone on without a power cut; the last
 * group must be whole; the tables must be a checkpoint that the journal has, with the state of
 * that very entry. One in EVERY is also started as `saldod run` does, and ends in the same state.
 * Exit code 0: no image is wrong; 1: some are, and it says which. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "books.h"
#include "calendar.h"
#include "log.h"
#include "tests/support/clients.h"
#include "tests/support/dice.h"
#include "tests/support/disk.h"
#include "tests/support/folder.h"
#include "tests/support/live.h"
#include "tests/support/shim/record.h"

#define READY_MS  30000
#define EVERY     64 /* one in so many images is started in full */
#define WRONG_MAX 5  /* enough to see what it is */
#define ENTRIES   65536

/* ---- The load that is recorded ---- */

static void append(const char *record, uint64_t number)
{
    const struct record_head h = {.kind = RECORD_ACK, .offset = number};
    int fd = open(record, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK(write(fd, &h, sizeof(h)) == (ssize_t)sizeof(h));
    close(fd);
}

static void told(void *record, const struct ack *a)
{
    append(record, a->answers[0].number);
}

static void work(struct clients *all, int64_t *time_ms, int32_t day)
{
    *time_ms = calendar_instant_ms(day, 8 * 60);
    clients_set_time(all, *time_ms);
    live_sleep_us(250000);
}

/* Days and their nights, a kill in the middle of the second run, and stops. */
static int record(char **argv)
{
    struct live live;
    char home[PATH_MAX];
    int64_t time_ms;
    int32_t day = calendar_day((struct date){2026, 3, 2});
    live_init(&live, argv[2], argv[3]);
    snprintf(home, sizeof(home), "%s/home", argv[3]);
    const struct clients_options o = {.home = home,
                                      .acks = argv[4],
                                      .seed = 1,
                                      .providers = 2,
                                      .pause_us = 20000,
                                      .attempt_ms = 2000,
                                      .told = told,
                                      .arg = argv[5]};
    struct clients *all = clients_new(&o);
    const long runs = strtol(argv[6], NULL, 10);
    for (long run = 0; run < runs; run++) {
        live_start(&live);
        CHECK(live_wait_ready(&live, READY_MS));
        work(all, &time_ms, day); /* before the first request, which would be of today */
        clients_connect(all);
        work(all, &time_ms, day++);
        work(all, &time_ms, day);
        if (run == 1)
            live_kill(&live); /* in the night or in its checkpoint, as likely as not */
        else if (run == runs - 1)
            CHECK(clients_rest(all, READY_MS));
        if (live.pid != 0)
            CHECK(live_stop(&live, READY_MS) == 0);
    }
    printf("%" PRIu64 " requests answered\n", clients_answered(all));
    clients_free(all);
    return 0;
}

/* ---- What must be there ---- */

struct explorer {
    const char *dir, *scratch;
    struct config config; /* of the scratch folder */
    struct disk *disk;
    struct dice dice;
    uint32_t random; /* images a step */
    uint64_t last;   /* of the ledger that went on */
    struct hash leaves[ENTRIES], heads[ENTRIES], digests[ENTRIES];
    bool ends[ENTRIES];     /* a group ends there */
    bool digested[ENTRIES]; /* the digest of the state is known */
    struct hash *group;     /* LIMIT_GROUP_ENTRIES leaves */
    disk_choice *choice;
    uint64_t images, starts, refused, wrong;
    bool bad; /* this image */
};

static bool take_leaf(void *arg, const struct journal_record *r)
{
    struct explorer *x = arg;
    CHECK(r->number < ENTRIES);
    x->leaves[r->number] = r->leaf;
    x->last = r->number;
    return true;
}

static struct journal *open_journal(const char *dir)
{
    const struct journal_options options = {.read_only = true, .allow_unsafe_fs = true};
    char path[PATH_MAX];
    struct journal *j;
    snprintf(path, sizeof(path), "%s/journal", dir);
    return journal_open(path, &options, &j) == FAULT_NONE ? j : NULL;
}

static void read_reference(struct explorer *x)
{
    struct journal *j = open_journal(x->dir);
    CHECK(j != NULL);
    CHECK(journal_read(j, 1, true, take_leaf, x) == FAULT_NONE);
    for (uint64_t n = 1; n <= x->last; n++) {
        struct head h;
        uint8_t signature[LIMIT_SIGNATURE_BYTES];
        uint32_t count;
        CHECK(journal_group_of(j, n, &h, signature, x->group, &count) == FAULT_NONE);
        x->ends[n] = h.first + h.count - 1 == n;
        merkle_head(&h, &x->heads[n]);
    }
    journal_close(j);
}

/* ---- Opening an image ---- */

__attribute__((format(printf, 2, 3))) static void wrong(struct explorer *x, const char *format, ...)
{
    va_list args;
    if (x->bad)
        return;
    x->bad = true;
    x->wrong++;
    fprintf(stderr, "WRONG: record %" PRIu64 ", image %" PRIu64 ": ", disk_at(x->disk), x->images);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

struct walk {
    struct explorer *x;
    uint64_t next;
};

static bool same_leaf(void *arg, const struct journal_record *r)
{
    struct walk *w = arg;
    if (r->number != w->next || r->number > w->x->last ||
        memcmp(&r->leaf, &w->x->leaves[r->number], sizeof(r->leaf)) != 0)
        wrong(w->x, "entry %" PRIu64 " is not the one that was written", r->number);
    w->next++;
    return !w->x->bad;
}

/* Number of the last entry; 0: it does not open, which is wrong once a client was told anything. */
static uint64_t look_at_journal(struct explorer *x)
{
    uint64_t last = 0;
    struct hash head;
    struct walk w = {x, 1};
    struct journal *j = open_journal(x->scratch);
    if (j == NULL || journal_tail(j, &last, &head) != FAULT_NONE) {
        if (disk_acked(x->disk) > 0)
            wrong(x, "the journal does not open: %s", journal_error(j));
    } else if (journal_read(j, 1, true, same_leaf, &w) != FAULT_NONE) {
        wrong(x, "the journal: %s", journal_error(j));
    } else if (last < disk_acked(x->disk)) {
        wrong(x, "entry %" PRIu64 " was acknowledged, and lost: the last is %" PRIu64,
              disk_acked(x->disk), last);
    } else if (last != w.next - 1 || (last > 0 && (!x->ends[last] || memcmp(&head, &x->heads[last],
                                                                            sizeof(head)) != 0))) {
        wrong(x, "the journal ends in the middle of a group, at %" PRIu64, last);
    }
    journal_close(j);
    return x->bad ? 0 : last;
}

/* The state after the image's last entry, from its journal alone. */
static void digest_now(struct explorer *x, uint64_t last)
{
    struct books b;
    char *folder = folder_make();
    char tables[PATH_MAX];
    snprintf(tables, sizeof(tables), "%s/tables", folder);
    const struct books_options o = {.tables = tables, .read_only = true};
    if (books_open(&x->config, &o, &b) != FAULT_NONE)
        wrong(x, "the journal cannot be replayed");
    else if (books_checkpoint(&b, last) != FAULT_NONE ||
             tables_digest(b.tables, &x->digests[last]) != FAULT_NONE)
        wrong(x, "no checkpoint can be made");
    x->digested[last] = !x->bad;
    if (!x->bad)
        books_close(&b);
    folder_remove(folder);
}

static void look_at_tables(struct explorer *x, uint64_t last)
{
    const struct tables_options options = {.read_only = true, .allow_unsafe_fs = true};
    char path[PATH_MAX];
    uint64_t watermark = 0;
    struct tables *t;
    struct hash head, digest;
    snprintf(path, sizeof(path), "%s/tables", x->scratch);
    if (tables_open(path, &options, &t) != FAULT_NONE) {
        if (disk_acked(x->disk) > 0)
            wrong(x, "the tables do not open: %s", tables_error(NULL));
        return;
    }
    if (tables_watermark(t, &watermark, &head) != FAULT_NONE)
        wrong(x, "the tables have no watermark: %s", tables_error(t));
    else if (watermark > last)
        wrong(x, "the tables are ahead of the journal: %" PRIu64 ", %" PRIu64, watermark, last);
    else if (watermark > 0 && memcmp(&head, &x->heads[watermark], sizeof(head)) != 0)
        wrong(x, "the tables have another head at %" PRIu64, watermark);
    else if (watermark > 0 && (tables_digest(t, &digest) != FAULT_NONE || !x->digested[watermark] ||
                               memcmp(&digest, &x->digests[watermark], sizeof(digest)) != 0))
        wrong(x, "the tables have another state than entry %" PRIu64 " left", watermark);
    tables_close(t);
}

/* ---- Starting from an image ---- */

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[1 << 16];
    ssize_t len;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(in >= 0);
    CHECK(out >= 0);
    while ((len = read(in, bytes, sizeof(bytes))) > 0)
        CHECK(write(out, bytes, (size_t)len) == len);
    CHECK(len == 0);
    close(in);
    close(out);
}

/* How many files of `dir` have a name that begins so. Copies them to `to` unless that is NULL. */
static int each_file(const char *dir, const char *begin, const char *to)
{
    struct dirent *e;
    int count = 0;
    DIR *d = opendir(dir);
    CHECK(d != NULL);
    while ((e = readdir(d)) != NULL) {
        char from[PATH_MAX], name[PATH_MAX];
        if (strncmp(e->d_name, begin, strlen(begin)) != 0)
            continue;
        count++;
        snprintf(from, sizeof(from), "%s/%s", dir, e->d_name);
        snprintf(name, sizeof(name), "%s/%s", to == NULL ? "" : to, e->d_name);
        if (to != NULL)
            copy_file(from, name);
    }
    closedir(d);
    return count;
}

static void copy_store(const char *from, const char *to, const char *name)
{
    char source[PATH_MAX], target[PATH_MAX];
    snprintf(source, sizeof(source), "%s/%s", from, name);
    snprintf(target, sizeof(target), "%s/%s", to, name);
    CHECK(mkdir(target, 0700) == 0);
    each_file(source, "data.mdb", target);
}

/* As `saldod run` does, on a copy: it comes up, may write, and has the state that the journal has.
 */
static void start(struct explorer *x, uint64_t last)
{
    struct config config = x->config;
    char *folder = folder_make();
    char tables[PATH_MAX];
    struct books b;
    struct hash digest;
    uint64_t epoch;
    CHECK(strlen(folder) < sizeof(config.dir));
    snprintf(config.dir, sizeof(config.dir), "%s", folder);
    snprintf(tables, sizeof(tables), "%s/tables", folder);
    copy_store(x->scratch, folder, "journal");
    copy_store(x->scratch, folder, "tables");
    const struct books_options o = {.tables = tables, .verify = true, .repair = true};
    x->starts++;
    if (books_open(&config, &o, &b) != FAULT_NONE) {
        wrong(x, "the ledger does not start");
    } else {
        if (each_file(folder, "tables.bad", NULL) > 0)
            wrong(x, "the tables had to be made again");
        if (b.last != last || journal_claim(b.journal, &epoch) != FAULT_NONE ||
            books_checkpoint(&b, last) != FAULT_NONE ||
            tables_digest(b.tables, &digest) != FAULT_NONE ||
            memcmp(&digest, &x->digests[last], sizeof(digest)) != 0)
            wrong(x, "the ledger starts with another state than its journal's");
        books_close(&b);
    }
    folder_remove(folder);
}

/* ---- Exploring ---- */

/* A page in use is not in the file: nothing can go on after that, but it is said. */
static void on_cut(int signal)
{
    static const char text[] = "WRONG: a file is cut, a page in use is missing\n";
    (void)signal;
    _exit(write(STDERR_FILENO, text, sizeof(text) - 1) > 0 ? 1 : 3);
}

static void look(struct explorer *x, bool lengths)
{
    x->bad = false;
    x->images++;
    disk_image(x->disk, x->choice, lengths);
    const uint64_t last = look_at_journal(x);
    if (last == 0 && !x->bad)
        x->refused++; /* there is no ledger yet, and nobody was told of one */
    if (last == 0)
        return;
    if (!x->digested[last])
        digest_now(x, last);
    if (!x->bad)
        look_at_tables(x, last);
    if (!x->bad && disk_acked(x->disk) > 0 && x->images % EVERY == 0)
        start(x, last);
}

static void choose(struct explorer *x, uint32_t from, uint32_t to, disk_choice what)
{
    for (uint32_t i = from; i < to; i++)
        x->choice[i] = what;
}

/* Every subset. */
static void all_subsets(struct explorer *x, uint32_t count)
{
    for (uint32_t set = 0; set < 1u << count && x->wrong < WRONG_MAX; set++) {
        for (uint32_t i = 0; i < count; i++)
            x->choice[i] = (set >> i & 1) != 0 ? DISK_WHOLE : 0;
        look(x, dice_below(&x->dice, 4) == 0);
    }
}

/* Nothing, all, all but one, and all in order up to one: of many only some. */
static void orderly(struct explorer *x, uint32_t count)
{
    const uint32_t step = 1 + count / (1 + x->random / 4);
    for (uint32_t i = 0; i <= count && x->wrong < WRONG_MAX; i += step) {
        choose(x, 0, i, DISK_WHOLE);
        choose(x, i, count, 0);
        look(x, false);
        choose(x, 0, count, DISK_WHOLE);
        if (i < count)
            x->choice[i] = 0;
        look(x, i % 2 == 0);
    }
}

/* Any subset; every other one with torn pages. */
static void random_subsets(struct explorer *x, uint32_t count)
{
    for (uint32_t n = 0; n < x->random && x->wrong < WRONG_MAX; n++) {
        const uint32_t torn = n % 2 == 0 ? 0 : 2 + dice_below(&x->dice, 4);
        const uint32_t there = 1 + dice_below(&x->dice, 9); /* of ten */
        for (uint32_t i = 0; i < count; i++) {
            x->choice[i] = dice_below(&x->dice, 10) < there ? DISK_WHOLE : 0;
            if (torn != 0 && dice_below(&x->dice, torn) == 0)
                x->choice[i] = (disk_choice)dice_below(&x->dice, 256);
        }
        look(x, dice_below(&x->dice, 4) == 0);
    }
}

static void walk(struct explorer *x)
{
    while (x->wrong < WRONG_MAX && disk_next(x->disk)) {
        const uint32_t count = disk_unsure(x->disk);
        if (count < 31 && 1u << count <= x->random) {
            all_subsets(x, count);
        } else {
            orderly(x, count);
        }
        if (count > 0)
            random_subsets(x, count);
    }
}

static int explore(char **argv)
{
    static struct explorer x;
    char error[CONFIG_TEXT_MAX];
    uint64_t seed = dice_seed();
    x.dir = argv[2];
    x.scratch = argv[4];
    x.random = (uint32_t)dice_number("IMAGES", 16);
    x.dice = (struct dice){seed};
    printf("SEED=%" PRIu64 " IMAGES=%u\n", seed, x.random);
    fflush(stdout);
    log_level_set(LOG_LEVEL_ERROR);
    CHECK(config_read(x.dir, &x.config, error) == FAULT_NONE);
    CHECK(strlen(x.scratch) < sizeof(x.config.dir));
    snprintf(x.config.dir, sizeof(x.config.dir), "%s", x.scratch);
    x.config.limits =
        (struct ledger_limits){.charges = 400000, .vouchers = 200000, .buckets = 400000};
    x.config.allow_unsafe_fs = true;
    x.group = calloc(LIMIT_GROUP_ENTRIES, sizeof(*x.group));
    x.choice = calloc(DISK_UNSURE_MAX, sizeof(*x.choice));
    CHECK(x.group != NULL);
    CHECK(x.choice != NULL);
    read_reference(&x);
    signal(SIGBUS, on_cut);
    x.disk = disk_new(argv[3], x.scratch);
    walk(&x);
    printf("%" PRIu64 " images of %" PRIu64 " records and %" PRIu64 " entries: %" PRIu64
           " started in full, %" PRIu64 " before there was a ledger, %" PRIu64 " wrong\n",
           x.images, disk_at(x.disk), x.last, x.starts, x.refused, x.wrong);
    disk_free(x.disk);
    free(x.group);
    free(x.choice);
    return x.wrong == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    CHECK(sodium_init() >= 0);
    if (argc == 7 && strcmp(argv[1], "record") == 0)
        return record(argv);
    if (argc == 4 && strcmp(argv[1], "made") == 0) {
        append(argv[2], strtoull(argv[3], NULL, 10));
        return 0;
    }
    if (argc == 5 && strcmp(argv[1], "explore") == 0)
        return explore(argv);
    fprintf(stderr, "usage: images_client record|made|explore ...\n");
    return 2;
}
