#include "config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "log.h"
#include "monitor/monitor.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

struct reading {
    struct config *config;
    char error[CONFIG_TEXT_MAX]; /* the first one */
};

void config_path(const struct config *c, const char *name, char path[CONFIG_TEXT_MAX])
{
    int len = snprintf(path, CONFIG_TEXT_MAX, "%s/%s", c->dir, name);
    CHECK(len > 0);
    CHECK(len < CONFIG_TEXT_MAX); /* the directory is bounded and names are ours */
}

enum fault config_defaults(const char *dir, struct config *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t len = strlen(dir);

    memset(c, 0, sizeof(*c));
    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (len == 0 || len > CONFIG_DIR_MAX)
        return FAULT_CONFIG;
    memcpy(c->dir, dir, len);
    snprintf(c->ipc, sizeof(c->ipc), "ipc://%s/run/saldod.ipc", c->dir);
    c->workers = cores < 1 ? 1 : cores > 64 ? 64 : (uint32_t)cores;
    c->limits =
        (struct ledger_limits){.charges = 16000000, .vouchers = 4000000, .buckets = 8000000};
    c->journal_map_bytes = 256 * GIB;
    c->tables_map_bytes = 256 * GIB;
    c->disk_free_min_bytes = 512 * MIB;
    c->final_checkpoint = true;
    c->log_level = LOG_LEVEL_INFO;
    c->night_late_h = 6;
    return FAULT_NONE;
}

static bool number(const char *value, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    if (value[0] < '0' || value[0] > '9')
        return false;
    unsigned long long n = strtoull(value, &end, 10);
    if (errno != 0 || *end != '\0' || n < min || n > max)
        return false;
    *out = n;
    return true;
}

static bool text(char out[CONFIG_TEXT_MAX], const char *value, const char *prefix)
{
    size_t len = strlen(value);
    if (len >= CONFIG_TEXT_MAX || strncmp(value, prefix, strlen(prefix)) != 0)
        return false;
    memcpy(out, value, len + 1);
    return true;
}

static bool log_level(struct config *c, const char *value)
{
    static const struct {
        const char *name;
        int level;
    } levels[] = {{"error", LOG_LEVEL_ERROR},
                  {"warning", LOG_LEVEL_WARNING},
                  {"info", LOG_LEVEL_INFO},
                  {"debug", LOG_LEVEL_DEBUG}};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(value, levels[i].name) == 0) {
            c->log_level = levels[i].level;
            return true;
        }
    }
    return false;
}

/* The settings that are numbers, with their bounds. */
static bool set_number(struct config *c, const char *name, const char *value, bool *known)
{
    struct {
        const char *name;
        uint64_t min, max, unit;
        uint64_t *wide;
        uint32_t *narrow;
        bool *flag;
    } settings[] = {
        {"workers", 1, 64, 1, NULL, &c->workers, NULL},
        {"night_late_hours", 1, 168, 1, NULL, &c->night_late_h, NULL},
        {"overlay_charges", CONFIG_CHARGES_MIN, 130000000, 1, NULL, &c->limits.charges, NULL},
        {"overlay_vouchers", CONFIG_VOUCHERS_MIN, 130000000, 1, NULL, &c->limits.vouchers, NULL},
        {"overlay_buckets", CONFIG_BUCKETS_MIN, 130000000, 1, NULL, &c->limits.buckets, NULL},
        {"journal_map_gb", 1, 65536, GIB, &c->journal_map_bytes, NULL, NULL},
        {"tables_map_gb", 1, 65536, GIB, &c->tables_map_bytes, NULL, NULL},
        {"disk_free_min_mb", 0, 1 << 30, MIB, &c->disk_free_min_bytes, NULL, NULL},
        {"allow_unsafe_fs", 0, 1, 1, NULL, NULL, &c->allow_unsafe_fs},
        {"final_checkpoint", 0, 1, 1, NULL, NULL, &c->final_checkpoint},
    };
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        uint64_t n = 0;
        if (strcmp(name, settings[i].name) != 0)
            continue;
        *known = true;
        if (!number(value, settings[i].min, settings[i].max, &n))
            return false;
        if (settings[i].wide != NULL)
            *settings[i].wide = n * settings[i].unit;
        else if (settings[i].narrow != NULL)
            *settings[i].narrow = (uint32_t)n;
        else if (settings[i].flag != NULL)
            *settings[i].flag = n != 0;
        return true;
    }
    *known = false;
    return false;
}

static bool set(struct config *c, const char *name, const char *value, bool *known)
{
    *known = true;
    if (strcmp(name, "listen") == 0)
        return c->listen_count < CONFIG_LISTEN_MAX &&
               text(c->listen[c->listen_count++], value, "tcp://");
    if (strcmp(name, "ipc") == 0 && strcmp(value, "none") == 0) {
        c->ipc[0] = '\0';
        return true;
    }
    if (strcmp(name, "ipc") == 0)
        return text(c->ipc, value, "ipc://");
    if (strcmp(name, "monitor") == 0 && strcmp(value, "none") == 0) {
        c->monitor[0] = '\0';
        return true;
    }
    if (strcmp(name, "monitor") == 0)
        return text(c->monitor, value, "") && monitor_address_valid(value);
    if (strcmp(name, "log_level") == 0)
        return log_level(c, value);
    return set_number(c, name, value, known);
}

static int on_setting(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;
    bool known = false;
    if (r->error[0] != '\0')
        return 0;
    if (strcmp(section, "saldod") != 0) {
        snprintf(r->error, sizeof(r->error), "unknown section [%.40s]", section);
        return 0;
    }
    if (set(r->config, name, value, &known))
        return 1;
    snprintf(r->error, sizeof(r->error),
             known ? "%.40s has no usable value" : "unknown setting %.40s", name);
    return 0;
}

enum fault config_read(const char *dir, struct config *out, char error[CONFIG_TEXT_MAX])
{
    struct reading r = {.config = out};
    char path[CONFIG_TEXT_MAX];

    error[0] = '\0';
    if (config_defaults(dir, out) != FAULT_NONE) {
        snprintf(error, CONFIG_TEXT_MAX, "the path of the ledger is longer than %d bytes",
                 CONFIG_DIR_MAX);
        return FAULT_CONFIG;
    }
    config_path(out, "saldod.conf", path);
    int line = ini_parse(path, on_setting, &r);
    if (line < 0) {
        snprintf(error, CONFIG_TEXT_MAX, "saldod.conf cannot be read: %.100s", strerror(errno));
        return FAULT_ABSENT;
    }
    if (line > 0) {
        snprintf(error, CONFIG_TEXT_MAX, "saldod.conf:%d: %.100s", line,
                 r.error[0] != '\0' ? r.error : "not name=value");
        return FAULT_CONFIG;
    }
    if (out->listen_count == 0 && out->ipc[0] == '\0') {
        snprintf(error, CONFIG_TEXT_MAX, "saldod.conf: neither listen nor ipc is set");
        return FAULT_CONFIG;
    }
    return FAULT_NONE;
}
