/* saldo restore - a ledger's folder made of a backup, and proved. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "backup/backup.h"
#include "backup/files.h"
#include "check.h"
#include "envelope.h"
#include "exits.h"
#include "journal/journal.h"
#include "log.h"
#include "text.h"

struct restore {
    struct tool *tool;
    const char *from;
    const char *to;            /* what it becomes */
    char part[FILES_PATH_MAX]; /* what it is until it is whole */
    bool verify;
    bool without_tables; /* those of the backup are of an older format */
    struct progress bar;
    struct manifest manifest; /* what the backup says */
    struct manifest found;    /* what is there */
    uint64_t heads;           /* whose signatures were checked */
    int64_t last_ms;          /* time of the last of them */
};

/* ---- Copying ---- */

static int copy_file(struct restore *r, int i)
{
    char from[FILES_PATH_MAX], to[FILES_PATH_MAX];
    struct files_copied copied = {0};
    int rc = files_path(from, r->from, manifest_names[i]);
    if (rc == TOOL_OK)
        rc = files_path(to, r->part, manifest_names[i]);
    if (rc != TOOL_OK)
        return rc;
    progress_start(&r->bar, "copying", r->manifest.files[i].bytes, r->tool->quiet);
    rc = files_copy(from, to, &r->bar, &copied);
    progress_end(&r->bar);
    if (rc != TOOL_OK)
        return rc;
    if (copied.bytes != r->manifest.files[i].bytes)
        return tool_fail(TOOL_PROOF, "%s has %" PRIu64 " bytes, the manifest says %" PRIu64, from,
                         copied.bytes, r->manifest.files[i].bytes);
    if (memcmp(&copied.hash, &r->manifest.files[i].hash, sizeof(copied.hash)) != 0)
        return tool_fail(TOOL_PROOF, "%s is damaged: its hash is not the manifest's", from);
    return TOOL_OK;
}

static int copy_all(struct restore *r)
{
    static const char *const folders[] = {"journal", "tables", "keys", "run"};
    int rc = files_folder(r->part);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && rc == TOOL_OK; i++) {
        char path[FILES_PATH_MAX];
        rc = files_path(path, r->part, folders[i]);
        if (rc == TOOL_OK)
            rc = files_folder(path);
    }
    for (int i = 0; i < MANIFEST_FILES && rc == TOOL_OK; i++)
        rc = copy_file(r, i);
    return rc;
}

/* The journal ends where the manifest says, and is that ledger's. */
static int compare(const struct restore *r)
{
    const struct manifest *m = &r->manifest, *f = &r->found;
    if (memcmp(m->ledger_id, f->ledger_id, sizeof(m->ledger_id)) != 0 ||
        memcmp(m->ledger_key, f->ledger_key, sizeof(m->ledger_key)) != 0 ||
        m->simulated != f->simulated)
        return tool_fail(TOOL_PROOF, "%s: the journal is another ledger's", r->from);
    if (m->last != f->last || memcmp(&m->head, &f->head, sizeof(m->head)) != 0)
        return tool_fail(TOOL_PROOF,
                         "%s: the journal ends with entry %" PRIu64 ", the manifest says %" PRIu64
                         " or another head",
                         r->from, f->last, m->last);
    return TOOL_OK;
}

/* ---- Proof ---- */

