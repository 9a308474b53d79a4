/* The pipeline without its network: frames in, replies and receipts out, nights of a simulated
 * ledger, refusals without an entry, draining, and a restart that finds everything again. */
#include <getopt.h>
#include <poll.h>
#include <sodium.h>
#include <unistd.h>

#include "calendar.h"
#include "commands.h"
#include "log.h"
#include "outcome.h"
#include "pipeline.h"
#include "reply/reply.h"
#include "tests/support/folder.h"
#include "tests/support/unit.h"

#define DAY_ONE 20500 /* a business day of the simulated ledger */

struct fixture {
    char *folder;
    struct config config;
    char tables[CONFIG_TEXT_MAX];
    struct books books;
    struct secret ledger, night, admin, auditor;
    struct pipeline *pipeline;
    struct ring *ring;
    uint8_t id; /* makes request ids differ */
};

static void read_secret(struct fixture *f, const char *name, struct secret *out)
{
    char path[CONFIG_TEXT_MAX];
    config_path(&f->config, name, path);
    assert_int_equal(secret_read(path, out), FAULT_NONE);
}

static void start(struct fixture *f)
{
    const struct books_options books = {.tables = f->tables, .verify = true};
    assert_int_equal(books_open(&f->config, &books, &f->books), FAULT_NONE);
    const struct pipeline_options options = {&f->books, &f->ledger, &f->night};
    assert_int_equal(pipeline_new(&options, &f->pipeline), FAULT_NONE);
    f->ring = pipeline_ring(f->pipeline);
    assert_int_equal(pipeline_start(f->pipeline), FAULT_NONE);
}

static void stop(struct fixture *f)
{
    ring_drain(f->ring);
    pipeline_stop(f->pipeline);
    pipeline_free(f->pipeline);
    books_close(&f->books);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char error[CONFIG_TEXT_MAX];
    char dir[CONFIG_TEXT_MAX];
    assert_non_null(f);
    f->folder = folder_make();
    snprintf(dir, sizeof(dir), "%s/l", f->folder);
    char *argv[] = {"saldod", "init", dir, "--simulated", "--allow-unsafe-fs", NULL};
    optind = 0; /* start over */
    assert_int_equal(command_init(3, argv + 2), 0);
    assert_int_equal(config_read(dir, &f->config, error), FAULT_NONE);
    f->config.disk_free_min_bytes = 0;
    config_path(&f->config, "tables", f->tables);
    read_secret(f, "keys/ledger.key", &f->ledger);
    read_secret(f, "keys/settlement.key", &f->night);
    read_secret(f, "home/keys/admin.key", &f->admin);
    read_secret(f, "home/keys/auditor.key", &f->auditor);
    start(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    stop(f);
    folder_remove(f->folder);
    free(f);
    return 0;
}

/* ---- Requests ---- */

static size_t sign(const struct fixture *f, const struct secret *key, enum purpose purpose,
                   const uint8_t *payload, size_t len, uint8_t *frame, size_t size)
{
    struct envelope e = {.purpose = purpose, .payload = payload, .payload_len = len};
    uint8_t hash[LIMIT_HASH_BYTES];
    envelope_key_id(key->signing_key, e.key_id);
    envelope_hash(payload, len, hash);
    envelope_sign(purpose, f->books.genesis.ledger_id, hash, key->signing_secret, e.signature);
    return envelope_write(&e, frame, size);
}

/* A SetOrganiser, recorded at that instant. */
static size_t organiser_frame(struct fixture *f, const struct secret *key, int64_t time_ms,
                              uint8_t *frame, size_t size)
{
    Saldo__V1__SetOrganiser set = SALDO__V1__SET_ORGANISER__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    Saldo__V1__Command *list[] = {&command};
    uint8_t id[LIMIT_REQUEST_ID_BYTES] = {0};
    uint8_t payload[512];
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)time_ms >> (40 - 8 * i));
    id[15] = ++f->id;
    set.code = "kainuu";
    set.name = "Kainuu";
    set.business_id = "2500000-7";
    command.request_id = (ProtobufCBinaryData){sizeof(id), id};
    command.body_case = SALDO__V1__COMMAND__BODY_SET_ORGANISER;
    command.set_organiser = &set;
    request.recorded_at_ms = time_ms;
    request.n_commands = 1;
    request.commands = list;
    size_t len = saldo__v1__command_request__pack(&request, payload);
    return sign(f, key, PURPOSE_COMMAND, payload, len, frame, size);
}

