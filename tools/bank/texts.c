#include "bank/texts.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

const char *texts_cut(struct slab *slab, const char *text)
{
    size_t len = strlen(text);

    if (len <= LIMIT_REFERENCE_BYTES)
        return text;
    for (len = LIMIT_REFERENCE_BYTES; len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80; len--)
        ;
    char *copy = slab_alloc(slab, len + 1);
    snprintf(copy, len + 1, "%s", text);
    return copy;
}

void texts_identity(const char *tag, const char *const *texts, uint8_t out[TEXTS_IDENTITY_BYTES])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, TEXTS_IDENTITY_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)tag, strlen(tag) + 1);
    for (; *texts != NULL; texts++) {
        size_t len = strlen(*texts);
        const uint8_t size[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                                 (uint8_t)len};
        crypto_generichash_update(&state, size, sizeof(size));
        crypto_generichash_update(&state, (const uint8_t *)*texts, len);
    }
    crypto_generichash_final(&state, out, TEXTS_IDENTITY_BYTES);
}