/* Each group's head carries the ledger key's signature over the root of its entries. */
static int verify_heads(struct restore *r, struct journal *j)
{
    struct hash *leaves = tool_alloc(LIMIT_GROUP_ENTRIES, sizeof(*leaves));
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    struct head head;
    struct hash hash;
    uint32_t count;
    int rc = TOOL_OK;
    progress_start(&r->bar, "signatures", r->found.last, r->tool->quiet);
    for (uint64_t number = 1; number <= r->found.last && rc == TOOL_OK; number += count) {
        if (journal_group_of(j, number, &head, signature, leaves, &count) != FAULT_NONE) {
            rc = tool_fail(TOOL_PROOF, "entry %" PRIu64 ": %s", number, journal_error(j));
            break;
        }
        merkle_head(&head, &hash);
        if (!envelope_verify(PURPOSE_HEAD, r->found.ledger_id, hash.bytes, signature,
                             r->found.ledger_key))
            rc = tool_fail(TOOL_PROOF,
                           "the head of entries %" PRIu64 " to %" PRIu64
                           " is not signed by the ledger's key",
                           head.first, head.first + head.count - 1);
        r->heads++;
        r->last_ms = head.time_ms;
        progress_add(&r->bar, count);
    }
    progress_end(&r->bar);
    free(leaves);
    return rc;
}

static int verify_signatures(struct restore *r)
{
    const struct journal_options options = {.read_only = true, .allow_unsafe_fs = true};
    struct journal *j = NULL;
    char path[FILES_PATH_MAX];
    int rc = files_path(path, r->part, "journal");
    if (rc != TOOL_OK)
        return rc;
    if (journal_open(path, &options, &j) != FAULT_NONE)
        return tool_fail(TOOL_PROOF, "%s: %s", path, journal_error(NULL));
    rc = verify_heads(r, j);
    journal_close(j);
    return rc;
}

/* Every hash, and every decision again; once from the first entry, once from the tables on. */
static int replay(struct restore *r)
{
    struct check_result whole, tables;
    if (!r->tool->quiet)
        fprintf(stderr, "saldo: replaying %" PRIu64 " entries, %s\n", r->found.last,
                r->without_tables ? "once" : "twice");
    log_level_set(LOG_LEVEL_WARNING);
    int code = check_ledger(r->part, false, &whole);
    tables = whole;
    if (code == EXITS_OK && !r->without_tables)
        code = check_ledger(r->part, true, &tables);
    if (code == EXITS_DAMAGED)
        return tool_fail(TOOL_PROOF, "%s: damaged: the lines above say where", r->part);
    if (code != EXITS_OK)
        return tool_fail(TOOL_INTERNAL, "%s: could not be replayed: the lines above say why",
                         r->part);
    if (memcmp(&whole.digest, &tables.digest, sizeof(whole.digest)) != 0)
        return tool_fail(TOOL_PROOF, "%s: the tables are not what the journal makes: remove them",
                         r->part);
    return TOOL_OK;
}

/* ---- Telling ---- */

static int write_result(const struct restore *r)
{
    static const char *const columns[] = {"ledger",    "ledger_id", "simulated",      "last_entry",
                                          "last_time", "head",      "heads_verified", "replayed"};
    struct output *o =
        output_open(stdout, r->tool->format, &(struct output_shape){columns, 8, true});
    output_text(o, r->to);
    output_hex(o, r->found.ledger_id, sizeof(r->found.ledger_id));
    output_flag(o, r->found.simulated);
    output_number(o, (int64_t)r->found.last);
    output_time(o, r->last_ms);
    output_hex(o, r->found.head.bytes, LIMIT_HASH_BYTES);
    output_number(o, (int64_t)r->heads);
    output_flag(o, r->verify);
    return tool_written(output_close(o));
}

static void advise(const struct restore *r)
{
    if (r->tool->quiet)
        return;
    fprintf(stderr,
            "saldo: the ledger in %s ends with entry %" PRIu64 ". Before it serves:\n"
            "  - make sure that the old daemon never starts again: two that hold one ledger key\n"
            "    write two histories, and receipts would prove it against the county;\n"
            "  - put ledger.key and transport.key into %s/keys;\n"
            "  - what was answered after entry %" PRIu64
            " is not in it: ask the providers to send\n"
            "    those charges again, with the same request ids, and keep their receipts.\n",
            r->to, r->found.last, r->to, r->found.last);
    if (r->without_tables)
        fprintf(stderr, "  - its tables are of an older format and were left out: the first start\n"
                        "    makes them again, some seconds for each million charges ever made.\n");
    if (!r->verify)
        fprintf(stderr, "  - nothing was replayed; saldo restore --verify proves every entry.\n");
}

