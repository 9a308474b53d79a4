/* Payloads: the first byte is the purpose. Charges that are taken are written again to the same
 * bytes, and protobuf-c takes whatever we take. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 1 << 20, PAYLOAD_BYTES_MAX = 16 << 10 };

static const uint8_t KEY[16] = "key of the tests";

static void check_charges(const struct request *r, const uint8_t *payload, size_t len)
{
    size_t size = codec_charges_size(r->charges, r->count);
    uint8_t *again = malloc(size);
    CHECK(again != NULL);
    CHECK(codec_charges_write(r->charges, r->count, r->recorded_at_ms, again, size) == len);
    CHECK(memcmp(again, payload, len) == 0);
    free(again);
}

/* The same charge by way of protobuf-c. */
static void check_messages(const struct request *r, const uint8_t *payload, size_t len)
{
    Saldo__V1__ChargeRequest *m = saldo__v1__charge_request__unpack(NULL, len, payload);
    CHECK(m != NULL);
    CHECK(m->n_charges == r->count);
    for (uint32_t i = 0; i < r->count; i++) {
        struct charge c;
        CHECK(codec_charge_from_message(m->charges[i], KEY, &c));
        CHECK(c.digest == r->charges[i].digest);
    }
    saldo__v1__charge_request__free_unpacked(m, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[ARENA_BYTES];
    struct arena arena;
    struct request r;
    if (size < 1 || size - 1 > PAYLOAD_BYTES_MAX)
        return 0;
    enum purpose purpose = (enum purpose)(data[0] % 6);
    arena_init(&arena, memory, sizeof(memory));
    if (!codec_decode(purpose, data + 1, size - 1, KEY, &arena, &r))
        return 0;
    CHECK(r.count >= 1);
    if (purpose == PURPOSE_CHARGE) {
        check_charges(&r, data + 1, size - 1);
        check_messages(&r, data + 1, size - 1);
    }
    return 0;
}
