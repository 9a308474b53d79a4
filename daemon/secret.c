#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

static const char TRANSPORT_LABEL[] = "saldo/v1/transport";

struct key_file {
    struct secret *secret;
    bool version_seen;
    bool seed_seen;
};

static enum fault lock(struct secret *s)
{
    return sodium_mlock(s, sizeof(*s)) == 0 ? FAULT_NONE : FAULT_MEMORY;
}

/* The public halves are always derived: signing with a wrong one would give the secret away. */
static void derive(struct secret *s)
{
    CHECK(crypto_sign_seed_keypair(s->signing_key, s->signing_secret, s->seed) == 0);
    CHECK(crypto_generichash(s->transport_secret, sizeof(s->transport_secret),
                             (const uint8_t *)TRANSPORT_LABEL, sizeof(TRANSPORT_LABEL) - 1, s->seed,
                             sizeof(s->seed)) == 0);
    CHECK(crypto_scalarmult_base(s->transport_key, s->transport_secret) == 0);
}

enum fault secret_make(struct secret *out)
{
    enum fault f = lock(out);
    if (f != FAULT_NONE)
        return f;
    randombytes_buf(out->seed, sizeof(out->seed));
    derive(out);
    return FAULT_NONE;
}

static int on_setting(void *arg, const char *section, const char *name, const char *value)
{
    struct key_file *k = arg;
    size_t len = 0;
    if (strcmp(section, "key") != 0)
        return 0;
    if (strcmp(name, "version") == 0)
        return k->version_seen = strcmp(value, "1") == 0;
    if (strcmp(name, "seed") != 0 || k->seed_seen || strlen(value) != 2 * sizeof(k->secret->seed))
        return 0;
    k->seed_seen = sodium_hex2bin(k->secret->seed, sizeof(k->secret->seed), value, strlen(value),
                                  NULL, &len, NULL) == 0 &&
                   len == sizeof(k->secret->seed);
    return k->seed_seen;
}

enum fault secret_read(const char *path, struct secret *out)
{
    struct key_file k = {.secret = out};
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT ? FAULT_ABSENT : FAULT_IO;
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return FAULT_UNSAFE;
    enum fault f = lock(out);
    if (f != FAULT_NONE)
        return f;
    if (ini_parse(path, on_setting, &k) != 0 || !k.version_seen || !k.seed_seen) {
        secret_wipe(out);
        return FAULT_CORRUPT;
    }
    derive(out);
    return FAULT_NONE;
}

enum fault secret_write(const char *path, const struct secret *s)
{
    char text[160];
    char hex[2 * sizeof(s->seed) + 1];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? FAULT_LOCKED : FAULT_IO;
    sodium_bin2hex(hex, sizeof(hex), s->seed, sizeof(s->seed));
    int len = snprintf(text, sizeof(text), "[key]\nversion=1\nseed=%s\n", hex);
    bool good = write(fd, text, (size_t)len) == len && fsync(fd) == 0;
    bool full = !good && (errno == ENOSPC || errno == EDQUOT);
    sodium_memzero(text, sizeof(text));
    sodium_memzero(hex, sizeof(hex));
    if (!good)
        (void)unlink(path); /* a key that is half there must not be found */
    return close(fd) == 0 && good ? FAULT_NONE : full ? FAULT_FULL : FAULT_IO;
}

void secret_wipe(struct secret *s)
{
    sodium_munlock(s, sizeof(*s)); /* and clears it */
}
