/* The files of settings: saldod.conf, a home's saldo.conf, a backup's MANIFEST, what an ERP wants
 * of a posting, and a key as the daemon and as libsaldo read it. Whatever is read of them is within
 * its bounds, and what is wrong is said in a sentence. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/manifest.h"
#include "base/check.h"
#include "config.h"
#include "internal.h"
#include "posting.h"
#include "secret.h"
#include "tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 6 };
static const char *const files[FILES] = {"saldod.conf", "saldo.conf", "MANIFEST",
                                         "posting.ini", "ledger.key", "keys/k.key"};
static char folder[CONFIG_DIR_MAX + 1];

static void path_of(const char *file, char path[CONFIG_TEXT_MAX])
{
    snprintf(path, CONFIG_TEXT_MAX, "%s/%s", folder, file);
}

static void remove_all(void)
{
    char path[CONFIG_TEXT_MAX];
    for (size_t i = 0; i < FILES; i++) {
        path_of(files[i], path);
        unlink(path);
    }
    path_of("keys", path);
    rmdir(path);
    rmdir(folder);
}

static void prepare(void)
{
    const char *base = getenv("TMPDIR");
    char path[CONFIG_TEXT_MAX];
    if (base == NULL || strlen(base) > CONFIG_DIR_MAX - 8)
        base = "/tmp";
    snprintf(folder, sizeof(folder), "%s/XXXXXX", base);
    CHECK(mkdtemp(folder) != NULL);
    path_of("keys", path);
    CHECK(mkdir(path, 0700) == 0);
    CHECK(atexit(remove_all) == 0);
}

static void write_file(const char *file, const uint8_t *data, size_t size)
{
    char path[CONFIG_TEXT_MAX];
    path_of(file, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK(write(fd, data, size) == (ssize_t)size);
    close(fd);
}

static void daemon_settings(void)
{
    struct config c;
    char error[CONFIG_TEXT_MAX] = "";
    if (config_read(folder, &c, error) != FAULT_NONE) {
        CHECK(error[0] != '\0');
        return;
    }
    CHECK(c.listen_count <= CONFIG_LISTEN_MAX && c.workers >= 1 && c.workers <= 64);
    CHECK(c.night_late_h >= 1 && c.night_late_h <= 168);
    CHECK(c.limits.charges <= 130000000 && c.limits.charges >= 400000);
}

static void home_settings(void)
{
    struct client_home h = {0};
    struct client_detail d = {.text = ""};
    CHECK(client_home_path(folder, h.path, &d) == SALDO_OK);
    CHECK(client_home_read(&h, &d) == SALDO_OK || d.text[0] != '\0');
}

static void backup_settings(void)
{
    struct manifest m;
    if (manifest_read(folder, &m) == TOOL_OK)
        CHECK(m.watermark <= m.last);
}

static void posting_settings(void)
{
    static FILE *null;
    char path[CONFIG_TEXT_MAX];
    struct posting p;
    if (null == NULL)
        null = fopen("/dev/null", "w");
    CHECK(null != NULL);
    struct report report = {.out = null, .file = "f"};
    path_of("posting.ini", path);
    posting_defaults(&p);
    CHECK(posting_read(&p, path, &report) == (report.count == 0));
    CHECK(p.count <= POSTING_COLUMNS_MAX);
    if (report.count == 0)
        posting_header(&p, null);
}

/* One format, two readers. */
static void daemon_key(void)
{
    char path[CONFIG_TEXT_MAX];
    struct secret s;
    path_of("ledger.key", path);
    if (secret_read(path, &s) == FAULT_NONE)
        secret_wipe(&s);
}

static void client_key(void)
{
    struct client_key k;
    struct client_detail d = {.text = ""};
    CHECK(client_key_read(folder, "k", &k, &d) == SALDO_OK || d.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void (*const read[FILES])(void) = {daemon_settings,  home_settings, backup_settings,
                                       posting_settings, daemon_key,    client_key};
    if (size == 0)
        return 0;
    if (folder[0] == '\0')
        prepare();
    write_file(files[data[0] % FILES], data + 1, size - 1);
    read[data[0] % FILES]();
    return 0;
}