/* Tables are a cache: those that an older program has written are left out. */
static int leave_tables(const struct restore *r)
{
    char path[FILES_PATH_MAX];
    int rc = files_path(path, r->part, manifest_names[MANIFEST_TABLES]);
    if (rc == TOOL_OK && unlink(path) != 0)
        rc = tool_fail(TOOL_INTERNAL, "%s: %s", path, strerror(errno));
    return rc;
}

static int prove(struct restore *r)
{
    int rc = backup_look(r->part, &r->found, &r->without_tables);
    if (rc == TOOL_OK && r->without_tables)
        rc = leave_tables(r);
    if (rc == TOOL_OK)
        rc = compare(r);
    if (rc == TOOL_OK && r->verify)
        rc = verify_signatures(r);
    if (rc == TOOL_OK && r->verify)
        rc = replay(r);
    return rc;
}

static int name_it(struct restore *r)
{
    struct stat there;
    size_t len = strlen(r->to);

    while (len > 1 && r->to[len - 1] == '/')
        len--;
    if (len == 0)
        return tool_fail(TOOL_USAGE, "DIR is empty: name the ledger's new folder");
    if (len + sizeof(".part") > sizeof(r->part))
        return tool_fail(TOOL_USAGE, "%s: the path is too long", r->to);
    memcpy(r->part, r->to, len);
    r->part[len] = '\0';
    if (lstat(r->part, &there) == 0) /* also a link that leads nowhere: no folder takes its name */
        return tool_fail(TOOL_USAGE, "%s exists; nothing is written over", r->to);
    memcpy(r->part + len, ".part", sizeof(".part"));
    return files_part_free(r->part);
}

/* All of it is on the disk before it gets its name: a crash leaves no ledger that lacks something.
 */
static int give_name(struct restore *r)
{
    int rc = backup_unlock(r->part);
    if (rc == TOOL_OK)
        rc = backup_sync(r->part);
    if (rc == TOOL_OK && rename(r->part, r->to) != 0)
        rc = tool_fail(TOOL_INTERNAL, "%s: %s", r->to, strerror(errno));
    return rc == TOOL_OK ? backup_sync(r->to) : rc;
}

static int restore(struct restore *r)
{
    int rc = name_it(r);
    if (rc == TOOL_OK)
        rc = manifest_read(r->from, &r->manifest);
    if (rc == TOOL_OK)
        rc = copy_all(r);
    if (rc == TOOL_OK) {
        rc = prove(r);
        if (rc != TOOL_OK)
            return tool_fail(rc, "%s is left for looking at; never serve it", r->part);
    }
    if (rc == TOOL_OK)
        rc = give_name(r);
    if (rc == TOOL_OK)
        rc = write_result(r);
    if (rc == TOOL_OK)
        advise(r);
    return rc;
}

int run_restore(struct tool *tool, int argc, char **argv)
{
    struct restore *r = tool_alloc(1, sizeof(*r));
    const struct argument table[] = {
        {"BACKUP", ARGUMENT_TEXT, &r->from, "a folder that saldo backup has made", 0, 0},
        {"DIR", ARGUMENT_TEXT, &r->to, "the ledger's new folder, which must not exist", 0, 0},
        {"--verify", ARGUMENT_FLAG, &r->verify, "check every signature and replay every entry", 0,
         0},
    };
    enum arguments_result parsed =
        arguments_parse(tool,
                        &(struct arguments){"restore", "Make a ledger of a backup.", table,
                                            sizeof(table) / sizeof(table[0])},
                        argc, argv);
    r->tool = tool;
    int rc = parsed == ARGUMENTS_GO ? restore(r) : arguments_exit(parsed);
    free(r);
    return rc;
}
