/* request.c - from charges to one signed frame.
 *
 * What is refused here would spoil the whole batch at the ledger (BAD_FRAME), or is a slip that
 * the caller can correct at once. What the ledger answers charge by charge is left to it. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "utf8.h"

static const char RECORDED_AT_PROBLEM[] =
    "recorded_at: only a simulated ledger takes its time from requests";

enum saldo_error client_frame_sign(struct saldo *s, enum purpose purpose, const uint8_t *payload,
                                   size_t payload_len, uint32_t count, struct client_frame *out)
{
    struct hash hash;
    struct envelope e = {.purpose = purpose, .payload = payload, .payload_len = payload_len};
    size_t len = envelope_size(payload_len);

    *out = (struct client_frame){.len = len, .purpose = purpose, .count = count};
    if (payload_len < 1 || len > LIMIT_REQUEST_BYTES)
        return client_fail(s, SALDO_ERROR_ARGUMENT, "the request has not from 1 to %d bytes",
                           LIMIT_REQUEST_BYTES);
    out->bytes = malloc(len);
    if (out->bytes == NULL)
        return client_fail(s, SALDO_ERROR_MEMORY, "out of memory");
    memcpy(e.key_id, s->key.key_id, sizeof(e.key_id));
    envelope_hash(payload, payload_len, hash.bytes);
    envelope_sign(purpose, s->home.ledger_id, hash.bytes, s->key.sign_secret, e.signature);
    merkle_request_hash(&e, &hash, &out->request_hash);
    out->len = envelope_write(&e, out->bytes, len);
    return SALDO_OK;
}

void client_frame_free(struct client_frame *f)
{
    free(f->bytes);
    *f = (struct client_frame){0};
}

/* NULL, or what the ledger's decoder would stop at. */
static const char *text_problem(const char *text, size_t max)
{
    size_t len = strnlen(text, max + 1);
    if (len > max)
        return "too long";
    if (!utf8_clean((const uint8_t *)text, len))
        return "not UTF-8, or with a control character";
    return NULL;
}

struct named_text {
    const char *name;
    const char *value;
    size_t max;
};

/* Borrow the charge's texts into `out`. Errors: ARGUMENT. */
static enum saldo_error take_texts(struct saldo *s, size_t index, const struct saldo_charge *c,
                                   struct charge *out)
{
    const char *rate_class = c->rate_class;
    if (rate_class != NULL && strcmp(rate_class, "ALL") == 0)
        rate_class = NULL; /* the wire has one form of it, the empty one */
    const struct named_text texts[] = {
        {"voucher", c->voucher, LIMIT_CODE_BYTES},
        {"service", c->service, LIMIT_CODE_BYTES},
        {"rate_class", rate_class, LIMIT_CODE_BYTES},
        {"reference", c->reference, LIMIT_REFERENCE_BYTES},
    };
    struct text *targets[] = {&out->voucher, &out->service, &out->rate_class, &out->reference};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *value = texts[i].value != NULL ? texts[i].value : "";
        const char *problem = text_problem(value, texts[i].max);
        if (problem != NULL)
            return client_fail(s, SALDO_ERROR_ARGUMENT, "charge %zu: %s: %s", index, texts[i].name,
                               problem);
        *targets[i] = (struct text){.bytes = value, .len = (uint32_t)strlen(value)};
    }
    return SALDO_OK;
}

/* Errors: ARGUMENT. */
static enum saldo_error check_charge(struct saldo *s, size_t index, const struct saldo_charge *c)
{
    if (c->unit > SALDO_PIECE)
        return client_fail(s, SALDO_ERROR_ARGUMENT, "charge %zu: unit: there is no unit %u", index,
                           (unsigned)c->unit);
    if (s->no_local_checks)
        return SALDO_OK;
    if (sodium_is_zero(c->request_id, sizeof(c->request_id)))
        return client_fail(s, SALDO_ERROR_ARGUMENT, "charge %zu: request_id: not set", index);
    if (c->unit < SALDO_HOUR)
        return client_fail(s, SALDO_ERROR_ARGUMENT, "charge %zu: unit: not set", index);
    if (!saldo_voucher_valid(c->voucher))
        return client_fail(s, SALDO_ERROR_ARGUMENT, "voucher %.20s: wrong check character",
                           c->voucher != NULL ? c->voucher : "(not set)");
    return SALDO_OK;
}

