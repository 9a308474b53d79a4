/* audit_forge - what an evil operator, or a bad disk, does to a journal.
 *
 *   audit_forge edit JOURNAL request|decision|head|level|delete NUMBER
 *       changes one byte of what stands there (the level to the first), or removes an entry, and
 *       nothing else
 *   audit_forge provider TABLES OLD NEW
 *       writes NEW for OLD, a text as long, into the providers' rows of the tables, with tags that
 *       fit
 *   audit_forge sign JOURNAL KEYFILE OUT ACT [NUMBER]
 *       writes the journal anew into OUT, with leaves, roots and heads that fit, signed with a key:
 *       same        nothing is changed
 *       cut         ends before the group of the entry
 *       cent        the entry's batch pays a cent more
 *       more        its first refused charge is accepted
 *       amount      its request is changed in a byte, under the same signature
 *       drop        leaves the entry out, and decides all that follow by the rules: nothing in the
 *                   new journal contradicts itself
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "audit/copy.h"
#include "genesis.h"
#include "journal/record.h"
#include "outcome.h"
#include "secret.h"
#include "tables/inside.h"

enum { TABLES_MAP_BYTES = 1 << 30 };

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "audit_forge: %s\n", what);
    exit(1);
}

/* ---- A byte ------------------------------------------------------------------------------- */

static void edit_row(MDB_txn *txn, const char *database, const uint8_t *number, const char *act)
{
    static uint8_t bytes[LIMIT_REQUEST_BYTES + LIMIT_REPLY_BYTES];
    MDB_dbi dbi;
    MDB_val key = {RECORD_NUMBER_BYTES, (void *)(uintptr_t)number}, value;
    struct journal_record r;

    if (mdb_dbi_open(txn, database, 0, &dbi) != 0 || mdb_get(txn, dbi, &key, &value) != 0)
        give_up("no such row");
    if (strcmp(act, "delete") == 0) {
        if (mdb_del(txn, dbi, &key, NULL) != 0)
            give_up("delete");
        return;
    }
    memcpy(bytes, value.mv_data, value.mv_size);
    size_t at = 20; /* of a head: in its root */
    if (strcmp(act, "level") == 0) {
        at = 0;
        bytes[at] = LEVEL_FIRST ^ 1;
    } else if (strcmp(act, "head") != 0) {
        MDB_val copy = {value.mv_size, bytes};
        if (!record_read(&copy, &r))
            give_up("no record");
        at = strcmp(act, "request") == 0 ? 5 + r.request_len / 2
                                         : 5 + r.request_len + 4 + r.decision_len / 2;
    }
    bytes[at] ^= 1;
    value.mv_data = bytes;
    if (mdb_put(txn, dbi, &key, &value, 0) != 0)
        give_up("put");
}

static int edit(char **argv)
{
    uint8_t number[RECORD_NUMBER_BYTES];
    MDB_env *env;
    MDB_txn *txn;

    number_write(strtoull(argv[4], NULL, 10), number);
    if (mdb_env_create(&env) != 0 || mdb_env_set_maxdbs(env, 4) != 0 ||
        mdb_env_open(env, argv[2], 0, 0600) != 0 || mdb_txn_begin(env, NULL, 0, &txn) != 0)
        give_up("open");
    edit_row(txn, strcmp(argv[3], "head") == 0 ? "heads" : "entries", number, argv[3]);
    if (mdb_txn_commit(txn) != 0)
        give_up("commit");
    mdb_env_close(env);
    return 0;
}

/* ---- A history ---------------------------------------------------------------------------- */

struct forge {
    const char *act;
    uint64_t target; /* entry */
    struct secret key;
    struct genesis genesis;
    uint8_t digest_key[16];
    struct journal *out;
    uint64_t epoch, last;
    struct hash previous;
    struct ledger *ledger; /* for `drop` */
    struct arena arena;
    struct answer *answers;
    uint8_t *decision; /* codec_decision_size(LIMIT_BATCH_ITEMS) */
    struct journal_record records[LIMIT_GROUP_ENTRIES];
    struct hash leaves[LIMIT_GROUP_ENTRIES], scratch[LIMIT_GROUP_ENTRIES];
    uint32_t count;
};

static void open_ledger(struct forge *f)
{
    const struct ledger_limits limits = {.charges = 100000, .vouchers = 10000, .buckets = 200000};
    struct ledger_genesis g = {.simulated = f->genesis.simulated,
                               .clock_skew_ms = (int32_t)f->genesis.clock_skew_ms};

    memcpy(g.ledger_id, f->genesis.ledger_id, sizeof(g.ledger_id));
    memcpy(g.public_key, f->genesis.ledger_key, sizeof(g.public_key));
    memcpy(g.administrator_key, f->genesis.administrator_signing_key, sizeof(g.administrator_key));
    memcpy(g.administrator_transport_key, f->genesis.administrator_transport_key,
           sizeof(g.administrator_transport_key));
    if (ledger_new(&limits, &g, &f->ledger) != FAULT_NONE)
        give_up("ledger");
}