static size_t status_frame(struct fixture *f, uint8_t *frame, size_t size)
{
    Saldo__V1__QueryRequest request = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__StatusQuery status = SALDO__V1__STATUS_QUERY__INIT;
    uint8_t payload[16];
    request.body_case = SALDO__V1__QUERY_REQUEST__BODY_STATUS;
    request.status = &status;
    size_t len = saldo__v1__query_request__pack(&request, payload);
    return sign(f, &f->admin, PURPOSE_QUERY, payload, len, frame, size);
}

static void put(struct fixture *f, const struct secret *connection, const uint8_t *frame,
                size_t len)
{
    struct flow_slot *s = ring_reserve(f->ring, len);
    assert_non_null(s);
    assert_int_equal(zmq_msg_init_size(&s->frame, len), 0);
    memcpy(zmq_msg_data(&s->frame), frame, len);
    memcpy(s->peer_key, connection->transport_key, LIMIT_KEY_BYTES);
    ring_receive(f->ring);
    ring_publish(f->ring);
}

/* The next reply; the caller frees it. */
static Saldo__V1__Reply *take(struct fixture *f)
{
    struct flow_slot *s;
    zmq_msg_t message;
    while ((s = ring_done(f->ring)) == NULL) {
        struct pollfd fd = {ring_done_fd(f->ring), POLLIN, 0};
        assert_int_equal(poll(&fd, 1, 20000), 1);
        ring_done_clear(f->ring);
    }
    zmq_msg_t *bytes = &s->answer;
    if (!s->answered) {
        assert_true(reply_make(s, &message));
        bytes = &message;
    }
    Saldo__V1__Reply *reply =
        saldo__v1__reply__unpack(NULL, zmq_msg_size(bytes), zmq_msg_data(bytes));
    assert_non_null(reply);
    if (bytes == &message)
        zmq_msg_close(&message);
    ring_release(f->ring);
    return reply;
}

static Saldo__V1__Reply *ask(struct fixture *f, const struct secret *connection,
                             const uint8_t *frame, size_t len)
{
    put(f, connection, frame, len);
    return take(f);
}

