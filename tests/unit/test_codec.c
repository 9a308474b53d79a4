/* Charges: the scanner takes exactly what protobuf-c packs, and nothing that could mean two
 * things. */
#include <sodium.h>

#include "codec.h"
#include "tests/support/dice.h"
#include "tests/support/mutate.h"
#include "tests/support/random_message.h"
#include "tests/support/unit.h"

static const uint8_t KEY[16] = "key of the tests";

enum { ARENA_BYTES = 4 << 20, MESSAGE_BYTES = 1 << 16 };

struct fixture {
    struct arena arena;
    struct arena source; /* of random messages */
    uint8_t *memory;
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

static struct text text_of(const char *s)
{
    return (struct text){s, (uint32_t)strlen(s)};
}

static struct charge sample(void)
{
    struct charge c = {
        .voucher = text_of("0001000370"),
        .service = text_of("siivous"),
        .rate_class = text_of("EVENING"),
        .reference = text_of("LASKU-000002"),
        .start_ms = 1764000000000,
        .end_ms = 1764003600000,
        .quantity = 60,
        .price_cents = 3850,
        .county_cents = 3000,
        .copay_cents = 850,
        .unit = SALDO__V1__UNIT__HOUR,
        .identity_checked = true,
    };
    memset(c.id, 0x61, sizeof(c.id));
    return c;
}

static bool decode(struct fixture *f, const uint8_t *bytes, size_t len, struct request *out)
{
    arena_reset(&f->arena);
    return codec_decode(PURPOSE_CHARGE, bytes, len, KEY, &f->arena, out);
}

static void assert_text_equal(struct text a, struct text b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.bytes, b.bytes, a.len);
}

static void assert_charge_equal(const struct charge *a, const struct charge *b)
{
    assert_memory_equal(a->id, b->id, sizeof(a->id));
    assert_text_equal(a->voucher, b->voucher);
    assert_text_equal(a->service, b->service);
    assert_text_equal(a->rate_class, b->rate_class);
    assert_text_equal(a->reference, b->reference);
    assert_int_equal(a->start_ms, b->start_ms);
    assert_int_equal(a->end_ms, b->end_ms);
    assert_int_equal(a->quantity, b->quantity);
    assert_int_equal(a->price_cents, b->price_cents);
    assert_int_equal(a->county_cents, b->county_cents);
    assert_int_equal(a->copay_cents, b->copay_cents);
    assert_int_equal(a->unit, b->unit);
    assert_int_equal(a->identity_checked, b->identity_checked);
}

