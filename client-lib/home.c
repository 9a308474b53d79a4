/* home.c - the home folder and its saldo.conf. */
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void client_explain(struct client_detail *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(d->text, sizeof(d->text), format, args);
    va_end(args);
}

enum saldo_error client_home_path(const char *home, char path[PATH_MAX], struct client_detail *d)
{
    const char *below = "";
    if (home == NULL)
        home = getenv("SALDO_HOME");
    if (home == NULL) {
        home = getenv("HOME");
        below = "/.saldo";
    }
    if (home == NULL || home[0] == '\0') {
        client_explain(d, "no home folder: neither SALDO_HOME nor HOME is set");
        return SALDO_ERROR_CONFIG;
    }
    int len = snprintf(path, PATH_MAX, "%s%s", home, below);
    if (len < 0 || len >= PATH_MAX) {
        client_explain(d, "the path of the home folder is too long");
        return SALDO_ERROR_CONFIG;
    }
    return SALDO_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The same time whatever the digits are worth is not needed: a seed is read from its owner's
 * own file. */
bool client_hex_read(const char *text, uint8_t *bytes, size_t len)
{
    if (strlen(text) != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

enum field { ENDPOINT, TRANSPORT_KEY, LEDGER_ID, LEDGER_KEY, SIMULATED, KEY, FIELD_COUNT };
static const char *const field_names[FIELD_COUNT] = {
    "endpoint", "transport_key", "ledger_id", "ledger_key", "simulated", "key",
};

struct parse {
    struct client_home *home;
    bool seen[FIELD_COUNT];
    char problem[CLIENT_DETAIL_MAX / 2]; /* the first one; inih counts the lines */
};

static bool text_set(char *out, size_t size, const char *value)
{
    if (strlen(value) >= size)
        return false;
    memcpy(out, value, strlen(value) + 1);
    return true;
}

/* NULL, or what the value should have been. */
static const char *field_set(struct client_home *h, enum field f, const char *value)
{
    switch (f) {
    case ENDPOINT:
        if (strncmp(value, "tcp://", 6) != 0 && strncmp(value, "ipc://", 6) != 0)
            return "tcp://HOST:PORT or ipc://PATH";
        return text_set(h->endpoint, sizeof(h->endpoint), value) ? NULL : "at most 150 bytes";
    case TRANSPORT_KEY:
        return client_hex_read(value, h->transport_key, sizeof(h->transport_key))
                   ? NULL
                   : "64 hexadecimal digits";
    case LEDGER_ID:
        return client_hex_read(value, h->ledger_id, sizeof(h->ledger_id)) ? NULL
                                                                          : "32 hexadecimal digits";
    case LEDGER_KEY:
        return client_hex_read(value, h->ledger_key, sizeof(h->ledger_key))
                   ? NULL
                   : "64 hexadecimal digits";
    case SIMULATED:
        h->simulated = strcmp(value, "1") == 0;
        return h->simulated || strcmp(value, "0") == 0 ? NULL : "0 or 1";
    case KEY:
        return client_key_name_valid(value) && text_set(h->key, sizeof(h->key), value)
                   ? NULL
                   : "the name of a key";
    case FIELD_COUNT:
        break;
    }
    return "known";
}

static int reject(struct parse *p, const char *name, const char *what, const char *wanted)
{
    if (p->problem[0] == '\0')
        (void)snprintf(p->problem, sizeof(p->problem), "%.40s: %s%s", name, what, wanted);
    return 0;
}

static int conf_line(void *user, const char *section, const char *name, const char *value)
{
    struct parse *p = user;
    if (strcmp(section, "ledger") != 0)
        return reject(p, name, "not below [ledger]", "");
    for (unsigned f = 0; f < FIELD_COUNT; f++) {
        if (strcmp(name, field_names[f]) != 0)
            continue;
        if (p->seen[f])
            return reject(p, name, "given twice", "");
        p->seen[f] = true;
        const char *wanted = field_set(p->home, (enum field)f, value);
        return wanted == NULL ? 1 : reject(p, name, "is not ", wanted);
    }
    return reject(p, name, "no such setting", "");
}

enum saldo_error client_home_read(struct client_home *h, struct client_detail *d)
{
    char file[PATH_MAX];
    struct parse p = {.home = h};
    int len = snprintf(file, sizeof(file), "%s/saldo.conf", h->path);
    int line = len < 0 || len >= PATH_MAX ? -1 : ini_parse(file, conf_line, &p);

    if (line < 0) {
        client_explain(d, "%.250s/saldo.conf: cannot be read", h->path);
        return SALDO_ERROR_CONFIG;
    }
    if (line > 0) {
        client_explain(d, "%.150s/saldo.conf:%d: %s", h->path, line,
                       p.problem[0] != '\0' ? p.problem : "not a line of the form name = value");
        return SALDO_ERROR_CONFIG;
    }
    for (unsigned f = 0; f < FIELD_COUNT; f++) {
        if (p.seen[f] || f == SIMULATED || f == KEY)
            continue;
        client_explain(d, "%.250s/saldo.conf: %s is missing", h->path, field_names[f]);
        return SALDO_ERROR_CONFIG;
    }
    return SALDO_OK;
}
