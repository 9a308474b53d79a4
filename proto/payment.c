#include "payment.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "calendar.h"

enum {
    DATE_DIGITS = 6,
    PROVIDER_DIGITS = 5,
    PROVIDER_MAX = 99999,
    ID_HASH_CHARACTERS = 20, /* 100 bits */
};
_Static_assert((int)LIMIT_PROVIDERS <= (int)PROVIDER_MAX, "every provider has its five digits");

/* `count` decimal digits of a value, with zeros in front. */
static void put_digits(struct writer *w, uint32_t value, unsigned count)
{
    char digits[10];

    CHECK(count <= sizeof(digits));
    for (unsigned i = count; i > 0; i--, value /= 10)
        digits[i - 1] = (char)('0' + value % 10);
    put_bytes(w, digits, count);
}

static void put_date(struct writer *w, int32_t day)
{
    struct date d = calendar_date(day);

    put_digits(w, (uint32_t)(d.year % 100 * 10000 + d.month * 100 + d.day), DATE_DIGITS);
}

static void put_code(struct writer *w, struct text code)
{
    CHECK(code.len <= LIMIT_CODE_BYTES);
    put_u8(w, (uint8_t)code.len);
    put_bytes(w, code.bytes, code.len);
}

static void payment_hash(const struct payment *p, uint8_t hash[LIMIT_HASH_BYTES])
{
    static const char name[] = "saldo/v1/payout"; /* hashed with its NUL */
    uint8_t bytes[sizeof(name) + LEDGER_ID_BYTES + 4 + 2 * (1 + LIMIT_CODE_BYTES)];
    struct writer w = {bytes, 0, sizeof(bytes), false};

    put_bytes(&w, name, sizeof(name));
    put_bytes(&w, p->ledger_id, LEDGER_ID_BYTES);
    put_i32(&w, p->run_day);
    put_code(&w, p->organiser);
    put_code(&w, p->provider);
    CHECK(!w.failed);
    crypto_generichash(hash, LIMIT_HASH_BYTES, bytes, w.len, NULL, 0);
}

/* RFC 4648's alphabet, five bits a character from the first bit on. */
static char base32_at(const uint8_t *bytes, unsigned place)
{
    unsigned bit = 5 * place;
    unsigned two = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[two >> (11 - bit % 8) & 31];
}

void payment_end_to_end_id(const struct payment *p, char id[PAYMENT_ID_SIZE])
{
    CHECK(p->ledger_id != NULL);
    uint8_t hash[LIMIT_HASH_BYTES];
    struct writer w = {(uint8_t *)id, 0, PAYMENT_ID_SIZE - 1, false};

    memset(id, 0, PAYMENT_ID_SIZE);
    payment_hash(p, hash);
    put_bytes(&w, "SLD", 3);
    put_date(&w, p->run_day);
    for (unsigned i = 0; i < ID_HASH_CHARACTERS; i++)
        put_u8(&w, (uint8_t)base32_at(hash, i));
    CHECK(!w.failed);
}

/* The last digit of a national reference number: weights 7, 3, 1 from the right. */
static uint32_t national_check(const char *digits, size_t count)
{
    static const uint32_t weights[3] = {7, 3, 1};
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += weights[i % 3] * (uint32_t)(digits[count - 1 - i] - '0');
    return (10 - sum % 10) % 10;
}

/* ISO 7064 MOD 97-10 over the digits, "RF" as 2715, and 00. */
static uint32_t rf_check(const char *digits, size_t count)
{
    uint32_t rest = 0;

    for (size_t i = 0; i < count; i++)
        rest = (rest * 10 + (uint32_t)(digits[i] - '0')) % 97;
    return 98 - (rest * 1000000 + 271500) % 97;
}

void payment_reference(int32_t run_day, uint32_t provider, char text[PAYMENT_REFERENCE_SIZE])
{
    CHECK(provider >= 1);
    CHECK(provider <= PROVIDER_MAX);
    char digits[DATE_DIGITS + PROVIDER_DIGITS + 1];
    struct writer d = {(uint8_t *)digits, 0, sizeof(digits), false};
    struct writer w = {(uint8_t *)text, 0, PAYMENT_REFERENCE_SIZE - 1, false};

    memset(text, 0, PAYMENT_REFERENCE_SIZE);
    put_date(&d, run_day);
    put_digits(&d, provider, PROVIDER_DIGITS);
    put_digits(&d, national_check(digits, d.len), 1);
    put_bytes(&w, "RF", 2);
    put_digits(&w, rf_check(digits, d.len), 2);
    put_bytes(&w, digits, d.len);
    CHECK(!d.failed);
    CHECK(!w.failed);
}

/* ---- The payees of a run ----------------------------------------------------------------------
 */

static void hash_number(struct payees *p, uint64_t number, size_t bytes)
{
    uint8_t big[8];
    struct writer w = {big, 0, sizeof(big), false};

    put_u64(&w, number);
    crypto_generichash_update(&p->state, big + sizeof(big) - bytes, bytes);
}

static void hash_text(struct payees *p, struct text text)
{
    hash_number(p, text.len, 4);
    crypto_generichash_update(&p->state, (const uint8_t *)text.bytes, text.len);
}

void payees_begin(struct payees *p, const struct payees_run *run)
{
    static const char name[] = "saldo/v1/payees"; /* hashed with its NUL */

    crypto_generichash_init(&p->state, NULL, 0, LIMIT_HASH_BYTES);
    crypto_generichash_update(&p->state, (const uint8_t *)name, sizeof(name));
    hash_text(p, run->organiser);
    hash_number(p, (uint64_t)run->run_day, 4);
    hash_text(p, run->iban);
}

void payees_add(struct payees *p, const struct payee *to)
{
    hash_text(p, to->provider);
    hash_number(p, (uint64_t)to->cents, 8);
    hash_text(p, to->iban);
    hash_text(p, to->account_name);
    hash_text(p, to->business_id);
    hash_text(p, to->end_to_end_id);
    hash_text(p, to->reference);
}

void payees_end(struct payees *p, uint8_t hash[LIMIT_HASH_BYTES])
{
    crypto_generichash_final(&p->state, hash, LIMIT_HASH_BYTES);
}
