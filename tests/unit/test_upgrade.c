/* Versions: older tables are made again from the journal, and what a newer program has written is
 * refused, untouched, and says so. */
#include <dirent.h>
#include <getopt.h>
#include <lmdb.h>

#include "apply.h"
#include "audit/copy.h"
#include "base/bytes.h"
#include "books.h"
#include "commands.h"
#include "journal/journal.h"
#include "outcome.h"
#include "store/store.h"
#include "tests/support/folder.h"
#include "tests/support/keys.h"
#include "tests/support/unit.h"
#include "tool.h"

struct fixture {
    char *folder;
    char dir[CONFIG_TEXT_MAX - 64];
    struct config config;
    char tables[CONFIG_TEXT_MAX];
    struct books books;
    uint64_t last; /* entry of the journal */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char error[CONFIG_TEXT_MAX];
    assert_non_null(f);
    f->folder = folder_make();
    snprintf(f->dir, sizeof(f->dir), "%s/l", f->folder);
    char *argv[] = {"saldod", "init", f->dir, "--simulated", "--allow-unsafe-fs", NULL};
    optind = 0; /* start over */
    assert_int_equal(command_init(3, argv + 2), 0);
    assert_int_equal(config_read(f->dir, &f->config, error), FAULT_NONE);
    f->last = 2;
    config_path(&f->config, "tables", f->tables);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    folder_remove(f->folder);
    free(f);
    return 0;
}

/* Open as the daemon does at a start, and close again. */
static enum fault start(struct fixture *f)
{
    const struct books_options options = {.tables = f->tables, .verify = true, .repair = true};
    enum fault fault = books_open(&f->config, &options, &f->books);
    if (fault == FAULT_NONE) {
        assert_int_equal(f->books.last, f->last);
        assert_int_equal(books_checkpoint(&f->books, f->last), FAULT_NONE);
        books_close(&f->books);
    }
    return fault;
}

