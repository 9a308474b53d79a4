/* receipt.c - receipts: "SALDORCP", version, and three fields with a length of four bytes each:
 * request hash, Decision, packed saldo.v1.Receipt.
 *
 * What a receipt shows: the leaf of (request hash, decision) is in a tree, at the place of the
 * decision's number; the tree's root is in a head; the ledger's key signed the head. The same
 * function judges a fresh reply and stored bytes, on the stored form, so that what was accepted
 * once is accepted later. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "internal.h"

static const uint8_t MAGIC[8] = {'S', 'A', 'L', 'D', 'O', 'R', 'C', 'P'};

enum { VERSION = 1, FIXED_BYTES = sizeof(MAGIC) + 1 + 3 * 4 };

struct span {
    const uint8_t *bytes;
    size_t len;
};

struct parts {
    struct span request_hash;
    struct span decision;
    struct span proof; /* a packed saldo.v1.Receipt */
};

static struct span read_field(struct reader *r)
{
    size_t len = get_u32(r);
    return (struct span){.bytes = get_bytes(r, len), .len = len};
}

static bool parts_read(const void *bytes, size_t len, struct parts *out)
{
    struct reader r = {.bytes = bytes, .len = len};
    const uint8_t *magic = get_bytes(&r, sizeof(MAGIC));
    if (magic == NULL || memcmp(magic, MAGIC, sizeof(MAGIC)) != 0 || get_u8(&r) != VERSION)
        return false;
    out->request_hash = read_field(&r);
    out->decision = read_field(&r);
    out->proof = read_field(&r);
    return !r.failed && r.at == r.len && out->request_hash.bytes != NULL &&
           out->request_hash.len == LIMIT_HASH_BYTES;
}

static void put_field(struct writer *w, const void *bytes, size_t len)
{
    put_u32(w, (uint32_t)len);
    put_bytes(w, bytes, len);
}

/* ---- Proving ------------------------------------------------------------------------------ */

static bool take_hash(const ProtobufCBinaryData *from, struct hash *to)
{
    if (from->len != sizeof(to->bytes))
        return false;
    memcpy(to->bytes, from->data, sizeof(to->bytes));
    return true;
}

/* The packed form again: no second spelling of a proof, nothing unknown in it. */
static bool is_canonical(const Saldo__V1__Receipt *m, struct span bytes)
{
    if (m->base.n_unknown_fields != 0 || saldo__v1__receipt__get_packed_size(m) != bytes.len)
        return false;
    uint8_t *packed = malloc(bytes.len + 1);
    bool same = packed != NULL && saldo__v1__receipt__pack(m, packed) == bytes.len &&
                memcmp(packed, bytes.bytes, bytes.len) == 0;
    free(packed);
    return same;
}

/* NULL, or what does not fit. */
static const char *check_tree(const Saldo__V1__Receipt *m, const struct parts *p, uint64_t number,
                              struct head *h)
{
    struct hash path[MERKLE_PATH_MAX];
    struct hash request;
    struct hash leaf;
    *h = (struct head){.first = m->first, .count = m->count, .time_ms = m->time_ms};
    if (h->count < 1 || h->count > LIMIT_GROUP_ENTRIES || m->index >= h->count)
        return "the place is not in the tree";
    if (number < h->first || number - h->first != m->index)
        return "the number is not the one of its place in the tree";
    if (m->n_path > MERKLE_PATH_MAX || !take_hash(&m->root, &h->root) ||
        !take_hash(&m->previous, &h->previous))
        return "a hash has the wrong size";
    for (size_t i = 0; i < m->n_path; i++) {
        if (!take_hash(&m->path[i], &path[i]))
            return "a hash has the wrong size";
    }
    memcpy(request.bytes, p->request_hash.bytes, sizeof(request.bytes));
    merkle_leaf(&request, p->decision.bytes, p->decision.len, &leaf);
    if (!merkle_check(&leaf, m->index, h->count, path, (uint32_t)m->n_path, &h->root))
        return "the path does not lead from the decision to the root";
    return NULL;
}

