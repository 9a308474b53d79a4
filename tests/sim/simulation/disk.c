/* disk.c - journal.h and tables.h on a disk that can fail, fill up and forget.
 *
 * What a promise of the two headers leaves open is tried: a failed append may have been written or
 * not; a checkpoint is there as a whole or not at all, and seen by the reader only after a refresh.
 * What lies below these promises (LMDB, the file system) is for the tests with real files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "exits.h"
#include "genesis.h"
#include "journal/journal.h"
#include "tables/tables.h"
#include "tests/sim/simulation/simulation.h"
#include "tests/support/memory_source.h"

struct group {
    struct head head;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
};

static struct {
    struct sim_record *records; /* number 1 first */
    struct group *groups;
    size_t record_count, record_room, group_count, group_room;
    uint64_t epoch;
    bool locked;
    size_t unsynced; /* records of the last group that a crash forgets (planted) */
    struct memory_source *rows;
    uint64_t watermark, written_watermark;
    struct hash table_head, written_head;
    bool written; /* a checkpoint that no reader has refreshed to */
} disk;

struct journal {
    uint64_t epoch;
    bool failed;
};

struct tables {
    struct ledger_source inner;
};

struct checkpoint {
    bool done;
};

/* ---- Records ----------------------------------------------------------------------------------
 */

static void *grow(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room == 0 ? 256 : 2 * *room;
    list = realloc(list, *room * size);
    CHECK(list != NULL);
    return list;
}

static uint8_t *copy(const uint8_t *bytes, size_t len)
{
    uint8_t *out = malloc(len + 1);
    CHECK(out != NULL);
    if (len > 0)
        memcpy(out, bytes, len);
    return out;
}

static void keep_record(const struct journal_record *r)
{
    disk.records = grow(disk.records, disk.record_count, &disk.record_room, sizeof(*disk.records));
    disk.records[disk.record_count++] =
        (struct sim_record){.number = r->number,
                            .request = copy(r->request, r->request_len),
                            .request_len = r->request_len,
                            .decision = copy(r->decision, r->decision_len),
                            .decision_len = r->decision_len,
                            .leaf = r->leaf};
}

static void forget_record(void)
{
    struct sim_record *r = &disk.records[--disk.record_count];
    free(r->request);
    free(r->decision);
}

/* From now on no crash takes them away: the model decides them too. */
static void synced(size_t count)
{
    for (size_t i = disk.record_count - count; i < disk.record_count; i++)
        people_durable(&disk.records[i]);
    disk.unsynced = 0;
}

static void keep_group(const struct journal_group *g)
{
    if (disk.unsynced > 0)
        synced(disk.unsynced);
    disk.groups = grow(disk.groups, disk.group_count, &disk.group_room, sizeof(*disk.groups));
    struct group *own = &disk.groups[disk.group_count++];
    own->head = g->head;
    memcpy(own->signature, g->signature, sizeof(own->signature));
    for (uint32_t i = 0; i < g->count; i++)
        keep_record(&g->records[i]);
    if (sim.plant == PLANT_EARLY_ANSWER)
        disk.unsynced = g->count;
    else
        synced(g->count);
}

void disk_begin(const uint8_t *genesis, size_t len, const uint8_t ledger_secret[64],
                const uint8_t ledger_id[LEDGER_ID_BYTES])
{
    struct journal_record r = {.number = 1, .request = genesis, .request_len = len};
    struct group g = {.head = {.first = 1, .count = 1, .time_ms = sim_wall_ms()}};
    struct hash head;
    disk.rows = memory_source_new();
    genesis_leaf(genesis, &r.leaf);
    g.head.root = r.leaf; /* of a tree of one */
    merkle_head(&g.head, &head);
    envelope_sign(PURPOSE_HEAD, ledger_id, head.bytes, ledger_secret, g.signature);
    keep_record(&r);
    disk.groups = grow(disk.groups, 0, &disk.group_room, sizeof(*disk.groups));
    disk.groups[disk.group_count++] = g;
}

void disk_end(void)
{
    while (disk.record_count > 0)
        forget_record();
    free(disk.records);
    free(disk.groups);
    memory_source_free(disk.rows);
    memset(&disk, 0, sizeof(disk));
}

uint64_t disk_last(void)
{
    return disk.record_count - disk.unsynced;
}

const struct sim_record *disk_record(uint64_t number)
{
    return number >= 1 && number <= disk_last() ? &disk.records[number - 1] : NULL;
}

struct hash disk_head(void)
{
    struct hash head;
    merkle_head(&disk.groups[disk.group_count - 1].head, &head);
    return head;
}

static void show_written(void)
{
    if (!disk.written)
        return;
    memory_source_commit(disk.rows);
    disk.watermark = disk.written_watermark;
    disk.table_head = disk.written_head;
    disk.written = false;
}

void disk_crashed(void)
{
    for (; disk.unsynced > 0; disk.unsynced--) {
        forget_record();
        if (disk.unsynced == 1)
            disk.group_count--;
    }
    show_written();
    memory_source_abandon(disk.rows);
    disk.locked = false;
}

