/* key.c - key files: a seed of 32 bytes each, from which both pairs are derived. */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

enum { SEED_BYTES = 32, STACK_TO_WIPE = 4096 };

bool client_key_name_valid(const char *name)
{
    size_t len = strlen(name);
    if (len < 1 || len > CLIENT_KEY_NAME_MAX || name[0] == '.')
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

/* Curve25519 from the same seed, by a hash of its own: neither secret tells the other. */
static void derive(const uint8_t seed[SEED_BYTES], struct client_key *k)
{
    static const uint8_t label[] = {'s', 'a', 'l', 'd', 'o', '/', 'v', '1', '/',
                                    't', 'r', 'a', 'n', 's', 'p', 'o', 'r', 't'};
    crypto_sign_seed_keypair(k->sign_public, k->sign_secret, seed);
    crypto_generichash(k->transport_secret, sizeof(k->transport_secret), label, sizeof(label), seed,
                       SEED_BYTES);
    crypto_scalarmult_base(k->transport_public, k->transport_secret);
    envelope_key_id(k->sign_public, k->key_id);
}

struct parse {
    uint8_t seed[SEED_BYTES];
    bool version_seen;
    bool seed_seen;
};

static int key_line(void *user, const char *section, const char *name, const char *value)
{
    struct parse *p = user;
    if (strcmp(section, "key") != 0)
        return 0;
    if (strcmp(name, "version") == 0 && !p->version_seen) {
        p->version_seen = true;
        return strcmp(value, "1") == 0;
    }
    if (strcmp(name, "seed") == 0 && !p->seed_seen) {
        p->seed_seen = true;
        return client_hex_read(value, p->seed, sizeof(p->seed));
    }
    return 0;
}

static enum saldo_error parse_seed(FILE *f, const char *file, struct parse *p,
                                   struct client_detail *d)
{
    char buffer[BUFSIZ]; /* ours, so that no copy of the seed stays in stdio's memory */
    (void)setvbuf(f, buffer, _IOFBF, sizeof(buffer));
    int line = ini_parse_file(f, key_line, p);
    sodium_memzero(buffer, sizeof(buffer));

    if (line != 0)
        client_explain(d, "%.300s:%d: not a line of a key file", file, line);
    else if (!p->version_seen || !p->seed_seen)
        client_explain(d, "%.300s: %s is missing", file, p->version_seen ? "seed" : "version");
    else
        return SALDO_OK;
    errno = EBADMSG;
    return SALDO_ERROR_KEY;
}

/* A key that others can read is no longer a key: say so before it is used. */
static enum saldo_error check_mode(int fd, const char *file, struct client_detail *d)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        client_explain(d, "%.300s: not a file", file);
        errno = EBADMSG;
        return SALDO_ERROR_KEY;
    }
    if ((st.st_mode & 0077) != 0) {
        client_explain(d, "%.180s can be read or written by others (mode %04o): chmod 600 %.180s",
                       file, (unsigned)(st.st_mode & 07777), file);
        errno = EPERM;
        return SALDO_ERROR_KEY;
    }
    return SALDO_OK;
}

/* keys/NAME.key below `path`. */
static enum saldo_error key_file(const char *path, const char *name, char file[PATH_MAX],
                                 struct client_detail *d)
{
    if (!client_key_name_valid(name)) {
        client_explain(d, "'%.80s' is not the name of a key: 1 to 64 letters, digits, . _ -", name);
        errno = EINVAL;
        return SALDO_ERROR_KEY;
    }
    int len = snprintf(file, PATH_MAX, "%s/keys/%s.key", path, name);
    if (len < 0 || len >= PATH_MAX) {
        client_explain(d, "the path of the key '%s' is too long", name);
        errno = ENAMETOOLONG;
        return SALDO_ERROR_KEY;
    }
    return SALDO_OK;
}