/* The decision by the rules, under the number the entry has now. */
static void decide(struct forge *f, struct journal_record *r, const struct decision *d)
{
    struct envelope e;
    struct request request;

    arena_reset(&f->arena);
    if (!envelope_parse(r->request, r->request_len, &e) ||
        !codec_decode(e.purpose, e.payload, e.payload_len, f->digest_key, &f->arena, &request))
        give_up("request");
    memcpy(request.key_id, e.key_id, sizeof(request.key_id));
    const struct ledger_entry entry = {r->number, d->time_ms, d->business_day, &request,
                                       LEDGER_LEVEL};
    if (apply_entry(f->ledger, &ledger_no_rows, &entry, f->answers, f->decision,
                    codec_decision_size(LIMIT_BATCH_ITEMS), &r->decision_len) != FAULT_NONE)
        give_up("decide");
}

/* Change what a decision says. */
static void bend(const struct forge *f, struct decision *d, struct answer *answers)
{
    if (strcmp(f->act, "cent") == 0) {
        if (!d->batch.present)
            give_up("the entry has no batch");
        d->batch.cents++;
        return;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        if (answers[i].code == OUTCOME_ACCEPTED || answers[i].duplicate)
            continue;
        answers[i] = (struct answer){.need = answers[i].need};
        return;
    }
    give_up("nothing was refused");
}

static uint8_t *copy_of(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1);

    if (copy == NULL)
        give_up("memory");
    memcpy(copy, bytes, len);
    return copy;
}

/* The record as it will stand in the new journal; it owns its bytes. */
static void forge_record(struct forge *f, struct journal_record *r, uint64_t number)
{
    uint8_t *request = copy_of(r->request, r->request_len);
    const uint8_t *decision = r->decision;
    struct decision d;
    bool target = r->number == f->target;

    r->request = request;
    if (target && strcmp(f->act, "amount") == 0)
        request[r->request_len - 70] ^= 1; /* the payload ends where the signature begins */
    r->number = number;
    if (number > 1 && !codec_decision_read(r->decision, r->decision_len, &d, f->answers))
        give_up("decision");
    if (number > 1 && f->ledger != NULL) {
        decide(f, r, &d);
        decision = f->decision;
    } else if (target && (strcmp(f->act, "cent") == 0 || strcmp(f->act, "more") == 0)) {
        bend(f, &d, f->answers);
        r->decision_len = codec_decision_write(&d, f->decision, codec_decision_size(d.count));
        decision = f->decision;
    }
    r->decision = copy_of(decision, r->decision_len);
}

static void leaf_of(const struct journal_record *r, struct hash *leaf)
{
    struct envelope e;
    struct hash payload, request;

    if (r->number == 1) {
        envelope_hash(r->request, r->request_len, request.bytes);
    } else {
        if (!envelope_parse(r->request, r->request_len, &e))
            give_up("envelope");
        envelope_hash(e.payload, e.payload_len, payload.bytes);
        merkle_request_hash(&e, &payload, &request);
    }
    merkle_leaf(&request, r->decision, r->decision_len, leaf);
}

/* As commit.c does it. */
static void write_group(struct forge *f, const struct copy_group *g)
{
    struct journal_group out = {.epoch = f->epoch, .expected_last = f->last};
    struct hash head;

    out.head = (struct head){.first = f->last + 1, .time_ms = g->head.time_ms};
    for (uint32_t i = 0; i < g->head.count; i++) {
        struct journal_record r = g->records[i];
        if (r.number == f->target && strcmp(f->act, "drop") == 0)
            continue;
        forge_record(f, &r, f->last + 1 + out.count);
        leaf_of(&r, &r.leaf);
        f->leaves[out.count] = r.leaf;
        f->records[out.count++] = r;
    }
    if (out.count == 0)
        return;
    out.records = f->records;
    out.head.count = out.count;
    out.head.previous = f->previous;
    merkle_root(f->leaves, out.count, f->scratch, &out.head.root);
    merkle_head(&out.head, &head);
    envelope_sign(PURPOSE_HEAD, f->genesis.ledger_id, head.bytes, f->key.signing_secret,
                  out.signature);
    if (journal_append(f->out, &out) != JOURNAL_OK)
        give_up(journal_error(f->out));
    for (uint32_t i = 0; i < out.count; i++) {
        free((void *)(uintptr_t)f->records[i].request);
        free((void *)(uintptr_t)f->records[i].decision);
    }
    f->previous = head;
    f->last += out.count;
}

