/* saldo backup - a whole ledger but its keys, copied while the daemon runs. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "backup/backup.h"
#include "backup/files.h"
#include "backup/manifest.h"
#include "journal/journal.h"
#include "tables/tables.h"
#include "text.h"

enum { STAMP_CHARS = 16, KEEP_MAX = 10000 }; /* 20261122T023000Z */

struct backup {
    struct tool *tool;
    const char *from;          /* the ledger's folder */
    char to[FILES_PATH_MAX];   /* what it becomes */
    char part[FILES_PATH_MAX]; /* what it is until it is whole */
    struct progress bar;
    struct manifest manifest;
};

/* ---- Copying ---- */

static int copy_environment(struct backup *b, const char *name)
{
    char path[FILES_PATH_MAX], to[FILES_PATH_MAX], label[32];
    MDB_env *env = NULL;
    size_t bytes = 0;
    int rc = files_path(path, b->part, name);
    if (rc == TOOL_OK)
        rc = files_folder(path);
    if (rc == TOOL_OK)
        rc = files_path(to, path, "data.mdb");
    if (rc == TOOL_OK)
        rc = files_path(path, b->from, name);
    if (rc == TOOL_OK)
        rc = files_open_environment(path, &env, &bytes);
    if (rc != TOOL_OK)
        return rc;
    snprintf(label, sizeof(label), "copying %s", name);
    progress_start(&b->bar, label, bytes, b->tool->quiet);
    rc = files_copy_environment(env, to, &b->bar);
    progress_end(&b->bar);
    mdb_env_close(env);
    return rc;
}

static int copy_conf(struct backup *b)
{
    char from[FILES_PATH_MAX], to[FILES_PATH_MAX];
    struct files_copied copied;
    int rc = files_path(from, b->from, manifest_names[MANIFEST_CONF]);
    if (rc == TOOL_OK)
        rc = files_path(to, b->part, manifest_names[MANIFEST_CONF]);
    progress_start(&b->bar, "copying", 0, true);
    return rc == TOOL_OK ? files_copy(from, to, &b->bar, &copied) : rc;
}

/* ---- Looking at the copy ---- */

static bool take_genesis(void *arg, const struct journal_record *r)
{
    struct manifest *m = arg;
    struct genesis g;
    if (genesis_read(r->request, r->request_len, &g)) {
        memcpy(m->ledger_id, g.ledger_id, sizeof(m->ledger_id));
        memcpy(m->ledger_key, g.ledger_key, sizeof(m->ledger_key));
        m->simulated = g.simulated;
    }
    return false;
}

/* What the tables of a folder say, into the manifest. */
static int look_at_tables(const char *folder, struct manifest *m, bool *older)
{
    const struct tables_options options = {.read_only = true, .allow_unsafe_fs = true};
    char path[FILES_PATH_MAX];
    struct tables *t = NULL;
    struct hash head, digest;
    int rc = files_path(path, folder, "tables");
    if (rc != TOOL_OK)
        return rc;
    enum fault f = tables_open(path, &options, &t);
    if (older != NULL) {
        *older = f == FAULT_VERSION;
        if (*older)
            return TOOL_OK;
    }
    if (f == FAULT_NONE)
        f = tables_watermark(t, &m->watermark, &head);
    if (f == FAULT_NONE)
        f = tables_digest(t, &digest); /* each row is there, and the one that was written */
    if (f != FAULT_NONE)
        rc = tool_fail(TOOL_PROOF, "%s: %s%s", path, tables_error(t),
                       f == FAULT_VERSION ? ": start the daemon, which makes them again" : "");
    tables_close(t);
    if (rc == TOOL_OK && m->watermark > m->last)
        rc = tool_fail(TOOL_PROOF, "%s: ahead of the journal", path);
    return rc;
}

int backup_look(const char *folder, struct manifest *m, bool *older)
{
    static const uint8_t none[LEDGER_ID_BYTES];
    const struct journal_options jo = {.read_only = true, .allow_unsafe_fs = true};
    char path[FILES_PATH_MAX];
    struct journal *j = NULL;
    memset(m->ledger_id, 0, sizeof(m->ledger_id));
    int rc = files_path(path, folder, "journal");
    if (rc != TOOL_OK)
        return rc;
    enum fault f = journal_open(path, &jo, &j);
    if (f == FAULT_NONE)
        f = journal_tail(j, &m->last, &m->head);
    if (f == FAULT_NONE)
        f = journal_read(j, 1, true, take_genesis, m);
    if (f != FAULT_NONE || memcmp(m->ledger_id, none, sizeof(none)) == 0)
        rc = tool_fail(TOOL_PROOF, "%s: %s", path,
                       f == FAULT_NONE ? "no genesis" : journal_error(j));
    journal_close(j);
    return rc == TOOL_OK ? look_at_tables(folder, m, older) : rc;
}