/* Write a number of the meta database, as another version would have. */
static void set_meta(struct fixture *f, const char *environment, const char *name, uint64_t number,
                     size_t bytes)
{
    char path[CONFIG_TEXT_MAX];
    uint8_t big[8];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    for (size_t i = 0; i < bytes; i++)
        big[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
    MDB_val key = store_view(name, strlen(name));
    MDB_val value = {bytes, big};
    config_path(&f->config, environment, path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static uint64_t get_level(struct fixture *f)
{
    char path[CONFIG_TEXT_MAX];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_val key = store_view("level", 5);
    MDB_val value;
    config_path(&f->config, "journal", path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, path, MDB_RDONLY, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_get(txn, meta, &key, &value), 0);
    struct reader r = {.bytes = value.mv_data, .len = value.mv_size};
    const uint64_t level = get_u64(&r);
    assert_false(r.failed);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return level;
}

/* Folders of tables that were put aside. */
static int aside(const struct fixture *f)
{
    int count = 0;
    DIR *dir = opendir(f->dir);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        count += strncmp(e->d_name, "tables.bad-", 11) == 0;
    closedir(dir);
    return count;
}

static void test_older_tables_are_made_again(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(start(f), FAULT_NONE);
    assert_int_equal(aside(f), 0);
    set_meta(f, "tables", "format", 1, 4);
    assert_int_equal(start(f), FAULT_NONE);
    assert_int_equal(aside(f), 1);
    assert_int_equal(start(f), FAULT_NONE); /* and are of this program now */
    assert_int_equal(aside(f), 1);
}

static void test_newer_tables_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(start(f), FAULT_NONE);
    set_meta(f, "tables", "format", 1000, 4);
    assert_int_equal(start(f), FAULT_NEWER);
    assert_int_equal(aside(f), 0); /* the newer program finds them as it left them */
    assert_non_null(strstr(store_error(), "format is 1000"));
}

static void test_newer_journal_is_refused(void **state)
{
    struct fixture *f = *state;
    set_meta(f, "journal", "format", 1000, 4);
    assert_int_equal(start(f), FAULT_NEWER);
    assert_non_null(strstr(store_error(), "use a newer one"));
}

/* The bytes are as ever, but a newer program may have written commands that this one cannot judge.
 */
static void test_higher_level_is_refused(void **state)
{
    struct fixture *f = *state;
    set_meta(f, "journal", "level", JOURNAL_LEVEL + 1, 8);
    assert_int_equal(start(f), FAULT_NEWER);
    assert_non_null(strstr(store_error(), "level"));
    set_meta(f, "journal", "level", JOURNAL_LEVEL, 8);
    assert_int_equal(start(f), FAULT_NONE);
}

/* An audit by an old program would call unknown commands forged. */
static void test_audit_wants_a_newer_program(void **state)
{
    struct fixture *f = *state;
    struct copy *copy;
    assert_int_equal(copy_open(f->dir, false, &copy), TOOL_OK);
    assert_int_equal(copy_last(copy), 2);
    copy_close(copy);
    set_meta(f, "journal", "level", JOURNAL_LEVEL + 1, 8);
    for (int live = 0; live < 2; live++) {
        assert_int_equal(copy_open(f->dir, live != 0, &copy), TOOL_USAGE);
        assert_null(copy);
        assert_non_null(strstr(store_error(), "use a newer one"));
    }
    set_meta(f, "journal", "level", JOURNAL_LEVEL, 4); /* no level at all */
    assert_int_equal(copy_open(f->dir, false, &copy), TOOL_USAGE);
}

static void test_claim_raises_the_level(void **state)
{
    struct fixture *f = *state;
    const struct journal_options options = {.map_bytes = 1 << 24, .allow_unsafe_fs = true};
    char path[CONFIG_TEXT_MAX];
    struct journal *j;
    uint64_t epoch;
    set_meta(f, "journal", "level", 0, 8); /* as an older program would have left it */
    config_path(&f->config, "journal", path);
    assert_int_equal(journal_open(path, &options, &j), FAULT_NONE);
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    journal_close(j);
    assert_int_equal(get_level(f), JOURNAL_LEVEL);
}

/* ---- Entries that an older program has judged ---------------------------------------------------
 */

/* A command as a replay takes it: only the auditor looks at signatures. */
static size_t frame_of(const uint8_t key[LIMIT_KEY_BYTES], Saldo__V1__Command *c,
                       uint8_t frame[1024])
{
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    struct envelope e = {.purpose = PURPOSE_COMMAND};
    static uint8_t count;
    uint8_t payload[512], id[LIMIT_REQUEST_ID_BYTES] = {[15] = ++count};
    c->request_id = (ProtobufCBinaryData){sizeof(id), id};
    request.n_commands = 1;
    request.commands = &c;
    e.payload = payload;
    e.payload_len = saldo__v1__command_request__get_packed_size(&request);
    assert_true(e.payload_len <= sizeof(payload));
    saldo__v1__command_request__pack(&request, payload);
    envelope_key_id(key, e.key_id);
    return envelope_write(&e, frame, 1024);
}

/* Apply as of a level, and let the journal have the entry. `key` NULL: the administrator's. */
static int32_t append(struct fixture *f, const uint8_t *key, Saldo__V1__Command *c, uint32_t level)
{
    const struct books_options options = {.tables = f->tables, .verify = true};
    static uint8_t frame[1024], memory[1 << 16], decision[1 << 20];
    struct journal_record r = {.number = ++f->last, .request = frame, .decision = decision};
    struct journal_group g = {.expected_last = f->last - 1, .records = &r, .count = 1};
    struct ledger_stats stats;
    struct request request;
    struct answer answer;
    struct arena arena;
    struct envelope e;
    struct hash payload, leaf;
    arena_init(&arena, memory, sizeof(memory));
    assert_int_equal(books_open(&f->config, &options, &f->books), FAULT_NONE);
    key = key != NULL ? key : f->books.genesis.administrator_signing_key;
    r.request_len = frame_of(key, c, frame);
    ledger_stats(f->books.ledger, &stats);
    assert_true(envelope_parse(frame, r.request_len, &e));
    assert_true(
        codec_decode(e.purpose, e.payload, e.payload_len, f->books.digest_key, &arena, &request));
    memcpy(request.key_id, e.key_id, sizeof(request.key_id));
    const struct ledger_entry entry = {r.number, stats.time_ms, stats.day, &request, level};
    assert_int_equal(apply_entry(f->books.ledger, &f->books.source, &entry, &answer, decision,
                                 sizeof(decision), &r.decision_len),
                     FAULT_NONE);
    envelope_hash(e.payload, e.payload_len, payload.bytes);
    merkle_request_hash(&e, &payload, &leaf);
    merkle_leaf(&leaf, decision, r.decision_len, &r.leaf);
    g.head = (struct head){.first = r.number, .count = 1, .time_ms = stats.time_ms, .root = r.leaf};
    uint64_t last;
    assert_int_equal(journal_tail(f->books.journal, &last, &g.head.previous), FAULT_NONE);
    assert_int_equal(journal_claim(f->books.journal, &g.epoch), FAULT_NONE);
    assert_int_equal(journal_append(f->books.journal, &g), JOURNAL_OK);
    books_close(&f->books);
    return answer.code;
}

/* The first byte of an entry's record. */
static void set_level(struct fixture *f, uint64_t number, uint8_t level)
{
    char path[CONFIG_TEXT_MAX];
    uint8_t big[8] = {[7] = (uint8_t)number};
    static uint8_t record[1 << 16];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi entries;
    MDB_val key = {sizeof(big), big}, value;
    config_path(&f->config, "journal", path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "entries", 0, &entries), 0);
    assert_int_equal(mdb_get(txn, entries, &key, &value), 0);
    assert_true(value.mv_size <= sizeof(record));
    memcpy(record, value.mv_data, value.mv_size);
    record[0] = level;
    value.mv_data = record;
    assert_int_equal(mdb_put(txn, entries, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

/* An officer who signed count and sum only: that was right once, and is a missing field now. */
static int32_t sign_without_payees(struct fixture *f, uint32_t level)
{
    char organiser[] = "kainuu";
    struct test_key officer;
    Saldo__V1__PreparePayoutRun prepare = SALDO__V1__PREPARE_PAYOUT_RUN__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    test_key("officer", &officer);
    prepare.organiser = organiser;
    prepare.run_day = 20000;
    c.body_case = SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN;
    c.prepare_payout_run = &prepare;
    return append(f, officer.public, &c, level);
}

static void register_officer(struct fixture *f)
{
    char owner[] = "officer";
    struct test_key officer;
    Saldo__V1__RegisterKey k = SALDO__V1__REGISTER_KEY__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    test_key("officer", &officer);
    k.signing_key = k.transport_key = (ProtobufCBinaryData){sizeof(officer.public), officer.public};
    k.owner = owner;
    k.role = SALDO__V1__ROLE__FINANCE_OFFICER;
    c.body_case = SALDO__V1__COMMAND__BODY_REGISTER_KEY;
    c.register_key = &k;
    assert_int_equal(append(f, NULL, &c, LEVEL_FIRST), OUTCOME_ACCEPTED);
}

static void test_old_entries_keep_their_rules(void **state)
{
    struct fixture *f = *state;
    register_officer(f);
    assert_int_equal(sign_without_payees(f, LEVEL_FIRST), OUTCOME_ORGANISER_UNKNOWN);
    assert_int_equal(start(f), FAULT_CORRUPT); /* of level 2 it would be FIELD_INVALID */
    for (uint8_t number = 1; number <= 4; number++)
        set_level(f, number, LEVEL_FIRST);
    assert_int_equal(start(f), FAULT_NONE);
    assert_int_equal(sign_without_payees(f, LEDGER_LEVEL), OUTCOME_FIELD_INVALID);
    assert_int_equal(start(f), FAULT_NONE);
}

static bool pass(void *arg, const struct journal_record *r)
{
    (void)arg;
    (void)r;
    return true;
}

static enum fault verify(struct fixture *f)
{
    const struct journal_options options = {
        .map_bytes = 1 << 24, .read_only = true, .allow_unsafe_fs = true};
    char path[CONFIG_TEXT_MAX];
    struct journal *j;
    config_path(&f->config, "journal", path);
    assert_int_equal(journal_open(path, &options, &j), FAULT_NONE);
    enum fault fault = journal_read(j, 1, true, pass, NULL);
    journal_close(j);
    return fault;
}

static void test_levels_do_not_run_back(void **state)
{
    struct fixture *f = *state;
    register_officer(f);
    set_level(f, 3, LEVEL_FIRST); /* after two of this program's */
    assert_int_equal(start(f), FAULT_CORRUPT);
    assert_int_equal(verify(f), FAULT_CORRUPT);
    assert_non_null(strstr(store_error(), "level runs back at entry 3"));
    set_level(f, 3, 0);
    assert_int_equal(start(f), FAULT_CORRUPT);
    set_level(f, 3, LEDGER_LEVEL + 1);
    assert_int_equal(start(f), FAULT_CORRUPT);
    set_level(f, 3, LEDGER_LEVEL);
    assert_int_equal(start(f), FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_older_tables_are_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer_tables_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer_journal_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_higher_level_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_audit_wants_a_newer_program, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claim_raises_the_level, setup, teardown),
        cmocka_unit_test_setup_teardown(test_old_entries_keep_their_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(test_levels_do_not_run_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
