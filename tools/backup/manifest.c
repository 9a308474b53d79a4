#include "backup/manifest.h"

#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/files.h"
#include "text.h"
#include "tool.h"

const char *const manifest_names[MANIFEST_FILES] = {
    [MANIFEST_JOURNAL] = "journal/data.mdb",
    [MANIFEST_TABLES] = "tables/data.mdb",
    [MANIFEST_CONF] = "saldod.conf",
};

static const char *const keys[MANIFEST_FILES] = {"journal", "tables", "conf"};

int manifest_write(const char *folder, const struct manifest *m)
{
    char text[2048];
    char hex[MANIFEST_FILES + 3][2 * LIMIT_HASH_BYTES + 1];
    char path[FILES_PATH_MAX];
    for (int i = 0; i < MANIFEST_FILES; i++)
        text_hex(m->files[i].hash.bytes, LIMIT_HASH_BYTES, hex[i]);
    int len = snprintf(
        text, sizeof(text),
        "; A copy of a ledger, made by saldo backup; saldo restore makes a ledger of it.\n"
        "[saldo-backup]\nformat=%d\nledger_id=%s\nledger_key=%s\nsimulated=%d\nmade_ms=%" PRId64
        "\nlast=%" PRIu64 "\nhead=%s\nwatermark=%" PRIu64 "\n",
        MANIFEST_FORMAT, text_hex(m->ledger_id, LEDGER_ID_BYTES, hex[MANIFEST_FILES]),
        text_hex(m->ledger_key, LIMIT_KEY_BYTES, hex[MANIFEST_FILES + 1]), m->simulated, m->made_ms,
        m->last, text_hex(m->head.bytes, LIMIT_HASH_BYTES, hex[MANIFEST_FILES + 2]), m->watermark);
    for (int i = 0; i < MANIFEST_FILES; i++)
        len +=
            snprintf(text + len, sizeof(text) - (size_t)len, "%s_bytes=%" PRIu64 "\n%s_hash=%s\n",
                     keys[i], m->files[i].bytes, keys[i], hex[i]);
    int rc = files_path(path, folder, "MANIFEST");
    return rc == TOOL_OK ? files_write(path, text, (size_t)len) : rc;
}

/* ---- Reading ---- */

enum { LINES = 8 + 2 * MANIFEST_FILES };

struct reading {
    struct manifest *m;
    uint32_t seen; /* a bit a line: each is there once */
    uint64_t format;
};

static bool number(const char *value, uint64_t *out)
{
    int64_t n;
    if (!text_integer(value, 0, INT64_MAX, &n))
        return false;
    *out = (uint64_t)n;
    return true;
}

/* Which line it is; LINES: none of ours. */
static uint32_t take(struct reading *r, const char *name, const char *value, bool *good)
{
    struct manifest *m = r->m;
    uint64_t flag = 0, made = 0;
    const struct {
        const char *name;
        uint64_t *number;
        void *bytes;
        size_t len;
    } lines[LINES] = {
        {"format", &r->format, NULL, 0},
        {"ledger_id", NULL, m->ledger_id, sizeof(m->ledger_id)},
        {"ledger_key", NULL, m->ledger_key, sizeof(m->ledger_key)},
        {"simulated", &flag, NULL, 0},
        {"made_ms", &made, NULL, 0},
        {"last", &m->last, NULL, 0},
        {"head", NULL, m->head.bytes, LIMIT_HASH_BYTES},
        {"watermark", &m->watermark, NULL, 0},
        {"journal_bytes", &m->files[MANIFEST_JOURNAL].bytes, NULL, 0},
        {"journal_hash", NULL, m->files[MANIFEST_JOURNAL].hash.bytes, LIMIT_HASH_BYTES},
        {"tables_bytes", &m->files[MANIFEST_TABLES].bytes, NULL, 0},
        {"tables_hash", NULL, m->files[MANIFEST_TABLES].hash.bytes, LIMIT_HASH_BYTES},
        {"conf_bytes", &m->files[MANIFEST_CONF].bytes, NULL, 0},
        {"conf_hash", NULL, m->files[MANIFEST_CONF].hash.bytes, LIMIT_HASH_BYTES},
    };
    for (uint32_t i = 0; i < LINES; i++) {
        if (strcmp(name, lines[i].name) != 0)
            continue;
        *good = lines[i].number != NULL ? number(value, lines[i].number)
                                        : text_unhex(value, lines[i].bytes, lines[i].len);
        if (lines[i].number == &flag) {
            m->simulated = flag != 0;
            *good = *good && flag <= 1;
        } else if (lines[i].number == &made) {
            m->made_ms = (int64_t)made;
        }
        return i;
    }
    return LINES;
}

/* Returns what ini_parse() wants: 0 is an error. */
static int on_line(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;
    bool good = false;
    if (strcmp(section, "saldo-backup") != 0)
        return 0;
    uint32_t line = take(r, name, value, &good);
    if (line == LINES || !good || (r->seen >> line & 1) != 0)
        return 0;
    r->seen |= UINT32_C(1) << line;
    return 1;
}

int manifest_read(const char *folder, struct manifest *out)
{
    struct reading r = {.m = out};
    char path[FILES_PATH_MAX];
    memset(out, 0, sizeof(*out));
    int rc = files_path(path, folder, "MANIFEST");
    if (rc != TOOL_OK)
        return rc;
    int line = ini_parse(path, on_line, &r);
    if (line < 0)
        return tool_fail(TOOL_INPUT, "%s: %s: not a backup, or one that was not finished", path,
                         strerror(errno));
    if (r.format != 0 && r.format != MANIFEST_FORMAT)
        return tool_fail(TOOL_INPUT, "%s: format %" PRIu64 " is newer than this program", path,
                         r.format);
    if (line > 0)
        return tool_fail(TOOL_INPUT, "%s:%d: not a line of a manifest", path, line);
    if (r.seen != (UINT32_C(1) << LINES) - 1)
        return tool_fail(TOOL_INPUT, "%s: lines are missing", path);
    if (out->watermark > out->last)
        return tool_fail(TOOL_INPUT, "%s: the tables are ahead of the journal", path);
    return TOOL_OK;
}