static void expect_refused(struct fixture *f, const struct secret *connection, const uint8_t *frame,
                           size_t len, int32_t code)
{
    Saldo__V1__Reply *reply = ask(f, connection, frame, len);
    assert_int_equal(reply->code, code);
    assert_int_equal(reply->decision.len, 0);
    assert_null(reply->receipt);
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static Saldo__V1__Reply *status(struct fixture *f)
{
    uint8_t frame[256];
    Saldo__V1__Reply *reply = ask(f, &f->admin, frame, status_frame(f, frame, sizeof(frame)));
    assert_int_equal(reply->code, 0);
    assert_int_equal(reply->result_case, SALDO__V1__REPLY__RESULT_STATUS);
    return reply;
}

static uint64_t last_number(struct fixture *f)
{
    Saldo__V1__Reply *reply = status(f);
    uint64_t number = reply->status->last_number;
    saldo__v1__reply__free_unpacked(reply, NULL);
    return number;
}

/* ---- Receipts ---- */

static void check_receipt(const struct fixture *f, const Saldo__V1__Reply *reply,
                          const uint8_t *frame, size_t len)
{
    const Saldo__V1__Receipt *r = reply->receipt;
    struct head head = {r->first, r->count, r->time_ms, {{0}}, {{0}}};
    struct envelope e;
    struct hash payload, request, leaf, hash;
    struct hash path[MERKLE_PATH_MAX];

    assert_non_null(r);
    assert_true(envelope_parse(frame, len, &e));
    envelope_hash(e.payload, e.payload_len, payload.bytes);
    merkle_request_hash(&e, &payload, &request);
    merkle_leaf(&request, reply->decision.data, reply->decision.len, &leaf);
    memcpy(&head.root, r->root.data, LIMIT_HASH_BYTES);
    memcpy(&head.previous, r->previous.data, LIMIT_HASH_BYTES);
    assert_in_range(r->n_path, 0, MERKLE_PATH_MAX);
    for (size_t i = 0; i < r->n_path; i++)
        memcpy(&path[i], r->path[i].data, LIMIT_HASH_BYTES);
    assert_true(merkle_check(&leaf, r->index, r->count, path, (uint32_t)r->n_path, &head.root));
    merkle_head(&head, &hash);
    assert_true(envelope_verify(PURPOSE_HEAD, f->books.genesis.ledger_id, hash.bytes,
                                r->signature.data, f->ledger.signing_key));
}

static uint64_t expect_accepted(struct fixture *f, int64_t time_ms)
{
    uint8_t frame[512];
    struct decision d;
    static struct answer answers[LIMIT_BATCH_ITEMS];
    size_t len = organiser_frame(f, &f->admin, time_ms, frame, sizeof(frame));
    Saldo__V1__Reply *reply = ask(f, &f->admin, frame, len);
    assert_int_equal(reply->code, 0);
    assert_true(codec_decision_read(reply->decision.data, reply->decision.len, &d, answers));
    assert_int_equal(d.count, 1);
    assert_int_equal(answers[0].code, OUTCOME_ACCEPTED);
    assert_true(d.simulated);
    assert_int_equal(d.business_day, calendar_local_day(time_ms));
    check_receipt(f, reply, frame, len);
    saldo__v1__reply__free_unpacked(reply, NULL);
    return d.number;
}

/* ---- Tests ---- */

static void test_entry_and_receipt(void **state)
{
    struct fixture *f = *state;
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    uint64_t last = last_number(f);
    assert_int_equal(expect_accepted(f, noon_ms), last + 1);
    assert_int_equal(expect_accepted(f, noon_ms - 1000), last + 2); /* time does not run back */
    assert_int_equal(last_number(f), last + 2);
}

/* Each night between two days is an entry of its own before the later one. */
static void test_nights(void **state)
{
    struct fixture *f = *state;
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    uint64_t first = expect_accepted(f, noon_ms);
    assert_int_equal(expect_accepted(f, noon_ms + 3 * INT64_C(86400000)), first + 4);
    Saldo__V1__Reply *reply = status(f);
    assert_int_equal(reply->status->settled_through, DAY_ONE + 2);
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static void test_refused_without_an_entry(void **state)
{
    struct fixture *f = *state;
    struct secret stranger;
    uint8_t frame[512];
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    uint64_t last = last_number(f);
    assert_int_equal(secret_make(&stranger), FAULT_NONE);

    size_t len = organiser_frame(f, &stranger, noon_ms, frame, sizeof(frame));
    expect_refused(f, &f->admin, frame, len, OUTCOME_BAD_SIGNATURE); /* unknown key */
    len = organiser_frame(f, &f->admin, noon_ms, frame, sizeof(frame));
    expect_refused(f, &f->auditor, frame, len, OUTCOME_BAD_SIGNATURE); /* another's connection */
    expect_refused(f, &stranger, frame, len, OUTCOME_BAD_SIGNATURE);
    frame[len - 1] ^= 1;
    expect_refused(f, &f->admin, frame, len, OUTCOME_BAD_SIGNATURE); /* wrong signature */
    expect_refused(f, &f->admin, frame, len - 1, OUTCOME_BAD_FRAME);
    expect_refused(f, &f->admin, (const uint8_t *)"x", 1, OUTCOME_BAD_FRAME);
    len = sign(f, &f->admin, PURPOSE_COMMAND, (const uint8_t *)"\xff\xff", 2, frame, sizeof(frame));
    expect_refused(f, &f->admin, frame, len, OUTCOME_BAD_FRAME); /* signed, but no message */
    len = organiser_frame(f, &f->admin, calendar_midnight_ms(LIMIT_DAY_LAST + 1), frame,
                          sizeof(frame));
    expect_refused(f, &f->admin, frame, len, OUTCOME_BAD_FRAME); /* a time beyond the calendar */
    assert_int_equal(last_number(f), last);
    secret_wipe(&stranger);
}

static void test_drain_answers_busy(void **state)
{
    struct fixture *f = *state;
    uint8_t frame[512];
    uint64_t last = last_number(f);
    ring_drain(f->ring);
    size_t len = organiser_frame(f, &f->admin, calendar_midnight_ms(DAY_ONE), frame, sizeof(frame));
    for (int i = 0; i < 100; i++)
        put(f, &f->admin, frame, len);
    for (int i = 0; i < 100; i++) {
        Saldo__V1__Reply *reply = take(f);
        assert_int_equal(reply->code, OUTCOME_BUSY);
        saldo__v1__reply__free_unpacked(reply, NULL);
    }
    stop(f);
    start(f);
    assert_int_equal(last_number(f), last);
}

/* A full ring of requests: every reply in order, with a number of its own. */
static void test_many(void **state)
{
    struct fixture *f = *state;
    uint8_t frame[512];
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    uint64_t last = last_number(f);
    for (int i = 0; i < 200; i++) {
        size_t len = organiser_frame(f, &f->admin, noon_ms, frame, sizeof(frame));
        put(f, &f->admin, frame, len);
    }
    static struct answer answers[LIMIT_BATCH_ITEMS];
    for (uint32_t i = 0; i < 200; i++) {
        struct decision d;
        Saldo__V1__Reply *reply = take(f);
        assert_true(codec_decision_read(reply->decision.data, reply->decision.len, &d, answers));
        assert_int_equal(d.number, last + 1 + i);
        assert_int_equal(reply->receipt->first + reply->receipt->index, d.number);
        saldo__v1__reply__free_unpacked(reply, NULL);
    }
}

static void test_restart(void **state)
{
    struct fixture *f = *state;
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    for (int turn = 0; turn < 4; turn++) {
        f->config.final_checkpoint = turn % 2 == 0; /* with and without something to replay */
        uint64_t number = expect_accepted(f, noon_ms + turn * INT64_C(86400000));
        stop(f);
        start(f);
        Saldo__V1__Reply *reply = status(f);
        assert_int_equal(reply->status->last_number, number);
        if (f->config.final_checkpoint)
            assert_int_equal(reply->status->watermark, number);
        saldo__v1__reply__free_unpacked(reply, NULL);
    }
}

static void test_transport_keys(void **state)
{
    struct fixture *f = *state;
    uint64_t version = 0;
    zmq_msg_t keys;
    assert_true(pipeline_keys(f->pipeline, &version, &keys));
    assert_int_equal(zmq_msg_size(&keys), 6 * LIMIT_KEY_BYTES); /* those that init has made */
    zmq_msg_close(&keys);
    assert_false(pipeline_keys(f->pipeline, &version, &keys));
    const struct figures *figures = pipeline_figures(f->pipeline);
    assert_true(FIGURES_GET(&figures->ledger_seen_us) > 0);
    assert_true(FIGURES_GET(&figures->journal_seen_us) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entry_and_receipt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_without_an_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drain_answers_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transport_keys, setup, teardown),
    };
    log_level_set(LOG_LEVEL_WARNING);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