static void begin(struct forge *f, const struct copy_group *g)
{
    const size_t arena = codec_arena_size(LIMIT_REQUEST_BYTES);

    if (!genesis_read(g->records[0].request, g->records[0].request_len, &f->genesis))
        give_up("genesis");
    codec_digest_key(f->genesis.ledger_id, f->digest_key);
    arena_init(&f->arena, malloc(arena), arena);
    f->answers = calloc(LIMIT_BATCH_ITEMS, sizeof(*f->answers));
    f->decision = malloc(codec_decision_size(LIMIT_BATCH_ITEMS));
    if (f->arena.memory == NULL || f->answers == NULL || f->decision == NULL)
        give_up("memory");
    if (strcmp(f->act, "drop") == 0)
        open_ledger(f);
}

static int sign(char **argv)
{
    static struct forge f;
    const struct journal_options options = {.map_bytes = 1 << 30, .allow_unsafe_fs = true};
    struct flaws flaws = {0};
    struct copy *copy;
    struct copy_group g;

    f.act = argv[5];
    f.target = argv[6] == NULL ? 0 : strtoull(argv[6], NULL, 10);
    if (secret_read(argv[3], &f.key) != FAULT_NONE || copy_open(argv[2], false, &copy) != 0 ||
        journal_open(argv[4], &options, &f.out) != FAULT_NONE ||
        journal_claim(f.out, &f.epoch) != FAULT_NONE)
        give_up("open");
    mdb_env_set_flags(store_env(f.out->store), MDB_NOSYNC, 1); /* nobody relies on it */
    while (copy_next(copy, &flaws, &g)) {
        if (g.head.first == 1)
            begin(&f, &g);
        if (strcmp(f.act, "cut") == 0 && g.last >= f.target)
            break;
        write_group(&f, &g);
    }
    copy_close(copy);
    journal_close(f.out);
    ledger_free(f.ledger);
    free(f.arena.memory);
    free(f.answers);
    free(f.decision);
    secret_wipe(&f.key);
    return flaws.total == 0 ? 0 : 1;
}

/* ---- A row of the tables ------------------------------------------------------------------ */

/* True: it had OLD, and has NEW. */
static bool retext(MDB_cursor *cursor, MDB_val *key, const MDB_val *value, char **texts)
{
    static uint8_t bytes[LEDGER_ROW_MAX + ROW_TAG_BYTES];
    MDB_val row = {value->mv_size, bytes};
    memcpy(bytes, value->mv_data, value->mv_size);
    uint8_t *at = memmem(bytes, row.mv_size, texts[0], strlen(texts[0]));
    if (at == NULL)
        return false;
    memcpy(at, texts[1], strlen(texts[1]));
    row.mv_size -= ROW_TAG_BYTES;
    row_tag(ROW_PROVIDER, key, &row, bytes + row.mv_size);
    row.mv_size += ROW_TAG_BYTES;
    if (mdb_cursor_put(cursor, key, &row, MDB_CURRENT) != 0)
        give_up("put");
    return true;
}

static int provider(char **argv)
{
    char **texts = argv + 3;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key, value;
    int changed = 0;

    if (strlen(texts[0]) != strlen(texts[1]))
        give_up("the texts differ in length");
    if (mdb_env_create(&env) != 0 || mdb_env_set_maxdbs(env, 2) != 0 ||
        mdb_env_set_mapsize(env, TABLES_MAP_BYTES) != 0 ||
        mdb_env_open(env, argv[2], 0, 0600) != 0 || mdb_txn_begin(env, NULL, 0, &txn) != 0 ||
        mdb_dbi_open(txn, "provider", 0, &dbi) != 0 || mdb_cursor_open(txn, dbi, &cursor) != 0)
        give_up(argv[2]);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0)
        changed += retext(cursor, &key, &value, texts);
    mdb_cursor_close(cursor);
    if (changed == 0 || mdb_txn_commit(txn) != 0)
        give_up("nothing was changed");
    mdb_env_close(env);
    return 0;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0)
        give_up("libsodium");
    if (argc == 5 && strcmp(argv[1], "edit") == 0)
        return edit(argv);
    if (argc == 5 && strcmp(argv[1], "provider") == 0)
        return provider(argv);
    if (argc >= 6 && argc <= 7 && strcmp(argv[1], "sign") == 0)
        return sign(argv);
    give_up("see the head of audit_forge.c");
}
