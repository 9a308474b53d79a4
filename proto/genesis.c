#include "genesis.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

static const char LABEL[] = "saldo/v1/genesis"; /* written with its NUL */

enum { FLAG_SIMULATED = 1 };

_Static_assert(sizeof(LABEL) == 17, "counted in GENESIS_BYTES");

void genesis_write(const struct genesis *g, uint8_t bytes[GENESIS_BYTES])
{
    struct writer w = {.bytes = bytes, .size = GENESIS_BYTES};
    put_bytes(&w, LABEL, sizeof(LABEL));
    put_u16(&w, GENESIS_VERSION);
    put_u8(&w, g->simulated ? FLAG_SIMULATED : 0);
    put_bytes(&w, g->ledger_id, sizeof(g->ledger_id));
    put_bytes(&w, g->ledger_key, sizeof(g->ledger_key));
    put_u32(&w, g->clock_skew_ms);
    put_bytes(&w, g->administrator_signing_key, sizeof(g->administrator_signing_key));
    put_bytes(&w, g->administrator_transport_key, sizeof(g->administrator_transport_key));
    put_i64(&w, g->created_ms);
    CHECK(!w.failed);
    CHECK(w.len == GENESIS_BYTES);
}

static void take(struct reader *r, uint8_t *out, size_t len)
{
    const uint8_t *bytes = get_bytes(r, len);
    if (bytes != NULL)
        memcpy(out, bytes, len);
}

bool genesis_read(const uint8_t *bytes, size_t len, struct genesis *out)
{
    if (len != GENESIS_BYTES)
        return false;
    struct reader r = {.bytes = bytes, .len = len};
    const uint8_t *label = get_bytes(&r, sizeof(LABEL));
    uint16_t version = get_u16(&r);
    uint8_t flags = get_u8(&r);
    if (label == NULL || memcmp(label, LABEL, sizeof(LABEL)) != 0 || version != GENESIS_VERSION ||
        (flags & ~FLAG_SIMULATED) != 0)
        return false;
    out->simulated = flags == FLAG_SIMULATED;
    take(&r, out->ledger_id, sizeof(out->ledger_id));
    take(&r, out->ledger_key, sizeof(out->ledger_key));
    out->clock_skew_ms = get_u32(&r);
    take(&r, out->administrator_signing_key, sizeof(out->administrator_signing_key));
    take(&r, out->administrator_transport_key, sizeof(out->administrator_transport_key));
    out->created_ms = get_i64(&r);
    return !r.failed;
}

void genesis_leaf(const uint8_t bytes[GENESIS_BYTES], struct hash *leaf)
{
    struct hash request;
    envelope_hash(bytes, GENESIS_BYTES, request.bytes);
    merkle_leaf(&request, "", 0, leaf);
}
