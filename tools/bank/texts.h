/* texts.h - what the ledger keeps of a text, and identities made of texts. Pure but for the slab.
 */
#ifndef TOOLS_BANK_TEXTS_H
#define TOOLS_BANK_TEXTS_H

#include <stdint.h>

#include "slab.h"

enum { TEXTS_IDENTITY_BYTES = 32 };

/* As many whole characters of a UTF-8 text as a reason or a file's name may have in the ledger. The
 * text itself where it is short enough. */
const char *texts_cut(struct slab *slab, const char *text);

/* BLAKE2b-256 of the tag with its NUL, and of each text with its length before it (4 bytes). The
 * list ends with NULL. */
void texts_identity(const char *tag, const char *const *texts, uint8_t out[TEXTS_IDENTITY_BYTES]);

#endif
