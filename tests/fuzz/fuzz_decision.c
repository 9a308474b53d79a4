/* Decisions: what is read must be written again to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct answer answers[LIMIT_BATCH_ITEMS];
    struct decision d;
    if (!codec_decision_read(data, size, &d, answers))
        return 0;
    size_t room = codec_decision_size(d.count);
    uint8_t *again = malloc(room);
    CHECK(again != NULL);
    CHECK(codec_decision_write(&d, again, room) == size);
    CHECK(size == 0 || memcmp(again, data, size) == 0);
    free(again);
    return 0;
}