enum saldo_error client_key_read(const char *path, const char *name, struct client_key *out,
                                 struct client_detail *d)
{
    char file[PATH_MAX];
    enum saldo_error e = key_file(path, name, file, d);
    if (e != SALDO_OK)
        return e;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO shall not hold us */
    FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
    if (f == NULL) {
        int saved = errno;
        client_explain(d, "%.300s: %s", file, strerror(saved));
        if (fd >= 0)
            close(fd);
        errno = saved;
        return SALDO_ERROR_KEY;
    }
    struct parse p = {0};
    e = check_mode(fd, file, d);
    if (e == SALDO_OK)
        e = parse_seed(f, file, &p, d);
    if (e == SALDO_OK)
        derive(p.seed, out);
    int saved = errno;
    fclose(f);
    sodium_memzero(&p, sizeof(p));
    sodium_stackzero(STACK_TO_WIPE); /* inih's line */
    errno = saved;
    return e;
}

/* ---- Making one --------------------------------------------------------------------------- */

static bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* So that the new name survives a power cut. */
static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

static enum saldo_error write_seed(const char *file, const uint8_t seed[SEED_BYTES])
{
    char hex[2 * SEED_BYTES + 1];
    char text[sizeof(hex) + 64];
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return SALDO_ERROR_KEY;
    sodium_bin2hex(hex, sizeof(hex), seed, SEED_BYTES);
    int len = snprintf(text, sizeof(text), "[key]\nversion=1\nseed=%s\n", hex);
    bool ok = fchmod(fd, 0600) == 0 && write_all(fd, text, (size_t)len); /* whatever the umask */
    int saved = errno;
    ok = close(fd) == 0 && ok;
    sodium_memzero(hex, sizeof(hex));
    sodium_memzero(text, sizeof(text));
    if (!ok) {
        unlink(file);
        errno = saved;
    }
    return ok ? SALDO_OK : SALDO_ERROR_KEY;
}

enum saldo_error saldo_keygen(const char *home, const char *name, uint8_t signing_key[32],
                              uint8_t transport_key[32])
{
    char path[PATH_MAX];
    char keys[PATH_MAX];
    char file[PATH_MAX];
    struct client_detail d;
    if (!client_init() || client_home_path(home, path, &d) != SALDO_OK)
        return SALDO_ERROR_CONFIG;
    enum saldo_error e = key_file(path, name, file, &d);
    if (e != SALDO_OK)
        return e;
    (void)snprintf(keys, sizeof(keys), "%.*s/keys", PATH_MAX - 8, path);
    if (!make_folder(path) || !make_folder(keys))
        return SALDO_ERROR_CONFIG;

    uint8_t seed[SEED_BYTES];
    struct client_key k;
    randombytes_buf(seed, sizeof(seed));
    derive(seed, &k);
    e = write_seed(file, seed);
    if (e == SALDO_OK && !sync_folder(keys))
        e = SALDO_ERROR_KEY;
    if (e == SALDO_OK) {
        memcpy(signing_key, k.sign_public, sizeof(k.sign_public));
        memcpy(transport_key, k.transport_public, sizeof(k.transport_public));
    }
    sodium_memzero(seed, sizeof(seed));
    sodium_memzero(&k, sizeof(k));
    return e;
}

enum saldo_error saldo_key_public(const char *home, const char *name, uint8_t signing_key[32],
                                  uint8_t transport_key[32])
{
    char path[PATH_MAX];
    struct client_detail d;
    struct client_key k;
    if (!client_init() || client_home_path(home, path, &d) != SALDO_OK)
        return SALDO_ERROR_CONFIG;
    enum saldo_error e = client_key_read(path, name, &k, &d);
    if (e != SALDO_OK)
        return e;
    memcpy(signing_key, k.sign_public, sizeof(k.sign_public));
    memcpy(transport_key, k.transport_public, sizeof(k.transport_public));
    sodium_memzero(&k, sizeof(k));
    return SALDO_OK;
}
