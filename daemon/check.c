/* check.c - `saldod check`: the chain, every decision again, and the digest of the state. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <lmdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "books.h"
#include "check.h"
#include "commands.h"
#include "exits.h"
#include "log.h"

struct check {
    struct config config;
    char scratch[CONFIG_TEXT_MAX]; /* a directory of our own */
    char tables[CONFIG_TEXT_MAX + 8];
};

/* $TMPDIR or /tmp: nothing is written into the ledger's own directory. */
static bool make_scratch(struct check *c)
{
    const char *base = getenv("TMPDIR");
    int len = snprintf(c->scratch, sizeof(c->scratch), "%s/saldod-check-XXXXXX",
                       base == NULL || base[0] == '\0' ? "/tmp" : base);
    if (len < 0 || len >= CONFIG_TEXT_MAX || mkdtemp(c->scratch) == NULL) {
        log_error("check-scratch error=\"%s\"", strerror(errno));
        c->scratch[0] = '\0';
        return false;
    }
    snprintf(c->tables, sizeof(c->tables), "%s/tables", c->scratch);
    return true;
}

static void remove_scratch(const struct check *c)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "writer.lock"};
    char path[CONFIG_TEXT_MAX + 32];
    if (c->scratch[0] == '\0')
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", c->tables, names[i]);
        unlink(path);
    }
    rmdir(c->tables);
    rmdir(c->scratch);
}

/* One whole checkpoint, even while the daemon writes the next one. */
static bool copy_tables(const struct check *c)
{
    char path[CONFIG_TEXT_MAX];
    MDB_env *env = NULL;
    config_path(&c->config, "tables", path);
    int rc = mkdir(c->tables, 0700) == 0 ? mdb_env_create(&env) : errno;
    if (rc == 0)
        rc = mdb_env_open(env, path, MDB_RDONLY | MDB_NOTLS, 0600);
    if (rc == 0)
        rc = mdb_env_copy(env, c->tables);
    if (env != NULL)
        mdb_env_close(env);
    if (rc != 0)
        log_error("check-copy error=\"%s\"", mdb_strerror(rc));
    return rc == 0;
}

static int exit_of(enum fault f)
{
    if (f == FAULT_NONE)
        return EXITS_OK;
    return f == FAULT_CORRUPT || f == FAULT_STALE ? EXITS_DAMAGED : EXITS_START;
}

static int check(struct check *c, struct check_result *out)
{
    struct books b;
    struct hash head;
    uint64_t watermark;
    const struct books_options options = {.tables = c->tables, .read_only = true, .verify = true};
    enum fault f = books_open(&c->config, &options, &b);
    if (f != FAULT_NONE)
        return exit_of(f);
    f = tables_watermark(b.tables, &watermark, &head);
    if (f == FAULT_NONE && b.last > watermark && b.last > 1)
        f = books_checkpoint(&b, b.last);
    if (f == FAULT_NONE)
        f = tables_digest(b.tables, &out->digest);
    out->genesis = b.genesis;
    out->last = b.last;
    if (f != FAULT_NONE)
        log_error("check fault=\"%s\" detail=\"%s\"", fault_text(f), tables_error(b.tables));
    books_close(&b);
    return exit_of(f);
}

int check_ledger(const char *dir, bool from_tables, struct check_result *out)
{
    struct check *c = calloc(1, sizeof(*c));
    char error[CONFIG_TEXT_MAX];
    int code = EXITS_START;

    if (c == NULL)
        return code;
    if (config_read(dir, &c->config, error) != FAULT_NONE) {
        log_error("config detail=\"%s\"", error);
    } else if (make_scratch(c) && (!from_tables || copy_tables(c))) {
        c->config.allow_unsafe_fs =
            true; /* the scratch may be anywhere; the journal is only read */
        code = check(c, out);
    }
    remove_scratch(c);
    free(c);
    return code;
}

/* ---- The command ------------------------------------------------------------------------------
 */

static void print_result(const struct check_result *r, bool json)
{
    char hex[2 * LIMIT_HASH_BYTES + 1];
    char id[2 * LEDGER_ID_BYTES + 1];
    sodium_bin2hex(hex, sizeof(hex), r->digest.bytes, LIMIT_HASH_BYTES);
    sodium_bin2hex(id, sizeof(id), r->genesis.ledger_id, LEDGER_ID_BYTES);
    const char *simulated = r->genesis.simulated ? "true" : "false";
    if (json)
        printf("{\"ledger\":\"%s\",\"simulated\":%s,\"last\":%" PRIu64 ",\"digest\":\"%s\"}\n", id,
               simulated, r->last, hex);
    else
        printf("ledger %s\nsimulated %s\nlast %" PRIu64 "\ndigest %s\n", id, simulated, r->last,
               hex);
}

static bool arguments(int argc, char **argv, bool *from_tables, bool *json)
{
    static const struct option options[] = {
        {"from-tables", no_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    int o;
    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (o == 't')
            *from_tables = true;
        else if (o == 'j')
            *json = true;
        else
            return false;
    }
    return optind == argc - 1;
}

int command_check(int argc, char **argv)
{
    struct check_result result;
    bool from_tables = false, json = false;

    if (!command_harden())
        return EXITS_START;
    if (!arguments(argc + 1, argv - 1, &from_tables, &json)) {
        fprintf(stderr, "usage: saldod check DIR [--from-tables] [--json]\n");
        return EXITS_USAGE;
    }
    int code = check_ledger((argv - 1)[optind], from_tables, &result);
    if (code == EXITS_OK)
        print_result(&result, json);
    return code;
}