static void test_round_trip(void **state)
{
    uint8_t bytes[1024];
    struct request r;
    struct charge charges[3] = {sample(), sample(), {.id = {1}}};
    charges[1].rate_class = text_of("");
    charges[1].copay_cents = -1;
    charges[1].unit = 0;
    size_t len = codec_charges_write(charges, 3, -5, bytes, sizeof(bytes));
    assert_in_range(len, 1, codec_charges_size(charges, 3));
    assert_int_equal(codec_charges_write(charges, 3, -5, bytes, len), len);
    assert_int_equal(codec_charges_write(charges, 3, -5, bytes, len - 1), 0);
    assert_true(decode(*state, bytes, len, &r));
    assert_int_equal(r.purpose, PURPOSE_CHARGE);
    assert_int_equal(r.recorded_at_ms, -5);
    assert_int_equal(r.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_charge_equal(&r.charges[i], &charges[i]);
    int whole = 0;
    for (size_t cut = 0; cut < len; cut++)
        whole += decode(*state, bytes, cut, &r);
    assert_int_equal(whole, 2); /* only where the first charge ends, and the second */
}

/* The digest follows the charge's own bytes, in whatever company, and the same charge inside a
 * CheckQuery has the same. */
static void test_digest(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[1024];
    struct request r;
    struct charge charges[2] = {sample(), sample()};
    struct charge plain;
    charges[1].copay_cents++;
    size_t len = codec_charges_write(charges, 2, 0, bytes, sizeof(bytes));
    assert_true(decode(f, bytes, len, &r));
    uint64_t digests[2] = {r.charges[0].digest, r.charges[1].digest};
    assert_true(digests[0] != digests[1]);
    len = codec_charges_write(&charges[1], 1, 7, bytes, sizeof(bytes));
    assert_true(decode(f, bytes, len, &r));
    assert_true(r.charges[0].digest == digests[1]);

    Saldo__V1__ChargeRequest *m = saldo__v1__charge_request__unpack(NULL, len, bytes);
    assert_non_null(m);
    assert_true(codec_charge_from_message(m->charges[0], KEY, &plain));
    assert_charge_equal(&plain, &charges[1]);
    assert_true(plain.digest == digests[1]);
    m->charges[0]->request_id.len = 15;
    assert_false(codec_charge_from_message(m->charges[0], KEY, &plain));
    saldo__v1__charge_request__free_unpacked(m, NULL);

    uint8_t want[8];
    uint8_t key[16];
    static const uint8_t ledger_id[16] = "ledger-of-a-test";
    uint8_t hash[32];
    crypto_generichash(hash, sizeof(hash), (const uint8_t *)"saldo/v1/digestledger-of-a-test", 31,
                       NULL, 0);
    codec_digest_key(ledger_id, key);
    assert_memory_equal(key, hash, sizeof(key));
    crypto_shorthash(want, bytes + 4, len - 4, KEY); /* after recorded_at, tag and length */
    for (int i = 0; i < 8; i++)
        assert_int_equal(want[i], (uint8_t)(digests[1] >> (56 - 8 * i)));
}

/* ---- One meaning, one spelling ------------------------------------------------------------- */

#define ID                                                                                         \
    "\x0a\x10"                                                                                     \
    "0123456789abcdef" /* field 1, 16 bytes */

/* The contents of one Charge, after its id. */
static const struct {
    const char *what;
    const char *bytes;
    size_t len;
    bool good;
} spellings[] = {
#define SPELLING(what, bytes, good)                                                                \
    {                                                                                              \
        what, bytes, sizeof(bytes) - 1, good                                                       \
    }
    SPELLING("nothing else", "", true),
    SPELLING("voucher",
             "\x12\x01"
             "a",
             true),
    SPELLING("voucher twice",
             "\x12\x01"
             "a\x12\x01"
             "b",
             false),
    SPELLING("voucher empty", "\x12\x00", false),
    SPELLING("voucher length in two bytes",
             "\x12\x81\x00"
             "a",
             false),
    SPELLING("voucher tag in two bytes",
             "\x92\x00\x01"
             "a",
             false),
    SPELLING("voucher as a number", "\x10\x01", false),
    SPELLING("voucher longer than the rest",
             "\x12\x02"
             "a",
             false),
    SPELLING("voucher of 2^64 - 1 bytes",
             "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
             "a",
             false),
    SPELLING("service before voucher",
             "\x1a\x01"
             "a\x12\x01"
             "a",
             false),
    SPELLING("NUL in a text",
             "\x12\x02"
             "a\x00",
             false),
    SPELLING("tab in a text",
             "\x12\x02"
             "a\t",
             false),
    SPELLING("DEL in a text",
             "\x12\x02"
             "a\x7f",
             false),
    SPELLING("DEL among many",
             "\x12\x0a"
             "abcdefghi\x7f",
             false),
    SPELLING("newline among many",
             "\x12\x0a"
             "abc\ndefghi",
             false),
    SPELLING("two-byte character",
             "\x12\x03"
             "a\xc3\xa4",
             true),
    SPELLING("two-byte character after eight",
             "\x12\x0a"
             "abcdefgh\xc3\xa4",
             true),
    SPELLING("two-byte character on the seam",
             "\x12\x0b"
             "abcdefg\xc3\xa4hi",
             true),
    SPELLING("three-byte character", "\x12\x03\xe2\x82\xac", true),
    SPELLING("four-byte character", "\x12\x04\xf0\x9f\x8c\xb2", true),
    SPELLING("last character", "\x12\x04\xf4\x8f\xbf\xbf", true),
    SPELLING("past the last character", "\x12\x04\xf4\x90\x80\x80", false),
    SPELLING("overlong slash", "\x12\x02\xc0\xaf", false),
    SPELLING("overlong in three", "\x12\x03\xe0\x80\xaf", false),
    SPELLING("overlong in four", "\x12\x04\xf0\x80\x80\xaf", false),
    SPELLING("surrogate", "\x12\x03\xed\xa0\x80", false),
    SPELLING("half a character", "\x12\x01\xc3", false),
    SPELLING("tail without a head", "\x12\x01\x80", false),
    SPELLING("invalid UTF-8", "\x12\x02\xff\xfe", false),
    SPELLING("class",
             "\x22\x03"
             "DAY",
             true),
    SPELLING("class ALL",
             "\x22\x03"
             "ALL",
             false),
    SPELLING("unit", "\x28\x06", true),
    SPELLING("unit default present", "\x28\x00", false),
    SPELLING("unit unknown", "\x28\x07", false),
    SPELLING("unit overlong", "\x28\x81\x00", false),
    SPELLING("unit negative", "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", false),
    SPELLING("unit beyond 32 bits", "\x28\x81\x80\x80\x80\x10", false),
    SPELLING("number", "\x30\x80\x01", true),
    SPELLING("number default present", "\x30\x00", false),
    SPELLING("number overlong", "\x30\x80\x81\x00", false),
    SPELLING("number -1", "\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", true),
    SPELLING("number of 65 bits", "\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x03", false),
    SPELLING("number of eleven bytes", "\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", false),
    SPELLING("number cut short", "\x30\x80", false),
    SPELLING("number without a value", "\x30", false),
    SPELLING("number as bytes", "\x32\x01\x01", false),
    SPELLING("bool", "\x60\x01", true),
    SPELLING("bool of 2", "\x60\x02", false),
    SPELLING("bool overlong", "\x60\x81\x00", false),
    SPELLING("bool false present", "\x60\x00", false),
    SPELLING("reference",
             "\x6a\x01"
             "r",
             true),
    SPELLING("unknown field", "\x70\x01", false),
    SPELLING("unknown field of two bytes", "\x80\x01\x01", false),
    SPELLING("field 0", "\x00\x01", false),
    SPELLING("group", "\x73\x74", false),
    SPELLING("id again", ID, false),
};

static void test_spellings(void **state)
{
    struct request r;
    for (size_t i = 0; i < COUNT(spellings); i++) {
        uint8_t bytes[128] = {0x12};
        size_t len = sizeof(ID) - 1 + spellings[i].len;
        bytes[1] = (uint8_t)len;
        memcpy(bytes + 2, ID, sizeof(ID) - 1);
        memcpy(bytes + 2 + sizeof(ID) - 1, spellings[i].bytes, spellings[i].len);
        if (decode(*state, bytes, 2 + len, &r) != spellings[i].good)
            fail_msg("%s", spellings[i].what);
    }
}

/* Round the charges: the request itself. */
static void test_request_spellings(void **state)
{
#define ITEM "\x12\x12" ID
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } rows[] = {
#define ROW(bytes, good) {bytes, sizeof(bytes) - 1, good}
        ROW(ITEM, true),
        ROW(ITEM ITEM, true),
        ROW("\x08\x01" ITEM, true),
        ROW("\x08\x01", false),              /* no charge */
        ROW("", false),                      /* nothing at all */
        ROW("\x08\x00" ITEM, false),         /* default present */
        ROW("\x08\x81\x00" ITEM, false),     /* overlong */
        ROW("\x08\x01\x08\x01" ITEM, false), /* twice */
        ROW(ITEM "\x08\x01", false),         /* out of order */
        ROW(ITEM "\x18\x01", false),         /* unknown field */
        ROW(ITEM "\x1a\x00", false),         /* unknown field */
        ROW(ITEM "\x18\x01" ITEM, false),    /* between two charges */
        ROW("\x12\x92\x00" ID, false),       /* overlong length */
        ROW("\x12\x00", false),              /* a charge without an id */
        ROW("\x12\x11\x0a\x0f"
            "0123456789abcde",
            false),
        ROW("\x12\x13\x0a\x11"
            "0123456789abcdefg",
            false),
    };
    struct request r;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].bytes;
        if (decode(*state, bytes, rows[i].len, &r) != rows[i].good)
            fail_msg("row %zu", i);
    }
    assert_false(codec_decode(PURPOSE_HEAD, (const uint8_t *)ITEM, sizeof(ITEM) - 1, KEY,
                              &((struct fixture *)*state)->arena, &r));
    assert_false(codec_decode((enum purpose)9, (const uint8_t *)ITEM, sizeof(ITEM) - 1, KEY,
                              &((struct fixture *)*state)->arena, &r));
    assert_false(decode(*state, NULL, 0, &r));
}