static enum saldo_error take_charge(struct saldo *s, size_t index, const struct saldo_charge *c,
                                    struct charge *out)
{
    enum saldo_error e = take_texts(s, index, c, out);
    if (e == SALDO_OK)
        e = check_charge(s, index, c);
    memcpy(out->id, c->request_id, sizeof(out->id));
    out->start_ms = c->start_ms;
    out->end_ms = c->end_ms;
    out->quantity = c->quantity;
    out->price_cents = c->price_cents;
    out->county_cents = c->county_cents;
    out->copay_cents = c->copay_cents;
    out->unit = (uint8_t)c->unit;
    out->identity_checked = c->identity_checked;
    return e;
}

static enum saldo_error sign_charges(struct saldo *s, const struct charge *list, uint32_t count,
                                     struct client_frame *out)
{
    size_t size = codec_charges_size(list, count);
    uint8_t *payload = malloc(size);
    if (payload == NULL)
        return client_fail(s, SALDO_ERROR_MEMORY, "out of memory");
    size_t len = codec_charges_write(list, count, s->recorded_at_ms, payload, size);
    enum saldo_error e = client_frame_sign(s, PURPOSE_CHARGE, payload, len, count, out);
    free(payload);
    return e;
}

enum saldo_error client_frame_charges(struct saldo *s, const struct saldo_charge *charges,
                                      size_t count, struct client_frame *out)
{
    enum saldo_error e = SALDO_OK;
    *out = (struct client_frame){0};
    if (charges == NULL || count < 1 || count > LIMIT_BATCH_ITEMS)
        return client_fail(s, SALDO_ERROR_ARGUMENT, "count: not from 1 to %d", LIMIT_BATCH_ITEMS);
    if (s->recorded_at_ms != 0 && !s->home.simulated)
        return client_fail(s, SALDO_ERROR_ARGUMENT, "%s", RECORDED_AT_PROBLEM);
    struct charge *list = calloc(count, sizeof(*list));
    if (list == NULL)
        return client_fail(s, SALDO_ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < count && e == SALDO_OK; i++)
        e = take_charge(s, i, &charges[i], &list[i]);
    if (e == SALDO_OK)
        e = sign_charges(s, list, (uint32_t)count, out);
    free(list);
    return e;
}

/* ---- Commands and queries ----------------------------------------------------------------- */

enum saldo_error client_frame_message(struct saldo *s, enum purpose purpose, const uint8_t *payload,
                                      size_t payload_len, struct client_frame *out)
{
    static const uint8_t no_digest[16]; /* digests are the ledger's business */
    struct request request = {0};
    struct arena arena;
    *out = (struct client_frame){0};
    if (payload == NULL || payload_len < 1 || payload_len > LIMIT_REQUEST_BYTES)
        return client_fail(s, SALDO_ERROR_ARGUMENT, "the request has not from 1 to %d bytes",
                           LIMIT_REQUEST_BYTES);
    size_t size = codec_arena_size(payload_len);
    void *memory = malloc(size);
    if (memory == NULL)
        return client_fail(s, SALDO_ERROR_MEMORY, "out of memory");
    arena_init(&arena, memory, size);
    enum saldo_error e = SALDO_OK;
    if (!codec_decode(purpose, payload, payload_len, no_digest, &arena, &request))
        e = client_fail(s, SALDO_ERROR_ARGUMENT, "not a canonical %s within the limits",
                        purpose == PURPOSE_QUERY        ? "saldo.v1.QueryRequest"
                        : purpose == PURPOSE_SETTLEMENT ? "single settle_day"
                                                        : "saldo.v1.CommandRequest");
    else if (request.recorded_at_ms != 0 && !s->home.simulated)
        e = client_fail(s, SALDO_ERROR_ARGUMENT, "%s", RECORDED_AT_PROBLEM);
    free(memory);
    if (e != SALDO_OK)
        return e;
    return client_frame_sign(s, purpose, payload, payload_len,
                             purpose == PURPOSE_QUERY ? 0 : request.count, out);
}