int backup_unlock(const char *folder)
{
    static const char *const names[] = {"journal/lock.mdb", "tables/lock.mdb"};
    char path[FILES_PATH_MAX];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int rc = files_path(path, folder, names[i]);
        if (rc != TOOL_OK)
            return rc;
        if (unlink(path) != 0 && errno != ENOENT)
            return tool_fail(TOOL_INTERNAL, "%s: %s", path, strerror(errno));
    }
    return TOOL_OK;
}

static int hash_files(struct backup *b)
{
    int rc = TOOL_OK;
    for (int i = 0; i < MANIFEST_FILES && rc == TOOL_OK; i++) {
        char path[FILES_PATH_MAX];
        struct files_copied read = {0};
        rc = files_path(path, b->part, manifest_names[i]);
        progress_start(&b->bar, "reading back", files_size(path), b->tool->quiet);
        if (rc == TOOL_OK)
            rc = files_copy(path, NULL, &b->bar, &read);
        progress_end(&b->bar);
        b->manifest.files[i].bytes = read.bytes;
        b->manifest.files[i].hash = read.hash;
    }
    return rc;
}

/* ---- The whole ---- */

int backup_sync(const char *folder)
{
    static const char *const names[] = {"journal", "tables", ".", ".."};
    int rc = TOOL_OK;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && rc == TOOL_OK; i++) {
        char path[FILES_PATH_MAX];
        rc = files_path(path, folder, names[i]);
        if (rc == TOOL_OK)
            rc = files_sync(path);
    }
    return rc;
}

/* Exactly what a backup consists of goes; a folder with anything else in it stays. */
static int remove_backup(const char *folder)
{
    static const struct {
        const char *name;
        int (*remove)(const char *path);
    } parts[] = {
        {"MANIFEST", unlink},         {"saldod.conf", unlink}, {"journal/data.mdb", unlink},
        {"journal/lock.mdb", unlink}, {"journal", rmdir},      {"tables/data.mdb", unlink},
        {"tables/lock.mdb", unlink},  {"tables", rmdir},       {".", NULL},
    };
    int rc = TOOL_OK;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == TOOL_OK; i++) {
        char path[FILES_PATH_MAX];
        rc = files_path(path, folder, parts[i].name);
        if (rc == TOOL_OK &&
            (parts[i].remove == NULL ? rmdir(folder) : parts[i].remove(path)) != 0 &&
            errno != ENOENT)
            rc = tool_fail(TOOL_INTERNAL, "%s cannot be removed: %s", path, strerror(errno));
    }
    return rc;
}

/* The tables before the journal: then the journal has every entry that the tables have. */
static int fill(struct backup *b)
{
    int rc = copy_conf(b);
    if (rc == TOOL_OK)
        rc = copy_environment(b, "tables");
    if (rc == TOOL_OK)
        rc = copy_environment(b, "journal");
    if (rc == TOOL_OK)
        rc = backup_look(b->part, &b->manifest, NULL);
    if (rc == TOOL_OK)
        rc = backup_unlock(b->part);
    if (rc == TOOL_OK)
        rc = hash_files(b);
    if (rc == TOOL_OK)
        rc = manifest_write(b->part, &b->manifest);
    if (rc == TOOL_OK)
        rc = backup_sync(b->part);
    if (rc == TOOL_OK && rename(b->part, b->to) != 0)
        rc = tool_fail(TOOL_INTERNAL, "%s: %s", b->to, strerror(errno));
    return rc == TOOL_OK ? backup_sync(b->to) : rc;
}

/* One that did not become whole is not left lying about. */
static int make(struct backup *b)
{
    int rc = files_folder(b->part);
    if (rc != TOOL_OK)
        return rc;
    rc = fill(b);
    if (rc != TOOL_OK)
        (void)remove_backup(b->part); /* what it says is not worse than what was said */
    return rc;
}