static void test_limits(void **state)
{
    static struct charge charges[LIMIT_BATCH_ITEMS + 1];
    char longest[LIMIT_CODE_BYTES + 2];
    struct request r;
    memset(longest, 'x', sizeof(longest));
    for (size_t i = 0; i < COUNT(charges); i++)
        charges[i] = sample();
    size_t size = codec_charges_size(charges, COUNT(charges));
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    size_t len = codec_charges_write(charges, LIMIT_BATCH_ITEMS, 0, bytes, size);
    assert_true(decode(*state, bytes, len, &r));
    assert_int_equal(r.count, LIMIT_BATCH_ITEMS);
    assert_true(((struct fixture *)*state)->arena.used <= codec_arena_size(len));
    len = codec_charges_write(charges, LIMIT_BATCH_ITEMS + 1, 0, bytes, size);
    assert_false(decode(*state, bytes, len, &r));

    for (int field = 0; field < 4; field++) {
        for (uint32_t text_len = LIMIT_CODE_BYTES; text_len <= LIMIT_CODE_BYTES + 1; text_len++) {
            struct charge c = sample();
            struct text *texts[] = {&c.voucher, &c.service, &c.rate_class, &c.reference};
            *texts[field] = (struct text){longest, text_len};
            len = codec_charges_write(&c, 1, 0, bytes, size);
            assert_int_equal(decode(*state, bytes, len, &r), text_len == LIMIT_CODE_BYTES);
        }
    }
    free(bytes);
}

