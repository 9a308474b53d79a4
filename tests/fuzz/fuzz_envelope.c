/* Frames: whatever is taken must be written again to the same bytes. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct envelope e;
    if (!envelope_parse(data, size, &e))
        return 0;
    size_t len = envelope_size(e.payload_len);
    uint8_t *again = malloc(len);
    CHECK(again != NULL);
    CHECK(len == size);
    CHECK(envelope_write(&e, again, len) == size);
    CHECK(memcmp(again, data, size) == 0);
    free(again);
    return 0;
}