static int write_result(const struct backup *b)
{
    static const char *const columns[] = {"backup",    "ledger_id", "simulated",    "last_entry",
                                          "watermark", "head",      "journal_bytes"};
    const struct manifest *m = &b->manifest;
    struct output *o =
        output_open(stdout, b->tool->format, &(struct output_shape){columns, 7, true});
    output_text(o, b->to);
    output_hex(o, m->ledger_id, sizeof(m->ledger_id));
    output_flag(o, m->simulated);
    output_number(o, (int64_t)m->last);
    output_number(o, (int64_t)m->watermark);
    output_hex(o, m->head.bytes, LIMIT_HASH_BYTES);
    output_number(o, (int64_t)m->files[MANIFEST_JOURNAL].bytes);
    return tool_written(output_close(o));
}

/* ---- Dated ones ---- */

static int name_it(struct backup *b, const char *to, bool dated)
{
    char stamp[STAMP_CHARS + 1];
    struct tm utc;
    const time_t now = (time_t)(b->manifest.made_ms / 1000);
    int len = snprintf(b->to, sizeof(b->to), "%s", to);
    while (len > 1 && b->to[len - 1] == '/')
        b->to[--len] = '\0';
    if (dated && (gmtime_r(&now, &utc) == NULL ||
                  strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc) != STAMP_CHARS))
        return tool_fail(TOOL_INTERNAL, "the clock shows no date");
    if (dated)
        len += snprintf(b->to + len, sizeof(b->to) - (size_t)len, "/%s", stamp);
    if (len <= 0 || (size_t)len >= sizeof(b->to) - 16)
        return tool_fail(TOOL_USAGE, "%s: the path is too long", to);
    snprintf(b->part, sizeof(b->part), "%.*s.part", len, b->to);
    if (access(b->to, F_OK) == 0)
        return tool_fail(TOOL_USAGE, "%s exists; nothing is written over", b->to);
    return files_part_free(b->part);
}

static int is_stamp(const struct dirent *e)
{
    static const char form[] = "ddddddddTddddddZ";
    size_t i = 0;
    for (; form[i] != '\0'; i++)
        if (form[i] == 'd' ? e->d_name[i] < '0' || e->d_name[i] > '9' : e->d_name[i] != form[i])
            return 0;
    return e->d_name[i] == '\0';
}

/* The newest `keep` whole ones stay; names sort by time. */
static int remove_old(const char *under, int64_t keep)
{
    struct dirent **list = NULL;
    int count = scandir(under, &list, is_stamp, alphasort);
    int rc = count < 0 ? tool_fail(TOOL_INTERNAL, "%s: %s", under, strerror(errno)) : TOOL_OK;
    for (int i = 0; i < count; i++) {
        char folder[FILES_PATH_MAX];
        if (rc == TOOL_OK && i < count - keep) {
            rc = files_path(folder, under, list[i]->d_name);
            rc = rc == TOOL_OK ? remove_backup(folder) : rc;
        }
        free(list[i]);
    }
    free(list);
    return rc;
}

int run_backup(struct tool *tool, int argc, char **argv)
{
    struct backup *b = tool_alloc(1, sizeof(*b));
    const char *to = NULL;
    bool dated = false;
    int64_t keep = 0;
    const struct argument table[] = {
        {"DIR", ARGUMENT_TEXT, &b->from, "the ledger's folder; its daemon may be running", 0, 0},
        {"TO", ARGUMENT_TEXT, &to, "a folder that does not exist yet", 0, 0},
        {"--dated", ARGUMENT_FLAG, &dated, "make the backup in TO, named by the time in UTC", 0, 0},
        {"--keep", ARGUMENT_NUMBER, &keep, "with --dated: then remove all but the newest N", 0,
         "N"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"backup", "Copy a ledger, but not its keys, while it is served.", table,
                            sizeof(table) / sizeof(table[0])},
        argc, argv);
    int rc = arguments_exit(parsed);
    if (parsed == ARGUMENTS_GO) {
        rc = TOOL_OK;
        tool_expect_damage("saldo: backup: the journal or the tables are damaged so that they "
                           "cannot be read (or saldo has a fault): run saldod check",
                           TOOL_PROOF);
        b->tool = tool;
        b->manifest.made_ms = (int64_t)time(NULL) * 1000;
        if (keep > KEEP_MAX || (keep > 0 && !dated))
            rc = tool_fail(TOOL_USAGE, "backup: --keep goes with --dated, up to %d", KEEP_MAX);
        if (rc == TOOL_OK)
            rc = name_it(b, to, dated);
        if (rc == TOOL_OK)
            rc = make(b);
        if (rc == TOOL_OK)
            rc = write_result(b);
        if (rc == TOOL_OK && keep > 0)
            rc = remove_old(to, keep);
    }
    free(b);
    return rc;
}
