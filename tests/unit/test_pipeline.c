/* The pipeline without its network: frames in, replies and receipts out, nights of a simulated
 * ledger, refusals without an entry, draining, and a restart that finds everything again. */
#include "tests/support/rig.h"

#include "calendar.h"
#include "log.h"
#include "outcome.h"

#define DAY_ONE 20500 /* a business day of the simulated ledger */

/* ---- Requests ---- */

/* A SetOrganiser, recorded at that instant. */
static size_t organiser_frame(struct rig *f, const struct secret *key, int64_t time_ms,
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
    return rig_sign(f, key, PURPOSE_COMMAND, payload, len, frame, size);
}

static size_t status_frame(struct rig *f, uint8_t *frame, size_t size)
{
    Saldo__V1__QueryRequest request = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__StatusQuery status = SALDO__V1__STATUS_QUERY__INIT;
    uint8_t payload[16];
    request.body_case = SALDO__V1__QUERY_REQUEST__BODY_STATUS;
    request.status = &status;
    size_t len = saldo__v1__query_request__pack(&request, payload);
    return rig_sign(f, &f->admin, PURPOSE_QUERY, payload, len, frame, size);
}

static void expect_refused(struct rig *f, const struct secret *connection, const uint8_t *frame,
                           size_t len, int32_t code)
{
    Saldo__V1__Reply *reply = rig_ask(f, connection, frame, len);
    assert_int_equal(reply->code, code);
    assert_int_equal(reply->decision.len, 0);
    assert_null(reply->receipt);
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static Saldo__V1__Reply *status(struct rig *f)
{
    uint8_t frame[256];
    Saldo__V1__Reply *reply = rig_ask(f, &f->admin, frame, status_frame(f, frame, sizeof(frame)));
    assert_int_equal(reply->code, 0);
    assert_int_equal(reply->result_case, SALDO__V1__REPLY__RESULT_STATUS);
    return reply;
}

static uint64_t last_number(struct rig *f)
{
    Saldo__V1__Reply *reply = status(f);
    uint64_t number = reply->status->last_number;
    saldo__v1__reply__free_unpacked(reply, NULL);
    return number;
}

/* ---- Receipts ---- */

static void check_receipt(const struct rig *f, const Saldo__V1__Reply *reply, const uint8_t *frame,
                          size_t len)
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

static uint64_t expect_accepted(struct rig *f, int64_t time_ms)
{
    uint8_t frame[512];
    struct decision d;
    static struct answer answers[LIMIT_BATCH_ITEMS];
    size_t len = organiser_frame(f, &f->admin, time_ms, frame, sizeof(frame));
    Saldo__V1__Reply *reply = rig_ask(f, &f->admin, frame, len);
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
    struct rig *f = *state;
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    uint64_t last = last_number(f);
    assert_int_equal(expect_accepted(f, noon_ms), last + 1);
    assert_int_equal(expect_accepted(f, noon_ms - 1000), last + 2); /* time does not run back */
    assert_int_equal(last_number(f), last + 2);
}

/* Each night between two days is an entry of its own before the later one. */
static void test_nights(void **state)
{
    struct rig *f = *state;
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    uint64_t first = expect_accepted(f, noon_ms);
    assert_int_equal(expect_accepted(f, noon_ms + 3 * INT64_C(86400000)), first + 4);
    Saldo__V1__Reply *reply = status(f);
    assert_int_equal(reply->status->settled_through, DAY_ONE + 2);
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static void test_refused_without_an_entry(void **state)
{
    struct rig *f = *state;
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
    len = rig_sign(f, &f->admin, PURPOSE_COMMAND, (const uint8_t *)"\xff\xff", 2, frame,
                   sizeof(frame));
    expect_refused(f, &f->admin, frame, len, OUTCOME_BAD_FRAME); /* signed, but no message */
    len = organiser_frame(f, &f->admin, calendar_midnight_ms(LIMIT_DAY_LAST + 1), frame,
                          sizeof(frame));
    expect_refused(f, &f->admin, frame, len, OUTCOME_BAD_FRAME); /* a time beyond the calendar */
    assert_int_equal(last_number(f), last);
    secret_wipe(&stranger);
}

static void test_drain_answers_busy(void **state)
{
    struct rig *f = *state;
    uint8_t frame[512];
    uint64_t last = last_number(f);
    ring_drain(f->ring);
    size_t len = organiser_frame(f, &f->admin, calendar_midnight_ms(DAY_ONE), frame, sizeof(frame));
    for (int i = 0; i < 100; i++)
        rig_put(f, &f->admin, frame, len);
    for (int i = 0; i < 100; i++) {
        Saldo__V1__Reply *reply = rig_take(f);
        assert_int_equal(reply->code, OUTCOME_BUSY);
        saldo__v1__reply__free_unpacked(reply, NULL);
    }
    rig_stop(f);
    rig_start(f);
    assert_int_equal(last_number(f), last);
}

/* A full ring of requests: every reply in order, with a number of its own. */
static void test_many(void **state)
{
    struct rig *f = *state;
    uint8_t frame[512];
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    uint64_t last = last_number(f);
    for (int i = 0; i < 200; i++) {
        size_t len = organiser_frame(f, &f->admin, noon_ms, frame, sizeof(frame));
        rig_put(f, &f->admin, frame, len);
    }
    static struct answer answers[LIMIT_BATCH_ITEMS];
    for (uint32_t i = 0; i < 200; i++) {
        struct decision d;
        Saldo__V1__Reply *reply = rig_take(f);
        assert_true(codec_decision_read(reply->decision.data, reply->decision.len, &d, answers));
        assert_int_equal(d.number, last + 1 + i);
        assert_int_equal(reply->receipt->first + reply->receipt->index, d.number);
        saldo__v1__reply__free_unpacked(reply, NULL);
    }
}

static void test_restart(void **state)
{
    struct rig *f = *state;
    int64_t noon_ms = calendar_midnight_ms(DAY_ONE) + 43200000;
    for (int turn = 0; turn < 4; turn++) {
        f->config.final_checkpoint = turn % 2 == 0; /* with and without something to replay */
        uint64_t number = expect_accepted(f, noon_ms + turn * INT64_C(86400000));
        rig_stop(f);
        rig_start(f);
        Saldo__V1__Reply *reply = status(f);
        assert_int_equal(reply->status->last_number, number);
        if (f->config.final_checkpoint)
            assert_int_equal(reply->status->watermark, number);
        saldo__v1__reply__free_unpacked(reply, NULL);
    }
}

static void test_transport_keys(void **state)
{
    struct rig *f = *state;
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
        cmocka_unit_test_setup_teardown(test_entry_and_receipt, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_nights, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_refused_without_an_entry, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_drain_answers_busy, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_many, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_restart, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_transport_keys, rig_setup, rig_teardown),
    };
    log_level_set(LOG_LEVEL_WARNING);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
