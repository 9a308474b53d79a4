/* Commands and queries: canonical at every level, one body, each text and id in its bounds. */
#include <sodium.h>

#include "codec.h"
#include "tests/support/command.h"
#include "tests/support/dice.h"
#include "tests/support/mutate.h"
#include "tests/support/random_message.h"
#include "tests/support/unit.h"

static const uint8_t KEY[16] = "key of the tests";

enum { ARENA_BYTES = 8 << 20, MESSAGE_BYTES = 1 << 18 };

struct fixture {
    struct arena arena;
    struct arena source;
    uint8_t *memory;
    uint8_t bytes[MESSAGE_BYTES];
};

static int setup(void **state)
{
    static struct fixture f;
    f.memory = malloc(2 * ARENA_BYTES);
    arena_init(&f.arena, f.memory, ARENA_BYTES);
    arena_init(&f.source, f.memory + ARENA_BYTES, ARENA_BYTES);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    free(((struct fixture *)*state)->memory);
    return 0;
}

/* ---- Building -------------------------------------------------------------------------------- */

static bool decode(struct fixture *f, enum purpose purpose, size_t len, struct request *out)
{
    arena_reset(&f->arena);
    return codec_decode(purpose, f->bytes, len, KEY, &f->arena, out);
}

static bool decode_one(struct fixture *f, enum purpose purpose, Saldo__V1__Command *c)
{
    struct request r;
    return decode(f, purpose, pack_request(f->bytes, &c, 1), &r);
}

static Saldo__V1__Command *void_voucher(char *number)
{
    static Saldo__V1__VoidVoucher body;
    saldo__v1__void_voucher__init(&body);
    body.number = number;
    return command_of(SALDO__V1__COMMAND__BODY_VOID_VOUCHER, &body);
}

static Saldo__V1__Command *settle_day(void)
{
    static Saldo__V1__SettleDay body;
    saldo__v1__settle_day__init(&body);
    body.day = 20513;
    return command_of(SALDO__V1__COMMAND__BODY_SETTLE_DAY, &body);
}

/* ---- Purposes, ids and bodies ------------------------------------------------------------------
 */

static void test_purposes(void **state)
{
    struct fixture *f = *state;
    struct request r;
    assert_true(decode_one(f, PURPOSE_COMMAND, void_voucher("0001000370")));
    assert_false(decode_one(f, PURPOSE_SETTLEMENT, void_voucher("0001000370")));
    assert_true(decode_one(f, PURPOSE_SETTLEMENT, settle_day()));
    assert_false(decode_one(f, PURPOSE_COMMAND, settle_day()));
    assert_false(decode_one(f, PURPOSE_CHARGE, void_voucher("0001000370")));
    Saldo__V1__Command *two[] = {settle_day(), settle_day()};
    assert_false(decode(f, PURPOSE_SETTLEMENT, pack_request(f->bytes, two, 2), &r));
    assert_false(
        decode_one(f, PURPOSE_COMMAND, command_of(SALDO__V1__COMMAND__BODY__NOT_SET, NULL)));
    Saldo__V1__Command *c = void_voucher("0001000370");
    for (size_t len = 0; len <= 17; len++) {
        uint8_t id[17] = {1};
        c->request_id = (ProtobufCBinaryData){len, id};
        assert_int_equal(decode_one(f, PURPOSE_COMMAND, c), len == 16);
    }
}

static void test_digest_is_of_own_bytes(void **state)
{
    struct fixture *f = *state;
    struct request r;
    Saldo__V1__Command *c = void_voucher("0001000370");
    Saldo__V1__Command *two[] = {c, c};
    uint8_t own[128];
    uint8_t hash[8];
    size_t own_len = saldo__v1__command__pack(c, own);
    crypto_shorthash(hash, own, own_len, KEY);
    assert_true(decode(f, PURPOSE_COMMAND, pack_request(f->bytes, two, 2), &r));
    assert_int_equal(r.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(r.commands[i].message->void_voucher->number, "0001000370");
        for (int b = 0; b < 8; b++)
            assert_int_equal(hash[b], (uint8_t)(r.commands[i].digest >> (56 - 8 * b)));
    }
}