static const char *check_signature(const Saldo__V1__Receipt *m, const struct head *h,
                                   const uint8_t ledger_id[16], const uint8_t public_key[32],
                                   struct hash *head)
{
    if (m->signature.len != LIMIT_SIGNATURE_BYTES)
        return "the signature has the wrong size";
    merkle_head(h, head);
    if (!envelope_verify(PURPOSE_HEAD, ledger_id, head->bytes, m->signature.data, public_key))
        return "the ledger's signature is wrong";
    return NULL;
}

/* What is verified, and by which ledger. */
struct claim {
    struct parts parts;
    const uint8_t *ledger_id;
    const uint8_t *public_key;
};

/* NULL, or what does not verify. `scratch` has room for LIMIT_BATCH_ITEMS. */
static const char *prove(const struct claim *c, struct answer *scratch, struct decision *d,
                         struct saldo_proof *out)
{
    struct head h;
    struct hash head;
    if (!codec_decision_read(c->parts.decision.bytes, c->parts.decision.len, d, scratch))
        return "the decision is not canonical";
    Saldo__V1__Receipt *m =
        saldo__v1__receipt__unpack(NULL, c->parts.proof.len, c->parts.proof.bytes);
    if (m == NULL)
        return "the proof is not a saldo.v1.Receipt";
    const char *problem = "the proof is not canonical";
    if (is_canonical(m, c->parts.proof))
        problem = check_tree(m, &c->parts, d->number, &h);
    if (problem == NULL)
        problem = check_signature(m, &h, c->ledger_id, c->public_key, &head);
    saldo__v1__receipt__free_unpacked(m, NULL);
    if (problem != NULL)
        return problem;
    *out = (struct saldo_proof){
        .number = d->number,
        .time_ms = d->time_ms,
        .business_day = d->business_day,
        .simulated = d->simulated,
        .answers = d->count,
        .tree_first = h.first,
        .tree_count = h.count,
    };
    memcpy(out->head, head.bytes, sizeof(out->head));
    memcpy(out->previous, h.previous.bytes, sizeof(out->previous));
    return NULL;
}

static struct saldo_answer answer_of(const struct decision *d, const struct answer *a)
{
    return (struct saldo_answer){
        .code = a->code,
        .have = a->have,
        .need = a->need,
        .pays_on = a->pays_on,
        .duplicate = a->duplicate,
        .number = d->number,
        .time_ms = d->time_ms,
        .business_day = d->business_day,
        .simulated = d->simulated,
    };
}

/* ---- A fresh reply ------------------------------------------------------------------------ */

/* s->receipt from the reply's parts. False: out of memory. */
static bool store(struct saldo *s, const struct hash *request, const Saldo__V1__Reply *reply)
{
    size_t proof_len = saldo__v1__receipt__get_packed_size(reply->receipt);
    size_t size = FIXED_BYTES + LIMIT_HASH_BYTES + reply->decision.len + proof_len;
    struct writer w = {.bytes = malloc(size), .size = size};
    if (w.bytes == NULL)
        return false;
    s->receipt = w.bytes;
    put_bytes(&w, MAGIC, sizeof(MAGIC));
    put_u8(&w, VERSION);
    put_field(&w, request->bytes, sizeof(request->bytes));
    put_field(&w, reply->decision.data, reply->decision.len);
    put_u32(&w, (uint32_t)proof_len);
    s->receipt_len = w.len + saldo__v1__receipt__pack(reply->receipt, w.bytes + w.len);
    return true;
}

static void drop(struct saldo *s)
{
    client_frame_free(&s->receipt_frame);
    free(s->receipt);
    s->receipt = NULL;
    s->receipt_len = 0;
}

/* NULL, or what does not verify in s->receipt. */
static const char *judge(struct saldo *s, uint32_t count, struct decision *d)
{
    struct saldo_proof proof;
    struct claim c = {.ledger_id = s->home.ledger_id, .public_key = s->home.ledger_key};
    if (!parts_read(s->receipt, s->receipt_len, &c.parts))
        return "it cannot be read";
    const char *problem = prove(&c, s->scratch, d, &proof);
    if (problem != NULL)
        return problem;
    if (d->count != count)
        return "not one answer for each item";
    if (d->simulated != s->home.simulated)
        return d->simulated ? "the ledger is a simulated one, saldo.conf does not say so"
                            : "the ledger is a real one, saldo.conf says simulated";
    return NULL;
}