void disk_forget_tables(void)
{
    CHECK(!disk.locked);
    memory_source_free(disk.rows);
    disk.rows = memory_source_new();
    disk.watermark = 0;
    disk.written = false;
}

/* ---- Audit ------------------------------------------------------------------------------------
 */

static void audit_record(const struct sim_record *r)
{
    struct envelope e;
    struct hash payload, request, leaf;
    if (r->number == 1)
        return;
    if (!envelope_parse(r->request, r->request_len, &e))
        sim_fail("entry %llu is no envelope", (unsigned long long)r->number);
    envelope_hash(e.payload, e.payload_len, payload.bytes);
    merkle_request_hash(&e, &payload, &request);
    merkle_leaf(&request, r->decision, r->decision_len, &leaf);
    if (memcmp(&leaf, &r->leaf, sizeof(leaf)) != 0)
        sim_fail("the leaf of entry %llu is wrong", (unsigned long long)r->number);
}

void disk_audit(const uint8_t ledger_id[LEDGER_ID_BYTES], const uint8_t ledger_key[LIMIT_KEY_BYTES])
{
    struct hash previous = {{0}}, head, root;
    struct hash *leaves = calloc(2 * LIMIT_GROUP_ENTRIES, sizeof(*leaves));
    uint64_t number = 1;
    CHECK(leaves != NULL);
    for (size_t g = 0; g < disk.group_count; g++) {
        const struct head *h = &disk.groups[g].head;
        if (h->first != number || memcmp(&h->previous, &previous, sizeof(previous)) != 0)
            sim_fail("group %zu does not follow the one before", g);
        for (uint32_t i = 0; i < h->count; i++, number++) {
            audit_record(&disk.records[number - 1]);
            leaves[i] = disk.records[number - 1].leaf;
        }
        merkle_root(leaves, h->count, leaves + LIMIT_GROUP_ENTRIES, &root);
        merkle_head(h, &head);
        if (memcmp(&root, &h->root, sizeof(root)) != 0 ||
            !envelope_verify(PURPOSE_HEAD, ledger_id, head.bytes, disk.groups[g].signature,
                             ledger_key))
            sim_fail("group %zu is not what the ledger signed", g);
        previous = head;
    }
    free(leaves);
    if (number != disk.record_count + 1)
        sim_fail("records without a group");
}

/* ---- journal.h --------------------------------------------------------------------------------
 */

enum fault journal_open(const char *path, const struct journal_options *options,
                        struct journal **out)
{
    (void)path;
    (void)options;
    CHECK(!disk.locked);
    *out = calloc(1, sizeof(**out));
    CHECK(*out != NULL);
    disk.locked = true;
    return FAULT_NONE;
}

void journal_close(struct journal *j)
{
    if (j != NULL)
        disk.locked = false;
    free(j);
}

enum fault journal_claim(struct journal *j, uint64_t *epoch)
{
    *epoch = j->epoch = ++disk.epoch;
    return FAULT_NONE;
}

enum journal_result journal_append(struct journal *j, const struct journal_group *g)
{
    CHECK(!j->failed);
    if (g->epoch != disk.epoch || g->expected_last != disk.record_count)
        sim_fail("two writers on one journal");
    bool fails = sim_chance(sim.faults.write_fails), unknown = sim_chance(sim.faults.write_unknown);
    bool dies = sim_chance(sim.faults.crash_inside);
    bool kept = !fails && (!(unknown || dies) || sim_below(2) == 0);
    if (kept)
        keep_group(g);
    sim.count.commits += kept;
    sim.count.lost_commits += !kept;
    if (dies) {
        sim.count.crashes_inside++;
        machine_die(EXITS_OK);
    }
    sim.count.unknown_commits += unknown;
    j->failed = fails || unknown;
    return j->failed ? JOURNAL_UNKNOWN : JOURNAL_OK;
}

enum fault journal_tail(struct journal *j, uint64_t *last, struct hash *head)
{
    CHECK(!j->failed);
    *last = disk.record_count;
    *head = disk_head();
    return FAULT_NONE;
}

static struct journal_record record_of(const struct sim_record *r)
{
    return (struct journal_record){.number = r->number,
                                   .request = r->request,
                                   .request_len = r->request_len,
                                   .decision = r->decision,
                                   .decision_len = r->decision_len,
                                   .leaf = r->leaf,
                                   .level = JOURNAL_LEVEL};
}

enum fault journal_read(struct journal *j, uint64_t from, bool verify,
                        bool (*visit)(void *arg, const struct journal_record *r), void *arg)
{
    (void)verify; /* disk_audit() does */
    CHECK(!j->failed);
    for (size_t i = from - 1; i < disk.record_count; i++) {
        const struct journal_record record = record_of(&disk.records[i]);
        if (!visit(arg, &record))
            break;
    }
    return FAULT_NONE;
}

