/* Entries of the journal as answers to a query: who is told which, in pieces that a reply can hold,
 * and none before it is durable. The ledger thread reads the journal while another thread writes
 * it. */
#include "tests/support/rig.h"

#include "calendar.h"
#include "log.h"
#include "outcome.h"
#include "tool.h"

#define NOON (calendar_midnight_ms(20500) + 43200000)

static uint8_t *payload, *frame; /* LIMIT_REQUEST_BYTES each, for as long as the tests run */

/* ---- Requests ---- */

static size_t commands_frame(struct rig *f, const struct secret *key, Saldo__V1__Command **list,
                             size_t count)
{
    static uint8_t ids[LIMIT_BATCH_ITEMS][LIMIT_REQUEST_ID_BYTES];
    static uint32_t last;
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    for (size_t i = 0; i < count; i++) {
        last++;
        for (int k = 0; k < 6; k++)
            ids[i][k] = (uint8_t)((uint64_t)NOON >> (40 - 8 * k));
        memcpy(ids[i] + 12, &last, sizeof(last));
        list[i]->request_id = (ProtobufCBinaryData){sizeof(ids[i]), ids[i]};
    }
    request.recorded_at_ms = NOON;
    request.n_commands = count;
    request.commands = list;
    assert_true(saldo__v1__command_request__get_packed_size(&request) < LIMIT_REQUEST_BYTES - 256);
    size_t len = saldo__v1__command_request__pack(&request, payload);
    return rig_sign(f, key, PURPOSE_COMMAND, payload, len, frame, LIMIT_REQUEST_BYTES);
}

/* An administrator's smallest. */
static size_t small_frame(struct rig *f)
{
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT, *list = &c;
    o.code = tool_lend("kainuu");
    c.body_case = SALDO__V1__COMMAND__BODY_SET_ORGANISER;
    c.set_organiser = &o;
    return commands_frame(f, &f->admin, &list, 1);
}

/* What a request was decided; the number of its entry. The caller frees the reply. */
static uint64_t decided(const Saldo__V1__Reply *reply, size_t count, struct answer *answers)
{
    struct decision d;
    assert_int_equal(reply->code, OUTCOME_ACCEPTED);
    assert_true(codec_decision_read(reply->decision.data, reply->decision.len, &d, answers));
    assert_int_equal(d.count, count);
    return d.number;
}

