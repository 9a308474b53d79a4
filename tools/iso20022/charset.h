/* charset.h - the characters and lengths that banks take in payment files.
 *
 * The SEPA Latin set: letters a-z and A-Z, digits, space and / - ? : ( ) . , ' +
 * Names may also have the letters of Finnish and Swedish; ids may not. Pure; any thread. */
#ifndef TOOLS_ISO20022_CHARSET_H
#define TOOLS_ISO20022_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

enum {
    CHARSET_NAME_MAX = 70, /* characters */
    CHARSET_ID_MAX = 35,
    CHARSET_TEXT_MAX = 140,
    CHARSET_NAME_BYTES = 2 * CHARSET_NAME_MAX + 1, /* the letters of Finnish have two bytes */
};

/* The name as the bank takes it: letters with other marks lose them, ligatures are spelt out, "&"
 * becomes "+", and what is left, control characters and bad UTF-8 too, becomes "."; spaces at the
 * ends go, and everything behind 70 characters. False: no letter or digit is left. */
bool charset_name(const char *name, char out[CHARSET_NAME_BYTES]);

/* 1 to `most` characters, all of the set with the Finnish letters. */
bool charset_text_valid(const char *text, size_t most);
/* 1 to 35 characters of the set without them, no space at the ends, no "/" at the ends, no "//". */
bool charset_id_valid(const char *text);

#endif