enum fault journal_entry(struct journal *j, uint64_t number,
                         void (*visit)(void *arg, const struct journal_record *r), void *arg)
{
    CHECK(!j->failed);
    if (number == 0 || number > disk.record_count)
        return FAULT_ABSENT;
    const struct journal_record record = record_of(&disk.records[number - 1]);
    visit(arg, &record);
    return FAULT_NONE;
}

enum fault journal_group_of(struct journal *j, uint64_t number, struct head *head,
                            uint8_t signature[LIMIT_SIGNATURE_BYTES], struct hash *leaves,
                            uint32_t *count)
{
    (void)j;
    for (size_t g = disk.group_count; g-- > 0;) {
        const struct group *own = &disk.groups[g];
        if (number < own->head.first || number >= own->head.first + own->head.count)
            continue;
        *head = own->head;
        memcpy(signature, own->signature, LIMIT_SIGNATURE_BYTES);
        *count = own->head.count;
        for (uint32_t i = 0; i < *count; i++)
            leaves[i] = disk.records[own->head.first - 1 + i].leaf;
        return FAULT_NONE;
    }
    return FAULT_ABSENT;
}

/* Full for a while, now and then. */
enum fault journal_space(struct journal *j, struct journal_space *out)
{
    bool full = sim_chance(sim.faults.disk_full);
    (void)j;
    sim.count.disk_full += full;
    *out = (struct journal_space){.used_bytes = 1 << 20,
                                  .map_bytes = 1 << 30,
                                  .disk_free_bytes = full ? 0 : UINT64_C(1) << 40};
    return FAULT_NONE;
}

const char *journal_error(const struct journal *j)
{
    (void)j;
    return "simulated";
}

/* ---- tables.h ---------------------------------------------------------------------------------
 */

enum fault tables_open(const char *path, const struct tables_options *options, struct tables **out)
{
    (void)path;
    (void)options;
    *out = calloc(1, sizeof(**out));
    CHECK(*out != NULL);
    (*out)->inner = memory_source_reader(disk.rows);
    return FAULT_NONE;
}

void tables_close(struct tables *t)
{
    free(t);
}

enum fault tables_watermark(struct tables *t, uint64_t *number, struct hash *head)
{
    (void)t;
    *number = disk.watermark;
    *head = disk.table_head;
    return FAULT_NONE;
}

enum fault tables_refresh(struct tables *t)
{
    (void)t;
    show_written();
    return FAULT_NONE;
}

static enum fault rows_get(void *context, enum row_kind kind, const uint8_t *key, size_t key_len,
                           uint8_t *value, size_t *value_len)
{
    const struct tables *t = context;
    if (sim_chance(sim.faults.read_fails))
        return FAULT_IO;
    return t->inner.get(t->inner.context, kind, key, key_len, value, value_len);
}

static enum fault rows_scan(void *context, enum row_kind kind, const uint8_t *prefix,
                            size_t prefix_len, const uint8_t *start, size_t start_len,
                            bool (*row)(void *arg, const uint8_t *key, size_t key_len,
                                        const uint8_t *value, size_t value_len),
                            void *arg)
{
    const struct tables *t = context;
    return t->inner.scan(t->inner.context, kind, prefix, prefix_len, start, start_len, row, arg);
}

struct ledger_source tables_source(struct tables *t)
{
    return (struct ledger_source){.context = t, .get = rows_get, .scan = rows_scan};
}

struct checkpoint *checkpoint_new(void)
{
    show_written();
    return calloc(1, sizeof(struct checkpoint));
}

void checkpoint_put(void *checkpoint, enum row_kind kind, const uint8_t *key, size_t key_len,
                    const uint8_t *value, size_t value_len)
{
    (void)checkpoint;
    memory_source_put(disk.rows, kind, key, key_len, value, value_len);
}

enum fault checkpoint_ready(const struct checkpoint *c)
{
    (void)c;
    return FAULT_NONE;
}

void checkpoint_hurry(struct checkpoint *c)
{
    (void)c;
}

enum fault checkpoint_write(struct tables *t, struct checkpoint *c, uint64_t number,
                            const struct hash *head)
{
    (void)t;
    if (number > disk_last())
        sim_fail("the tables run ahead of the journal");
    bool dies = sim_chance(sim.faults.crash_inside);
    if ((dies && sim_below(2) == 0) || sim_chance(sim.faults.checkpoint_fails)) {
        memory_source_abandon(disk.rows);
        if (dies)
            machine_die(EXITS_OK);
        return FAULT_IO;
    }
    if (sim.plant == PLANT_LOST_TABLES)
        memory_source_abandon(disk.rows);
    c->done = disk.written = true;
    disk.written_watermark = number;
    disk.written_head = *head;
    sim.count.checkpoints++;
    if (dies)
        machine_die(EXITS_OK);
    return FAULT_NONE;
}

void checkpoint_free(struct checkpoint *c)
{
    if (c != NULL && !c->done)
        memory_source_abandon(disk.rows);
    free(c);
}

const char *tables_error(const struct tables *t)
{
    (void)t;
    return "simulated";
}