static void test_count(void **state)
{
    struct fixture *f = *state;
    static Saldo__V1__Command *commands[LIMIT_BATCH_ITEMS + 1];
    static uint8_t bytes[(LIMIT_BATCH_ITEMS + 1) * 40];
    struct request r;
    for (size_t i = 0; i < COUNT(commands); i++)
        commands[i] = void_voucher("0001000370");
    for (size_t count = LIMIT_BATCH_ITEMS; count <= LIMIT_BATCH_ITEMS + 1; count++) {
        size_t len = pack_request(bytes, commands, count);
        arena_reset(&f->arena);
        bool good = codec_decode(PURPOSE_COMMAND, bytes, len, KEY, &f->arena, &r);
        assert_int_equal(good, count == LIMIT_BATCH_ITEMS);
    }
    assert_false(decode(f, PURPOSE_COMMAND, pack_request(f->bytes, commands, 0), &r));
}

/* ---- Bounds of texts, bytes and enums -----------------------------------------------------------
 */

static char *text_of_length(size_t len)
{
    static char text[LIMIT_TEXT_BYTES + 2];
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

static void check_text(struct fixture *f, Saldo__V1__Command *c, char **field, size_t bytes_max)
{
    *field = text_of_length(bytes_max);
    assert_true(decode_one(f, PURPOSE_COMMAND, c));
    *field = text_of_length(bytes_max + 1);
    assert_false(decode_one(f, PURPOSE_COMMAND, c));
    *field = "a\nb";
    assert_false(decode_one(f, PURPOSE_COMMAND, c));
    *field = "\xed\xa0\x80";
    assert_false(decode_one(f, PURPOSE_COMMAND, c));
    *field = "P\xc3\xa4iv\xc3\xa4";
    assert_true(decode_one(f, PURPOSE_COMMAND, c));
}

static void test_texts(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    Saldo__V1__Command *c = command_of(SALDO__V1__COMMAND__BODY_SET_ORGANISER, &o);
    check_text(f, c, &o.code, LIMIT_CODE_BYTES);
    check_text(f, c, &o.name, LIMIT_NAME_BYTES);
    check_text(f, c, &o.account_name, LIMIT_NAME_BYTES);
    Saldo__V1__SetService s = SALDO__V1__SET_SERVICE__INIT;
    c = command_of(SALDO__V1__COMMAND__BODY_SET_SERVICE, &s);
    check_text(f, c, &s.group, LIMIT_NAME_BYTES);
    check_text(f, c, &s.name_fi, LIMIT_NAME_BYTES);
    check_text(f, c, &s.name_en, LIMIT_NAME_BYTES);
    Saldo__V1__CreditCharge credit = SALDO__V1__CREDIT_CHARGE__INIT;
    c = command_of(SALDO__V1__COMMAND__BODY_CREDIT_CHARGE, &credit);
    credit.charge = (ProtobufCBinaryData){sizeof(COMMAND_ID), COMMAND_ID};
    check_text(f, c, &credit.text, LIMIT_TEXT_BYTES);
    Saldo__V1__ReviewCharge review = SALDO__V1__REVIEW_CHARGE__INIT;
    c = command_of(SALDO__V1__COMMAND__BODY_REVIEW_CHARGE, &review);
    review.charge = (ProtobufCBinaryData){sizeof(COMMAND_ID), COMMAND_ID};
    check_text(f, c, &review.reason, LIMIT_TEXT_BYTES);
    Saldo__V1__GrantVoucher grant = SALDO__V1__GRANT_VOUCHER__INIT;
    char *services[2] = {"siivous", "siivous"};
    grant.services = services;
    grant.n_services = 2;
    c = command_of(SALDO__V1__COMMAND__BODY_GRANT_VOUCHER, &grant);
    check_text(f, c, &grant.client, LIMIT_REFERENCE_BYTES);
    check_text(f, c, &services[1], LIMIT_CODE_BYTES);
}

static void test_other_fields(void **state)
{
    struct fixture *f = *state;
    uint8_t many[64] = {1};
    Saldo__V1__DeleteCharge deletion = SALDO__V1__DELETE_CHARGE__INIT;
    Saldo__V1__Command *c = command_of(SALDO__V1__COMMAND__BODY_DELETE_CHARGE, &deletion);
    for (size_t len = 0; len <= 17; len++) {
        deletion.charge = (ProtobufCBinaryData){len, many};
        assert_int_equal(decode_one(f, PURPOSE_COMMAND, c), len == 16);
    }
    Saldo__V1__RegisterKey key = SALDO__V1__REGISTER_KEY__INIT;
    c = command_of(SALDO__V1__COMMAND__BODY_REGISTER_KEY, &key);
    for (size_t len = 0; len <= 33; len++) {
        key.transport_key = (ProtobufCBinaryData){len, many};
        assert_int_equal(decode_one(f, PURPOSE_COMMAND, c), len <= 32);
    }
    key.transport_key.len = 32;
    for (int role = -1; role <= 8; role++) {
        key.role = (Saldo__V1__Role)role;
        assert_int_equal(decode_one(f, PURPOSE_COMMAND, c), role >= 0 && role <= 6);
    }
    Saldo__V1__AddRate rate = SALDO__V1__ADD_RATE__INIT;
    c = command_of(SALDO__V1__COMMAND__BODY_ADD_RATE, &rate);
    rate.rate_class = "ALL";
    assert_false(decode_one(f, PURPOSE_COMMAND, c));
    rate.rate_class = "ALLOW";
    assert_true(decode_one(f, PURPOSE_COMMAND, c));
    rate.service = "ALL"; /* only a class may not be called so */
    assert_true(decode_one(f, PURPOSE_COMMAND, c));
}

/* ---- One spelling at every level ----------------------------------------------------------------
 */

#define ID_FIELD                                                                                   \
    "\x0a\x10"                                                                                     \
    "0123456789abcdef"
/* A ConvertVoucher into one voucher, from the inside out; each level may carry something more. */
#define CONVERT(request, command, convert, grant, value)                                           \
    {                                                                                              \
        request, sizeof(request) - 1, command, sizeof(command) - 1, convert, sizeof(convert) - 1,  \
            grant, sizeof(grant) - 1, value, sizeof(value) - 1                                     \
    }

struct extra {
    const char *request;
    size_t request_len;
    const char *command;
    size_t command_len;
    const char *convert;
    size_t convert_len;
    const char *grant;
    size_t grant_len;
    const char *value;
    size_t value_len;
};

static size_t wrap(uint8_t *out, const char *tag, const uint8_t *inner, size_t inner_len)
{
    size_t tag_len = strlen(tag);
    memcpy(out, tag, tag_len);
    out[tag_len] = (uint8_t)inner_len;
    memcpy(out + tag_len + 1, inner, inner_len);
    return tag_len + 1 + inner_len;
}

static size_t add(uint8_t *out, size_t len, const char *more, size_t more_len)
{
    memcpy(out + len, more, more_len);
    return len + more_len;
}

static size_t convert_of(const struct extra *e, uint8_t *out)
{
    uint8_t a[256];
    uint8_t b[256];
    size_t len = add(a, add(a, 0, "\x08\x05", 2), e->value, e->value_len);
    len = add(b, wrap(b, "\x6a", a, len), e->grant, e->grant_len);     /* Value in a grant */
    len = add(a, wrap(a, "\x1a", b, len), e->convert, e->convert_len); /* grant in a conversion */
    size_t head = add(b, 0, ID_FIELD, sizeof(ID_FIELD) - 1);
    len = add(b, head + wrap(b + head, "\x7a", a, len), e->command, e->command_len);
    return add(out, wrap(out, "\x12", b, len), e->request, e->request_len);
}

static void test_every_level(void **state)
{
    struct fixture *f = *state;
    static const struct {
        struct extra extra;
        bool good;
    } rows[] = {
        {CONVERT("", "", "", "", ""), true},
        {CONVERT("", "", "", "\x78\x01", ""), true}, /* carry_over */
        {CONVERT("\x18\x01", "", "", "", ""), false},
        {CONVERT("", "\xd8\x01\x01", "", "", ""), false}, /* field 27 of a command */
        {CONVERT("", "", "\x20\x01", "", ""), false},
        {CONVERT("", "", "", "\x80\x01\x01", ""), false},
        {CONVERT("", "", "", "", "\x10\x01"), false},
        {CONVERT("", "", "", "", "\x08\x05"), false},     /* the value twice */
        {CONVERT("", "", "", "\x6a\x00", ""), false},     /* two Values are merged */
        {CONVERT("", "", "", "\x72\x00", ""), false},     /* an empty text present */
        {CONVERT("", "", "", "\x78\x02", ""), false},     /* bool of 2 */
        {CONVERT("", "", "", "\x78\x81\x00", ""), false}, /* bool overlong */
        {CONVERT("", "", "",
                 "\x72\x02"
                 "a\0",
                 ""),
         false}, /* NUL in a text */
        {CONVERT("", "", "",
                 "\x5a\x01"
                 "d",
                 ""),
         false},                                      /* out of order */
        {CONVERT("", "", "\x10\x01", "", ""), false}, /* out of order */
        {CONVERT("", ID_FIELD, "", "", ""), false},   /* the id twice */
        {CONVERT("", "\x6a\x00", "", "", ""), false}, /* two bodies: the last one counts */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request r;
        size_t len = convert_of(&rows[i].extra, f->bytes);
        if (decode(f, PURPOSE_COMMAND, len, &r) != rows[i].good)
            fail_msg("row %zu", i);
    }
}

/* ---- Random ones
 * ---------------------------------------------------------------------------------- */

static bool packs_again(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len)
{
    static uint8_t again[MESSAGE_BYTES];
    ProtobufCMessage *m = protobuf_c_message_unpack(type, NULL, len, bytes);
    if (m == NULL)
        return false;
    bool same = protobuf_c_message_get_packed_size(m) == len &&
                protobuf_c_message_pack(m, again) == len && memcmp(again, bytes, len) == 0;
    protobuf_c_message_free_unpacked(m, NULL);
    return same;
}

static bool has_settle_day(const struct request *r)
{
    for (uint32_t i = 0; r->commands != NULL && i < r->count; i++) {
        if (r->commands[i].message->body_case == SALDO__V1__COMMAND__BODY_SETTLE_DAY)
            return true;
    }
    return false;
}

/* What is taken packs to the same bytes, and well-formed messages are taken. (That what is refused
 * ought to be is test_codec_google's part.) */
static void test_random(void **state)
{
    struct fixture *f = *state;
    struct dice d = dice_of_environment();
    int taken = 0;
    for (int i = 0; i < 20000; i++) {
        bool query = dice_below(&d, 3) == 0;
        const ProtobufCMessageDescriptor *type =
            query ? &saldo__v1__query_request__descriptor : &saldo__v1__command_request__descriptor;
        struct random_message random = {&d, &f->source, 0};
        struct request r;
        arena_reset(&f->source);
        ProtobufCMessage *m = random_message(&random, type);
        assert_non_null(m);
        size_t len = protobuf_c_message_pack(m, f->bytes);
        size_t mutated = mutate(&d, f->bytes, len);
        bool good = decode(f, query ? PURPOSE_QUERY : PURPOSE_COMMAND, mutated, &r);
        taken += good;
        if (!good)
            continue;
        assert_true(packs_again(type, f->bytes, mutated));
        assert_true(query || !has_settle_day(&r));
        assert_true(f->arena.used <= codec_arena_size(mutated));
    }
    assert_in_range(taken, 2000, 18000);
}

static void test_truncated(void **state)
{
    struct fixture *f = *state;
    struct request r;
    size_t len = convert_of(&(struct extra)CONVERT("", "", "", "\x78\x01", ""), f->bytes);
    assert_true(decode(f, PURPOSE_COMMAND, len, &r));
    for (size_t cut = 0; cut < len; cut++)
        assert_false(decode(f, PURPOSE_COMMAND, cut, &r));
}

/* ---- Memory
 * ---------------------------------------------------------------------------------------- */

static void test_arena_full(void **state)
{
    struct fixture *f = *state;
    size_t len = convert_of(&(struct extra)CONVERT("", "", "", "\x78\x01", ""), f->bytes);
    bool fitted = false;
    for (size_t size = 1; size <= codec_arena_size(len); size++) {
        struct arena small;
        struct request r;
        void *memory = malloc(size);
        arena_init(&small, memory, size);
        bool fits = codec_decode(PURPOSE_COMMAND, f->bytes, len, KEY, &small, &r);
        assert_true(fits || !fitted);
        fitted = fits;
        free(memory);
    }
    assert_true(fitted);
}

static void test_queries(void **state)
{
    struct fixture *f = *state;
    struct request r;
    Saldo__V1__QueryRequest q = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__StatusQuery status = SALDO__V1__STATUS_QUERY__INIT;
    Saldo__V1__CheckQuery check = SALDO__V1__CHECK_QUERY__INIT;
    Saldo__V1__Charge charge = SALDO__V1__CHARGE__INIT;
    Saldo__V1__Charge *charges[] = {&charge};
    assert_false(decode(f, PURPOSE_QUERY, 0, &r));
    q.body_case = SALDO__V1__QUERY_REQUEST__BODY_STATUS;
    q.status = &status;
    assert_true(decode(f, PURPOSE_QUERY, saldo__v1__query_request__pack(&q, f->bytes), &r));
    assert_int_equal(r.query->body_case, SALDO__V1__QUERY_REQUEST__BODY_STATUS);
    q.body_case = SALDO__V1__QUERY_REQUEST__BODY_CHECK;
    q.check = &check;
    assert_false(decode(f, PURPOSE_QUERY, saldo__v1__query_request__pack(&q, f->bytes), &r));
    check.charges = charges;
    check.n_charges = 1;
    assert_false(decode(f, PURPOSE_QUERY, saldo__v1__query_request__pack(&q, f->bytes), &r));
    charge.request_id = (ProtobufCBinaryData){sizeof(COMMAND_ID), COMMAND_ID};
    assert_true(decode(f, PURPOSE_QUERY, saldo__v1__query_request__pack(&q, f->bytes), &r));
    charge.rate_class = "ALL";
    assert_false(decode(f, PURPOSE_QUERY, saldo__v1__query_request__pack(&q, f->bytes), &r));
    charge.rate_class = "DAY";
    Saldo__V1__Command *empty = command_of(SALDO__V1__COMMAND__BODY__NOT_SET, NULL);
    check.commands = &empty;
    check.n_commands = 1;
    assert_false(decode(f, PURPOSE_QUERY, saldo__v1__query_request__pack(&q, f->bytes), &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_purposes),     cmocka_unit_test(test_digest_is_of_own_bytes),
        cmocka_unit_test(test_count),        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_other_fields), cmocka_unit_test(test_every_level),
        cmocka_unit_test(test_random),       cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_arena_full),   cmocka_unit_test(test_queries),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, setup, teardown);
}