/* ---- Against protobuf-c --------------------------------------------------------------------- */

/* UTF-8 by code points, slowly; no control characters. */
static bool slow_text(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t len = strlen(text);
    if (len > LIMIT_CODE_BYTES)
        return false;
    for (size_t i = 0; i < len;) {
        size_t n = s[i] < 0x80       ? 1
                   : s[i] >> 5 == 6  ? 2
                   : s[i] >> 4 == 14 ? 3
                   : s[i] >> 3 == 30 ? 4
                                     : 0;
        static const uint32_t least[] = {0, 0x20, 0x80, 0x800, 0x10000};
        if (n == 0 || n > len - i)
            return false;
        uint32_t point = n == 1 ? s[i] : s[i] & (0x7fU >> n);
        for (size_t k = 1; k < n; k++) {
            if (s[i + k] >> 6 != 2)
                return false;
            point = point << 6 | (s[i + k] & 0x3fU);
        }
        if (point < least[n] || point == 0x7f || point > 0x10ffff || point >> 11 == 0xd800 >> 11)
            return false;
        i += n;
    }
    return true;
}

static bool slow_charge(const Saldo__V1__Charge *c)
{
    return c->base.n_unknown_fields == 0 && c->request_id.len == 16 && slow_text(c->voucher) &&
           slow_text(c->service) && slow_text(c->rate_class) && slow_text(c->reference) &&
           strcmp(c->rate_class, "ALL") != 0 && (int)c->unit >= 0 && (int)c->unit <= 6;
}

static bool accepted_by_protobuf_c(const uint8_t *bytes, size_t len)
{
    uint8_t again[MESSAGE_BYTES];
    Saldo__V1__ChargeRequest *m = saldo__v1__charge_request__unpack(NULL, len, bytes);
    if (m == NULL)
        return false;
    bool good = m->base.n_unknown_fields == 0 && m->n_charges >= 1 &&
                saldo__v1__charge_request__get_packed_size(m) == len &&
                saldo__v1__charge_request__pack(m, again) == len && memcmp(again, bytes, len) == 0;
    for (size_t i = 0; good && i < m->n_charges; i++)
        good = slow_charge(m->charges[i]);
    saldo__v1__charge_request__free_unpacked(m, NULL);
    return good;
}

static void test_agrees_with_protobuf_c(void **state)
{
    struct fixture *f = *state;
    struct dice d = dice_of_environment();
    int taken = 0;
    enum { ROUNDS = 60000 };
    for (int i = 0; i < ROUNDS; i++) {
        static uint8_t bytes[MESSAGE_BYTES];
        struct random_message random = {&d, &f->source, dice_below(&d, 3) == 0 ? 4 : 0};
        struct request r;
        arena_reset(&f->source);
        ProtobufCMessage *m = random_message(&random, &saldo__v1__charge_request__descriptor);
        assert_non_null(m);
        size_t len = mutate(&d, bytes, protobuf_c_message_pack(m, bytes));
        bool accepted = decode(f, bytes, len, &r);
        assert_int_equal(accepted, accepted_by_protobuf_c(bytes, len));
        taken += accepted;
        if (!accepted)
            continue;
        static uint8_t again[MESSAGE_BYTES]; /* and our writer gives the same bytes */
        size_t again_len =
            codec_charges_write(r.charges, r.count, r.recorded_at_ms, again, sizeof(again));
        assert_int_equal(again_len, len);
        assert_memory_equal(again, bytes, len);
    }
    assert_in_range(taken, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

static void test_arena_full(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct charge charges[3] = {sample(), sample(), sample()};
    size_t len = codec_charges_write(charges, 3, 0, bytes, sizeof(bytes));
    bool fitted = false;
    for (size_t size = 1; size <= codec_arena_size(len); size++) {
        struct arena small;
        struct request r;
        void *memory = malloc(size);
        arena_init(&small, memory, size);
        bool fits = codec_decode(PURPOSE_CHARGE, bytes, len, KEY, &small, &r);
        assert_true(fits || !fitted);
        fitted = fits;
        free(memory);
    }
    assert_true(fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_digest),
        cmocka_unit_test(test_spellings),  cmocka_unit_test(test_request_spellings),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_agrees_with_protobuf_c),
        cmocka_unit_test(test_arena_full),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, setup, teardown);
}
