#include "iso20022/charset.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(" /-?:().,'+", c) != NULL);
}

static bool is_finnish(uint32_t c)
{
    return c == 0xe4 || c == 0xf6 || c == 0xe5 || c == 0xc4 || c == 0xd6 || c == 0xc5;
}

/* Takes one character; bad UTF-8 is taken byte by byte and gives 0. */
static uint32_t next_character(const char **at)
{
    const uint8_t *b = (const uint8_t *)*at;
    size_t len = b[0] < 0x80 ? 1 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;

    if (strnlen(*at, len) < len || !utf8_clean(b, len)) {
        (*at)++;
        return 0;
    }
    *at += len;
    uint32_t c = len == 1 ? b[0] : b[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (b[i] & 0x3fU);
    return c;
}

/* U+00C0..U+017F without their marks; '*': more than one letter; ' ' stands for ".". */
static const char LATIN[] = "AAAAAA*CEEEEIIIIDNOOOOO OUUUUY**"
                            "aaaaaa*ceeeeiiiidnooooo ouuuuy*y"
                            "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg"
                            "GgGgHhHhIiIiIiIiIi**JjKkkLlLlLlL"
                            "lLlNnNnNnnNnOoOoOo**RrRrRrSsSsSs"
                            "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
_Static_assert(sizeof(LATIN) == 0x180 - 0xc0 + 1, "a letter for each of the two blocks");

static const struct {
    uint32_t from;
    const char *to;
} SPELT[] = {
    {'&', "+"},    {0xc6, "AE"},  {0xe6, "ae"},  {0xde, "TH"},  {0xfe, "th"},   {0xdf, "ss"},
    {0x132, "IJ"}, {0x133, "ij"}, {0x152, "OE"}, {0x153, "oe"}, {0x1e9e, "SS"}, {0x2010, "-"},
    {0x2011, "-"}, {0x2012, "-"}, {0x2013, "-"}, {0x2014, "-"}, {0x2018, "'"},  {0x2019, "'"},
    {0xb4, "'"},   {'`', "'"},    {0xa0, " "},   {0x202f, " "}, {'_', "-"},     {'[', "("},
    {']', ")"},    {'{', "("},    {'}', ")"},    {'\\', "/"},   {0x218, "S"},   {0x219, "s"},
    {0x21a, "T"},  {0x21b, "t"},
};

/* What stands for a character in the bank's set. */
static const char *spelling(uint32_t c, char letter[2])
{
    letter[1] = '\0';
    letter[0] = (char)c;
    if (c < 0x80 && is_plain((unsigned char)c))
        return letter;
    for (size_t i = 0; i < sizeof(SPELT) / sizeof(SPELT[0]); i++)
        if (SPELT[i].from == c)
            return SPELT[i].to;
    letter[0] = c >= 0xc0 && c < 0x180 ? LATIN[c - 0xc0] : '.';
    if (letter[0] == ' ' || letter[0] == '*')
        letter[0] = '.';
    return letter;
}

/* Some systems write a letter and its mark as two characters. Gives the Finnish letter that they
 * make, or 0; the mark alone says nothing. */
static uint32_t composed(char letter, uint32_t mark)
{
    static const struct {
        char letter;
        uint32_t mark, to;
    } pairs[] = {{'a', 0x308, 0xe4}, {'o', 0x308, 0xf6}, {'a', 0x30a, 0xe5},
                 {'A', 0x308, 0xc4}, {'O', 0x308, 0xd6}, {'A', 0x30a, 0xc5}};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (pairs[i].letter == letter && pairs[i].mark == mark)
            return pairs[i].to;
    return 0;
}

struct name {
    char *bytes;
    size_t len, characters;
    bool meaning; /* a letter or digit is in it */
};

static void put_two(struct name *n, uint32_t c)
{
    n->bytes[n->len++] = (char)(0xc0 | c >> 6);
    n->bytes[n->len++] = (char)(0x80 | (c & 0x3f));
}

static void put(struct name *n, uint32_t c)
{
    char letter[2];

    if (n->characters == CHARSET_NAME_MAX)
        return;
    if (is_finnish(c)) {
        put_two(n, c);
        n->characters++;
        n->meaning = true;
        return;
    }
    const char *to = spelling(c, letter);
    for (; *to != '\0' && n->characters < CHARSET_NAME_MAX; to++) {
        if (*to == ' ' && n->len == 0)
            continue;
        n->bytes[n->len++] = *to;
        n->characters++;
        n->meaning = n->meaning || strchr(" /-?:().,'+", *to) == NULL;
    }
}

bool charset_name(const char *name, char out[CHARSET_NAME_BYTES])
{
    struct name n = {.bytes = out};

    while (*name != '\0') {
        uint32_t c = next_character(&name);
        if (c < 0x300 || c > 0x36f) {
            put(&n, c);
            continue;
        }
        uint32_t whole = n.len > 0 ? composed(out[n.len - 1], c) : 0;
        if (whole != 0) {
            n.len--;
            put_two(&n, whole);
        }
    }
    while (n.len > 0 && out[n.len - 1] == ' ')
        n.len--;
    out[n.len] = '\0';
    return n.meaning;
}

bool charset_text_valid(const char *text, size_t most)
{
    size_t count = 0;

    for (; *text != '\0'; count++) {
        uint32_t c = next_character(&text);
        if (!is_finnish(c) && (c >= 0x80 || !is_plain((unsigned char)c)))
            return false;
    }
    return count > 0 && count <= most;
}

bool charset_id_valid(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!is_plain((unsigned char)text[i]))
            return false;
    return len > 0 && len <= CHARSET_ID_MAX && strstr(text, "//") == NULL && text[0] != '/' &&
           text[len - 1] != '/' && text[0] != ' ' && text[len - 1] != ' ';
}