static void command(struct rig *f, Saldo__V1__Command__BodyCase body, void *message)
{
    static struct answer answers[LIMIT_BATCH_ITEMS];
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT, *list = &c;
    c.body_case = body;
    c.set_organiser = message; /* the members of the oneof share their place */
    size_t len = commands_frame(f, &f->admin, &list, 1);
    Saldo__V1__Reply *reply = rig_ask(f, &f->admin, frame, len);
    (void)decided(reply, 1, answers);
    assert_int_equal(answers[0].code, OUTCOME_ACCEPTED);
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static void organiser(struct rig *f, const char *code)
{
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    o.code = tool_lend(code);
    command(f, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &o);
}

/* A key of its own; a provider is set first. */
static void person(struct rig *f, const char *owner, Saldo__V1__Role role, const char *scope,
                   struct secret *key)
{
    Saldo__V1__RegisterKey k = SALDO__V1__REGISTER_KEY__INIT;
    Saldo__V1__SetProvider p = SALDO__V1__SET_PROVIDER__INIT;
    assert_int_equal(secret_make(key), FAULT_NONE);
    k.owner = p.id = tool_lend(owner);
    if (role == SALDO__V1__ROLE__PROVIDER)
        command(f, SALDO__V1__COMMAND__BODY_SET_PROVIDER, &p);
    k.signing_key = (ProtobufCBinaryData){LIMIT_KEY_BYTES, key->signing_key};
    k.transport_key = (ProtobufCBinaryData){LIMIT_KEY_BYTES, key->transport_key};
    k.role = role;
    k.organiser = tool_lend(scope);
    command(f, SALDO__V1__COMMAND__BODY_REGISTER_KEY, &k);
}

/* A charge of nothing that there is; *out is its reply, and `frame` the request. */
static size_t charge(struct rig *f, const struct secret *key, Saldo__V1__Reply **out)
{
    Saldo__V1__Charge c = SALDO__V1__CHARGE__INIT, *list = &c;
    Saldo__V1__ChargeRequest request = SALDO__V1__CHARGE_REQUEST__INIT;
    uint8_t id[LIMIT_REQUEST_ID_BYTES] = {0};
    for (int k = 0; k < 6; k++)
        id[k] = (uint8_t)((uint64_t)NOON >> (40 - 8 * k));
    c.request_id = (ProtobufCBinaryData){sizeof(id), id};
    c.voucher = tool_lend("1234567890");
    c.service = tool_lend("siivous");
    request.recorded_at_ms = NOON;
    request.n_charges = 1;
    request.charges = &list;
    size_t len = saldo__v1__charge_request__pack(&request, payload);
    len = rig_sign(f, key, PURPOSE_CHARGE, payload, len, frame, LIMIT_REQUEST_BYTES);
    *out = rig_ask(f, key, frame, len);
    return len;
}

static size_t query_frame(const struct rig *f, const struct secret *key, uint64_t number,
                          uint32_t offset, uint8_t *out, size_t size)
{
    Saldo__V1__EntryQuery entry = SALDO__V1__ENTRY_QUERY__INIT;
    Saldo__V1__QueryRequest request = SALDO__V1__QUERY_REQUEST__INIT;
    uint8_t bytes[32];
    entry.number = number;
    entry.offset = offset;
    request.body_case = SALDO__V1__QUERY_REQUEST__BODY_ENTRY;
    request.entry = &entry;
    size_t len = saldo__v1__query_request__pack(&request, bytes);
    return rig_sign(f, key, PURPOSE_QUERY, bytes, len, out, size);
}

/* The caller frees it. */
static Saldo__V1__Reply *entry(struct rig *f, const struct secret *key, uint64_t number,
                               uint32_t offset)
{
    uint8_t query[512];
    size_t len = query_frame(f, key, number, offset, query, sizeof(query));
    Saldo__V1__Reply *reply = rig_ask(f, key, query, len);
    assert_true(saldo__v1__reply__get_packed_size(reply) <= LIMIT_REPLY_BYTES);
    assert_true((reply->result_case == SALDO__V1__REPLY__RESULT_ENTRY) ==
                (reply->code == OUTCOME_ACCEPTED));
    return reply;
}

static void expect(struct rig *f, const struct secret *key, uint64_t number, uint32_t offset,
                   enum outcome want)
{
    Saldo__V1__Reply *reply = entry(f, key, number, offset);
    assert_int_equal(reply->code, want);
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static bool same(ProtobufCBinaryData a, const uint8_t *bytes, size_t len)
{
    return a.len == len && memcmp(a.data, bytes, len) == 0;
}

/* ---- Tests ---- */

/* The entry of `frame`, which P1 has signed. */
static void expect_whole(struct rig *f, const struct secret *key, const struct secret *signer,
                         const Saldo__V1__Reply *decision, size_t len)
{
    static struct answer answers[LIMIT_BATCH_ITEMS];
    uint64_t number = decided(decision, 1, answers);
    Saldo__V1__Reply *reply = entry(f, key, number, 0);
    struct envelope e;
    assert_int_equal(reply->code, OUTCOME_ACCEPTED);
    const Saldo__V1__Entry *told = reply->entry;
    assert_int_equal(told->number, number);
    assert_int_equal(told->time_ms, NOON);
    assert_int_equal(told->total, len);
    assert_true(same(told->envelope, frame, len));
    assert_true(same(told->decision, decision->decision.data, decision->decision.len));
    assert_string_equal(told->owner, "P1");
    uint8_t hash[LIMIT_HASH_BYTES]; /* whoever is told can verify the signature */
    assert_true(envelope_parse(told->envelope.data, told->envelope.len, &e));
    envelope_hash(e.payload, e.payload_len, hash);
    assert_true(envelope_verify(PURPOSE_CHARGE, f->books.genesis.ledger_id, hash, e.signature,
                                signer->signing_key));
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static void test_who_is_told(void **state)
{
    struct rig *f = *state;
    static struct answer answers[LIMIT_BATCH_ITEMS];
    struct secret p1, p2, worker, finance, scoped;
    Saldo__V1__Reply *reply;
    organiser(f, "kainuu");
    organiser(f, "kymi");
    person(f, "P1", SALDO__V1__ROLE__PROVIDER, "", &p1);
    person(f, "P2", SALDO__V1__ROLE__PROVIDER, "", &p2);
    person(f, "worker", SALDO__V1__ROLE__CASE_WORKER, "", &worker);
    person(f, "finance", SALDO__V1__ROLE__FINANCE_OFFICER, "", &finance);
    person(f, "kymi", SALDO__V1__ROLE__AUDITOR, "kymi", &scoped);
    size_t len = charge(f, &p1, &reply);
    uint64_t number = decided(reply, 1, answers);
    const struct secret *told[] = {&p1, &finance, &f->auditor, &f->admin};
    for (size_t i = 0; i < COUNT(told); i++)
        expect_whole(f, told[i], &p1, reply, len);
    expect(f, &p2, number, 0, OUTCOME_ROW_UNKNOWN);
    expect(f, &p1, number - 1, 0, OUTCOME_ROW_UNKNOWN); /* an administrator's */
    expect(f, &p1, 1, 0, OUTCOME_ROW_UNKNOWN);
    expect(f, &p1, number + 1, 0, OUTCOME_ROW_UNKNOWN);
    expect(f, &worker, number, 0, OUTCOME_ROLE_NOT_ALLOWED);
    expect(f, &f->night, number, 0, OUTCOME_ROLE_NOT_ALLOWED);
    expect(f, &scoped, number, 0, OUTCOME_SCOPE_NOT_ALLOWED);
    expect(f, &f->auditor, 0, 0, OUTCOME_ROW_UNKNOWN);
    expect(f, &f->auditor, UINT64_MAX, 0, OUTCOME_ROW_UNKNOWN);
    expect(f, &f->auditor, number, (uint32_t)len, OUTCOME_ACCEPTED); /* the end of it */
    expect(f, &f->auditor, number, (uint32_t)len + 1, OUTCOME_FIELD_INVALID);
    expect(f, &f->auditor, number, UINT32_MAX, OUTCOME_FIELD_INVALID);
    expect(f, &p2, number, UINT32_MAX, OUTCOME_ROW_UNKNOWN); /* not even its length */
    saldo__v1__reply__free_unpacked(reply, NULL);
}

static void test_the_genesis(void **state)
{
    struct rig *f = *state;
    Saldo__V1__Reply *reply = entry(f, &f->auditor, 1, 0);
    assert_int_equal(reply->code, OUTCOME_ACCEPTED);
    assert_true(reply->entry->total > 0);
    assert_int_equal(reply->entry->envelope.len, reply->entry->total);
    assert_int_equal(reply->entry->decision.len, 0);
    assert_string_equal(reply->entry->owner, "");
    assert_int_equal(reply->entry->time_ms, f->books.genesis.created_ms);
    saldo__v1__reply__free_unpacked(reply, NULL);
}

/* As many commands as a request can have, with long names: 2.9 MB, and the longest decision. */
static void test_in_pieces(void **state)
{
    struct rig *f = *state;
    static struct answer answers[LIMIT_BATCH_ITEMS];
    static Saldo__V1__Command commands[LIMIT_BATCH_ITEMS], *list[LIMIT_BATCH_ITEMS];
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    char name[LIMIT_NAME_BYTES + 1] = {0};
    memset(name, 'n', LIMIT_NAME_BYTES);
    o.code = tool_lend("kainuu");
    o.name = o.account_name = name;
    for (size_t i = 0; i < LIMIT_BATCH_ITEMS; i++) {
        saldo__v1__command__init(&commands[i]);
        commands[i].body_case = SALDO__V1__COMMAND__BODY_SET_ORGANISER;
        commands[i].set_organiser = &o;
        list[i] = &commands[i];
    }
    size_t len = commands_frame(f, &f->admin, list, LIMIT_BATCH_ITEMS);
    assert_true(len > 2 * LIMIT_ENTRY_PIECE);
    Saldo__V1__Reply *decision = rig_ask(f, &f->admin, frame, len);
    uint64_t number = decided(decision, LIMIT_BATCH_ITEMS, answers);
    size_t got = 0, pieces = 0;
    while (got < len) {
        Saldo__V1__Reply *reply = entry(f, &f->auditor, number, (uint32_t)got);
        assert_int_equal(reply->code, OUTCOME_ACCEPTED);
        const Saldo__V1__Entry *e = reply->entry;
        assert_int_equal(e->total, len);
        assert_int_equal(e->decision.len, got == 0 ? decision->decision.len : 0);
        assert_true(e->envelope.len > 0 && e->envelope.len <= len - got);
        assert_memory_equal(e->envelope.data, frame + got, e->envelope.len);
        got += e->envelope.len;
        pieces++;
        saldo__v1__reply__free_unpacked(reply, NULL);
    }
    assert_int_equal(pieces, len / LIMIT_ENTRY_PIECE + 1);
    saldo__v1__reply__free_unpacked(decision, NULL);
}

/* Asked for in the same breath as it is made, an entry is applied before the question is answered,
 * and not yet on disk: there is none. Where the question came too late for that, it is asked
 * again. */
static void test_not_before_it_is_durable(void **state)
{
    struct rig *f = *state;
    static struct answer answers[LIMIT_BATCH_ITEMS];
    uint64_t next = 0;
    bool seen = false;
    for (int turn = 0; turn < 500 && !seen; turn++) {
        uint8_t query[512];
        size_t len = small_frame(f);
        size_t query_len = query_frame(f, &f->auditor, next, 0, query, sizeof(query));
        rig_put(f, &f->admin, frame, len);
        rig_put(f, &f->auditor, query, query_len);
        Saldo__V1__Reply *made = rig_take(f);
        Saldo__V1__Reply *told = rig_take(f);
        uint64_t number = decided(made, 1, answers);
        assert_true(next == 0 || number == next);
        if (told->code == OUTCOME_ACCEPTED)
            assert_true(same(told->entry->envelope, frame, len));
        else
            assert_int_equal(told->code, OUTCOME_ROW_UNKNOWN);
        seen = next != 0 && told->code == OUTCOME_ROW_UNKNOWN;
        next = number + 1;
        expect(f, &f->auditor, number, 0, OUTCOME_ACCEPTED); /* its reply has come: it is durable */
        saldo__v1__reply__free_unpacked(made, NULL);
        saldo__v1__reply__free_unpacked(told, NULL);
    }
    assert_true(seen);
}

/* Questions about what is there, while the journal is written. */
static void test_beside_commits(void **state)
{
    struct rig *f = *state;
    static struct answer answers[LIMIT_BATCH_ITEMS];
    uint64_t last = 1;
    for (int turn = 0; turn < 50; turn++) {
        for (uint64_t i = 0; i < 8; i++) {
            uint8_t query[512];
            size_t len = small_frame(f);
            rig_put(f, &f->admin, frame, len);
            len = query_frame(f, &f->auditor, last - i * last / 8, 0, query, sizeof(query));
            rig_put(f, &f->auditor, query, len);
        }
        for (uint64_t i = 0; i < 8; i++) {
            Saldo__V1__Reply *made = rig_take(f);
            Saldo__V1__Reply *told = rig_take(f);
            uint64_t number = decided(made, 1, answers);
            assert_int_equal(told->code, OUTCOME_ACCEPTED);
            assert_int_equal(told->entry->number, last - i * last / 8);
            saldo__v1__reply__free_unpacked(made, NULL);
            saldo__v1__reply__free_unpacked(told, NULL);
            if (i == 7)
                last = number;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_is_told, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_the_genesis, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_in_pieces, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_not_before_it_is_durable, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_beside_commits, rig_setup, rig_teardown),
    };
    payload = malloc(LIMIT_REQUEST_BYTES);
    frame = malloc(LIMIT_REQUEST_BYTES);
    assert_true(payload != NULL && frame != NULL);
    log_level_set(LOG_LEVEL_WARNING);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(payload);
    free(frame);
    return failed;
}
