/* proto/FORMAT.md keeps its word: its example comes out of the real code again, its Python finds
 * the same hashes, and its list of outcomes is the one of outcome.h. */
#include <sodium.h>
#include <unistd.h>

#include "codec.h"
#include "genesis.h"
#include "merkle.h"
#include "outcome.h"
#include "tests/support/unit.h"

static const char PAGE[] = "proto/FORMAT.md";

static char page[1 << 16];
static char example[1 << 14];
static size_t example_len;

static int setup(void **state)
{
    (void)state;
    FILE *file = fopen(PAGE, "r");
    assert_non_null(file);
    size_t len = fread(page, 1, sizeof(page) - 1, file);
    assert_in_range(len, 1, sizeof(page) - 2);
    page[len] = '\0';
    fclose(file);
    return 0;
}

/* ---- The example -------------------------------------------------------------------------------
 */

static void show(const char *name, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;
    char *at = example + example_len;
    at += sprintf(at, "%s", name);
    for (size_t i = 0; i < len; i++)
        at += sprintf(at, "%s%02x", i % 32 == 0 ? "\n    " : "", b[i]);
    at += sprintf(at, "\n");
    example_len = (size_t)(at - example);
    assert_true(example_len < sizeof(example) / 2);
}

static void show_hash(const char *name, const struct hash *h)
{
    show(name, h->bytes, sizeof(h->bytes));
}

struct keys {
    uint8_t public_key[32];
    uint8_t secret_key[64];
};

static struct keys keys_of(uint8_t seed_byte)
{
    uint8_t seed[32];
    struct keys k;
    memset(seed, seed_byte, sizeof(seed));
    crypto_sign_seed_keypair(k.public_key, k.secret_key, seed);
    return k;
}