enum saldo_error client_receipt_take(struct saldo *s, struct client_frame *frame,
                                     const Saldo__V1__Reply *reply, struct saldo_answer *answers)
{
    struct decision d;
    drop(s); /* an older one must not pass for this one's */
    if (reply->receipt == NULL || reply->decision.len == 0)
        return client_fail(s, SALDO_ERROR_PROOF, "the reply has no receipt");
    if (!store(s, &frame->request_hash, reply))
        return client_fail(s, SALDO_ERROR_MEMORY, "out of memory");
    s->receipt_frame = *frame;
    frame->bytes = NULL;
    const char *problem = judge(s, frame->count, &d);
    if (problem != NULL)
        return client_fail(s, SALDO_ERROR_PROOF, "receipt: %s", problem);
    for (uint32_t i = 0; i < d.count; i++)
        answers[i] = answer_of(&d, &d.answers[i]);
    return SALDO_OK;
}

enum saldo_error saldo_receipt(const struct saldo *s, const void **bytes, size_t *len)
{
    *bytes = s->receipt;
    *len = s->receipt_len;
    return s->receipt != NULL ? SALDO_OK : SALDO_ERROR_ARGUMENT;
}

enum saldo_error saldo_receipt_request(const struct saldo *s, const void **bytes, size_t *len)
{
    *bytes = s->receipt_frame.bytes;
    *len = s->receipt_frame.len;
    return s->receipt_frame.bytes != NULL ? SALDO_OK : SALDO_ERROR_ARGUMENT;
}

/* ---- Stored bytes ------------------------------------------------------------------------- */

enum saldo_error saldo_receipt_verify(const void *bytes, size_t len, const uint8_t ledger_id[16],
                                      const uint8_t public_key[32], struct saldo_proof *out)
{
    struct decision d;
    struct claim c = {.ledger_id = ledger_id, .public_key = public_key};
    if (!client_init() || !parts_read(bytes, len, &c.parts))
        return SALDO_ERROR_PROTOCOL;
    struct answer *scratch = calloc(LIMIT_BATCH_ITEMS, sizeof(*scratch));
    if (scratch == NULL)
        return SALDO_ERROR_MEMORY;
    const char *problem = prove(&c, scratch, &d, out);
    free(scratch);
    return problem == NULL ? SALDO_OK : SALDO_ERROR_PROOF;
}

enum saldo_error saldo_receipt_answer(const void *bytes, size_t len, uint32_t index,
                                      struct saldo_answer *out)
{
    struct parts p;
    struct decision d;
    enum saldo_error e = SALDO_ERROR_PROTOCOL;
    if (!parts_read(bytes, len, &p))
        return e;
    struct answer *scratch = calloc(LIMIT_BATCH_ITEMS, sizeof(*scratch));
    if (scratch == NULL)
        return SALDO_ERROR_MEMORY;
    if (codec_decision_read(p.decision.bytes, p.decision.len, &d, scratch))
        e = index < d.count ? SALDO_OK : SALDO_ERROR_ARGUMENT;
    if (e == SALDO_OK)
        *out = answer_of(&d, &d.answers[index]);
    free(scratch);
    return e;
}

bool saldo_receipt_covers(const void *receipt, size_t receipt_len, const void *request,
                          size_t request_len)
{
    struct parts p;
    struct envelope e;
    struct hash payload;
    struct hash hash;
    if (!client_init() || !parts_read(receipt, receipt_len, &p) ||
        !envelope_parse(request, request_len, &e))
        return false;
    envelope_hash(e.payload, e.payload_len, payload.bytes);
    merkle_request_hash(&e, &payload, &hash);
    return memcmp(hash.bytes, p.request_hash.bytes, sizeof(hash.bytes)) == 0;
}