static const uint8_t LEDGER_ID[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const int64_t GENESIS_MS = 1772400000000; /* 2026-03-01 21:20 UTC */
static const int64_t CHARGE_MS = 1772700000000;  /* 2026-03-05 08:40 UTC */

/* The genesis and the head over it alone. */
static void show_genesis(const struct keys *ledger, struct hash *head_hash)
{
    struct genesis g = {.clock_skew_ms = 300000, .created_ms = GENESIS_MS};
    uint8_t bytes[GENESIS_BYTES];
    struct head head = {.first = 1, .count = 1, .time_ms = GENESIS_MS};
    memcpy(g.ledger_id, LEDGER_ID, sizeof(g.ledger_id));
    memcpy(g.ledger_key, ledger->public_key, sizeof(g.ledger_key));
    memset(g.administrator_signing_key, 0x44, sizeof(g.administrator_signing_key));
    memset(g.administrator_transport_key, 0x55, sizeof(g.administrator_transport_key));
    genesis_write(&g, bytes);
    show("genesis", bytes, sizeof(bytes));
    genesis_leaf(bytes, &head.root);
    show_hash("genesis_leaf", &head.root);
    merkle_head(&head, head_hash);
    show_hash("genesis_head", head_hash);
}

static size_t example_payload(uint8_t *bytes, size_t size)
{
    struct charge c = {
        .id = {0x01, 0x9c, 0xbd, 0x27, 0x5f, 0x00, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1},
        .voucher = {"0001000370", 10},
        .service = {"siivous", 7},
        .unit = SALDO__V1__UNIT__HOUR,
        .start_ms = CHARGE_MS - 7200000,
        .end_ms = CHARGE_MS,
        .quantity = 120,
        .price_cents = 3800,
        .county_cents = 7600,
        .reference = {"LASKU-1", 7},
    };
    return codec_charges_write(&c, 1, 0, bytes, size);
}

/* Sign a payload of the provider; returns its request hash. */
static struct hash show_request(const struct keys *provider, const uint8_t *payload, size_t len)
{
    static const char label[] = "saldo/v1/charge";
    struct envelope e = {.purpose = PURPOSE_CHARGE, .payload = payload, .payload_len = len};
    struct hash payload_hash;
    struct hash request;
    uint8_t statement[sizeof(label) + 16 + 32];
    uint8_t frame[512];
    show("payload", payload, len);
    envelope_hash(payload, len, payload_hash.bytes);
    show_hash("payload_hash", &payload_hash);
    memcpy(statement, label, sizeof(label));
    memcpy(statement + sizeof(label), LEDGER_ID, 16);
    memcpy(statement + sizeof(label) + 16, payload_hash.bytes, 32);
    show("statement", statement, sizeof(statement));
    envelope_key_id(provider->public_key, e.key_id);
    envelope_sign(PURPOSE_CHARGE, LEDGER_ID, payload_hash.bytes, provider->secret_key, e.signature);
    int rc = crypto_sign_verify_detached(e.signature, statement, sizeof(statement),
                                         provider->public_key);
    assert_int_equal(rc, 0); /* it is the statement shown that was signed */
    show("signature", e.signature, sizeof(e.signature));
    show("envelope", frame, envelope_write(&e, frame, sizeof(frame)));
    merkle_request_hash(&e, &payload_hash, &request);
    show_hash("request_hash", &request);
    return request;
}

static struct hash show_decision(const char *name, uint64_t number, const struct hash *request)
{
    struct answer answer = {.have = 22400, .need = 7600, .pays_on = 20550, .duplicate = number > 2};
    struct decision d = {.number = number,
                         .time_ms = CHARGE_MS + 1000,
                         .business_day = 20517,
                         .count = 1,
                         .answers = &answer};
    uint8_t bytes[512];
    char leaf_name[32];
    struct hash leaf;
    size_t len = codec_decision_write(&d, bytes, sizeof(bytes));
    show(name, bytes, len);
    merkle_leaf(request, bytes, len, &leaf);
    snprintf(leaf_name, sizeof(leaf_name), "leaf_%s", name + strlen("decision_"));
    show_hash(leaf_name, &leaf);
    return leaf;
}

static void show_head(const struct keys *ledger, const struct hash leaves[2],
                      const struct hash *previous)
{
    struct head head = {.first = 2, .count = 2, .time_ms = CHARGE_MS + 1000, .previous = *previous};
    struct hash scratch[2];
    struct hash hash;
    uint8_t signature[64];
    merkle_root(leaves, 2, scratch, &head.root);
    show_hash("root", &head.root);
    merkle_head(&head, &hash);
    show_hash("head", &hash);
    envelope_sign(PURPOSE_HEAD, LEDGER_ID, hash.bytes, ledger->secret_key, signature);
    show("head_signature", signature, sizeof(signature));
}

/* The digest that tells a retry from a conflict, of the one charge in the payload. */
static void show_digest(const uint8_t *payload, size_t len)
{
    static uint8_t memory[1 << 16];
    struct arena arena;
    struct request r;
    uint8_t key[16];
    uint8_t digest[8];
    arena_init(&arena, memory, sizeof(memory));
    codec_digest_key(LEDGER_ID, key);
    show("digest_key", key, sizeof(key));
    assert_true(codec_decode(PURPOSE_CHARGE, payload, len, key, &arena, &r));
    for (int i = 0; i < 8; i++)
        digest[i] = (uint8_t)(r.charges[0].digest >> (56 - 8 * i));
    show("digest", digest, sizeof(digest));
}

static void show_batch(void)
{
    static const struct merkle_batch_line line = {{"kainuu", 6}, {"P0001", 5}, 1, 7600, 0, 0};
    struct merkle_batch batch;
    struct hash hash;
    merkle_batch_begin(&batch, LEDGER_ID, 20517);
    merkle_batch_line(&batch, &line);
    merkle_batch_end(&batch, hash.bytes);
    show_hash("batch_hash", &hash);
}

static void make_example(void)
{
    struct keys ledger = keys_of(1);
    struct keys provider = keys_of(2);
    struct hash genesis_head;
    struct hash leaves[2];
    uint8_t payload[256];
    example_len = 0;
    show("ledger_id", LEDGER_ID, sizeof(LEDGER_ID));
    show("ledger_key", ledger.public_key, sizeof(ledger.public_key));
    show("provider_key", provider.public_key, sizeof(provider.public_key));
    show_genesis(&ledger, &genesis_head);
    size_t len = example_payload(payload, sizeof(payload));
    struct hash request = show_request(&provider, payload, len);
    leaves[0] = show_decision("decision_2", 2, &request);
    leaves[1] = show_decision("decision_3", 3, &request);
    show_head(&ledger, leaves, &genesis_head);
    show_digest(payload, len);
    show_batch();
}

static void test_example(void **state)
{
    (void)state;
    make_example();
    char *at = strstr(page, "\nledger_id\n    ");
    if (at == NULL || strncmp(at + 1, example, example_len) != 0 ||
        strncmp(at + 1 + example_len, "```\n", 4) != 0) {
        printf("%s", example);
        fail_msg("the example of %s is not the one above", PAGE);
    }
}

/* ---- The Python of the page
 * ---------------------------------------------------------------------- */

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static int run_python(const char *script, const char *text)
{
    char line[4096];
    snprintf(line, sizeof(line), "python3 %s %s >/dev/null 2>&1", script, text);
    return system(line);
}

/* Run on the page it must succeed, and on a page with one wrong digit it must not. */
static void test_python(void **state)
{
    (void)state;
    static const char *const spoiled[] = {"payload\n    ", "decision_2\n    ", "root\n    ",
                                          "head\n    ",    "genesis\n    ",    "batch_hash\n    "};
    const char *folder = getenv("TMPDIR");
    char script[1024];
    char copy[sizeof(script) + 3];
    char *begin = strstr(page, "```python\n");
    assert_non_null(begin);
    begin += strlen("```python\n");
    char *end = strstr(begin, "```\n");
    assert_non_null(end);
    if (system("python3 -c 0 2>/dev/null") != 0) {
        print_message("python3 is not installed: the page's script was not run\n");
        skip();
    }
    snprintf(script, sizeof(script), "%s/saldo-format-XXXXXX", folder != NULL ? folder : "/tmp");
    close(mkstemp(script));
    snprintf(copy, sizeof(copy), "%s.md", script);
    write_file(script, begin, (size_t)(end - begin));
    int whole = run_python(script, PAGE);
    int caught = 0;
    for (size_t i = 0; i < COUNT(spoiled); i++) {
        char needle[32];
        snprintf(needle, sizeof(needle), "\n%s", spoiled[i]);
        char *digit = strstr(page, needle);
        assert_non_null(digit);
        digit += strlen(needle) + 5;
        char right = *digit;
        *digit = right == '0' ? '1' : '0';
        write_file(copy, page, strlen(page));
        caught += run_python(script, copy) != 0;
        *digit = right;
    }
    unlink(script);
    unlink(copy);
    assert_int_equal(whole, 0);
    assert_int_equal(caught, COUNT(spoiled));
}

/* ---- The outcomes
 * -------------------------------------------------------------------------------- */

#define OUTCOME_ROW(name, number, text) "\n| " #number " | " #name " | " text " |\n",
static const char *const outcome_rows[] = {OUTCOME_LIST(OUTCOME_ROW)};

static void test_outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(outcome_rows); i++) {
        if (strstr(page, outcome_rows[i]) == NULL)
            fail_msg("%s lacks %s", PAGE, outcome_rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_python),
        cmocka_unit_test(test_outcomes),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, setup, NULL);
}
