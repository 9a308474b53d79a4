/* The home folder: what saldo.conf and key files may say, and what is said when they do not. */
#include <errno.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "saldo.h"
#include "tests/support/unit.h"

#define HEX64     "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define HEX32     "00112233445566778899aabbccddeeff"
#define TRANSPORT "transport_key = " HEX64 "\n"
#define ID        "ledger_id=" HEX32 "\n"
#define LEDGER    "ledger_key=" HEX64 "\n"
#define ENDPOINT  "endpoint=tcp://127.0.0.1:1\n"
#define GOOD_CONF "[ledger]\n" ENDPOINT TRANSPORT ID LEDGER "simulated=1\nkey=alpha\n"
#define GOOD_KEY  "[key]\nversion=1\nseed=" HEX64 "\n"

static char home[32];

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", home, name);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[128];
    path_of(name, path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int setup(void **state)
{
    (void)state;
    char keys[128];
    strcpy(home, "/tmp/saldo-home-XXXXXX");
    assert_non_null(mkdtemp(home));
    path_of("keys", keys);
    assert_int_equal(mkdir(keys, 0700), 0);
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"saldo.conf", "keys/alpha.key", "keys/beta.key",
                                        "new/keys/gamma.key"};
    static const char *const folders[] = {"new/keys", "new", "keys", ""};
    char path[128];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        path_of(names[i], path);
        unlink(path);
    }
    for (size_t i = 0; i < COUNT(folders); i++) {
        path_of(folders[i], path);
        rmdir(path);
    }
    return 0;
}

/* Opening gives `error`, and the detail holds `part`. */
static void expect_open(const struct saldo_options *o, enum saldo_error error, const char *part)
{
    struct saldo *s;
    enum saldo_error e = saldo_open(o, &s);
    assert_non_null(s);
    if (strstr(saldo_error_detail(s), part) == NULL)
        print_error("detail: %s\nwanted: %s\n", saldo_error_detail(s), part);
    assert_int_equal(e, error);
    assert_non_null(strstr(saldo_error_detail(s), part));
    if (e != SALDO_OK) { /* a handle that failed makes no calls */
        struct saldo_balance b;
        assert_int_equal(saldo_balance(s, "000100116J", &b), SALDO_ERROR_ARGUMENT);
        assert_int_equal(saldo_fd(s), -1);
    }
    saldo_close(s);
}

static void test_good(void **state)
{
    struct saldo *s;
    uint8_t id[16];
    uint8_t key[32];
    (void)state;
    write_file("saldo.conf", GOOD_CONF, 0644);
    write_file("keys/alpha.key", GOOD_KEY, 0600);
    assert_int_equal(saldo_open(&(struct saldo_options){.home = home}, &s), SALDO_OK);
    assert_true(saldo_is_simulated(s));
    saldo_ledger(s, id, key);
    assert_int_equal(id[1], 0x11);
    assert_int_equal(key[31], 0xff);
    assert_true(saldo_fd(s) >= 0);
    assert_int_equal(saldo_wait_ms(s), -1);
    saldo_close(s);
    saldo_close(NULL);
    assert_int_equal(setenv("SALDO_HOME", home, 1), 0);
    assert_int_equal(saldo_open(NULL, &s), SALDO_OK);
    saldo_close(s);
    assert_int_equal(unsetenv("SALDO_HOME"), 0);
}

static void test_bad_conf(void **state)
{
    static const struct {
        const char *text;
        const char *part;
    } rows[] = {
        {"[ledger]\n" TRANSPORT ID LEDGER "key=alpha\n", "saldo.conf: endpoint is missing"},
        {"[ledger]\n" ENDPOINT ID LEDGER "key=alpha\n", "transport_key is missing"},
        {"[ledger]\n" ENDPOINT TRANSPORT LEDGER "key=alpha\n", "ledger_id is missing"},
        {"[ledger]\n" ENDPOINT TRANSPORT ID "key=alpha\n", "ledger_key is missing"},
        {"[ledger]\n" ENDPOINT TRANSPORT ID LEDGER, "no key"},
        {ENDPOINT "[ledger]\n", "saldo.conf:1: endpoint: not below [ledger]"},
        {"[ledger]\nendpoint=http://x\n", "saldo.conf:2: endpoint: is not tcp://"},
        {"[ledger]\n\nledger_id=12\n", "saldo.conf:3: ledger_id: is not 32 hexadecimal digits"},
        {"[ledger]\nledger_key=" HEX32 "\n", ":2: ledger_key: is not 64"},
        {"[ledger]\ntransport_key=x" HEX64 "\n", ":2: transport_key: is not 64"},
        {"[ledger]\nsimulated=yes\n", ":2: simulated: is not 0 or 1"},
        {"[ledger]\nkey=../x\n", ":2: key: is not the name of a key"},
        {"[ledger]\nkey=.hidden\n", ":2: key: is not the name of a key"},
        {"[ledger]\nkey=a\nkey=b\n", ":3: key: given twice"},
        {"[ledger]\nspeed=9\n", ":2: speed: no such setting"},
        {"[ledger]\nnonsense\n", ":2: not a line of the form name = value"},
        {"[ledger]\n" TRANSPORT ID LEDGER "endpoint=tcp://nowhere\nkey=alpha\n", "endpoint tcp://"},
    };
    (void)state;
    write_file("keys/alpha.key", GOOD_KEY, 0600);
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_file("saldo.conf", rows[i].text, 0600);
        expect_open(&(struct saldo_options){.home = home}, SALDO_ERROR_CONFIG, rows[i].part);
    }
    expect_open(&(struct saldo_options){.home = "/nonexistent/saldo"}, SALDO_ERROR_CONFIG,
                "/nonexistent/saldo/saldo.conf: cannot be read");
}

static void test_bad_options(void **state)
{
    (void)state;
    write_file("saldo.conf", GOOD_CONF, 0600);
    write_file("keys/alpha.key", GOOD_KEY, 0600);
    expect_open(&(struct saldo_options){.home = home, .deadline_ms = -1}, SALDO_ERROR_CONFIG,
                "deadline_ms");
    expect_open(&(struct saldo_options){.home = home, .retry_ms = INT64_MAX}, SALDO_ERROR_CONFIG,
                "retry_ms");
    expect_open(&(struct saldo_options){.home = home, .key = "a/b"}, SALDO_ERROR_KEY,
                "'a/b' is not the name of a key");
}

static void test_bad_key(void **state)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *part;
        int error;
    } rows[] = {
        {GOOD_KEY, 0644, "can be read or written by others (mode 0644): chmod 600", EPERM},
        {GOOD_KEY, 0640, "(mode 0640)", EPERM},
        {"", 0600, "version is missing", EBADMSG},
        {"[key]\nversion=1\n", 0600, "seed is missing", EBADMSG},
        {"[key]\nversion=2\nseed=" HEX64 "\n", 0600, "alpha.key:2: not a line of", EBADMSG},
        {"[key]\nversion=1\nseed=" HEX32 "\n", 0600, "alpha.key:3: not a line of", EBADMSG},
        {"[key]\nversion=1\nversion=1\n", 0600, "alpha.key:3:", EBADMSG},
        {"version=1\n", 0600, "alpha.key:1:", EBADMSG},
        {GOOD_KEY "more=1\n", 0600, "alpha.key:4:", EBADMSG},
    };
    uint8_t a[32];
    uint8_t b[32];
    (void)state;
    write_file("saldo.conf", GOOD_CONF, 0600);
    expect_open(&(struct saldo_options){.home = home}, SALDO_ERROR_KEY, "alpha.key: No such file");
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_file("keys/alpha.key", rows[i].text, rows[i].mode);
        expect_open(&(struct saldo_options){.home = home}, SALDO_ERROR_KEY, rows[i].part);
        errno = 0;
        assert_int_equal(saldo_key_public(home, "alpha", a, b), SALDO_ERROR_KEY);
        assert_int_equal(errno, rows[i].error);
    }
}

/* Both pairs, derived here a second time from the seed in the file. */
static void test_derivation(void **state)
{
    uint8_t seed[32];
    uint8_t want_sign[32];
    uint8_t want_transport[32];
    uint8_t secret[64];
    uint8_t sign[32];
    uint8_t transport[32];
    (void)state;
    write_file("keys/alpha.key", GOOD_KEY, 0600);
    assert_int_equal(saldo_key_public(home, "alpha", sign, transport), SALDO_OK);
    assert_int_equal(sodium_hex2bin(seed, 32, HEX64, 64, NULL, NULL, NULL), 0);
    crypto_sign_seed_keypair(want_sign, secret, seed);
    crypto_generichash(secret, 32, (const uint8_t *)"saldo/v1/transport", 18, seed, 32);
    crypto_scalarmult_base(want_transport, secret);
    assert_memory_equal(sign, want_sign, 32);
    assert_memory_equal(transport, want_transport, 32);
}

static void test_keygen(void **state)
{
    uint8_t sign[2][32];
    uint8_t transport[2][32];
    char path[128];
    char folder[128];
    struct stat st;
    (void)state;
    path_of("new", folder);
    mode_t old = umask(0);
    assert_int_equal(saldo_keygen(folder, "gamma", sign[0], transport[0]), SALDO_OK);
    umask(0777);
    assert_int_equal(saldo_keygen(home, "beta", sign[1], transport[1]), SALDO_OK);
    umask(old);
    assert_memory_not_equal(sign[0], sign[1], 32);
    static const struct {
        const char *name;
        mode_t mode;
    } rows[] = {
        {"new", 0700}, {"new/keys", 0700}, {"new/keys/gamma.key", 0600}, {"keys/beta.key", 0600}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        path_of(rows[i].name, path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, rows[i].mode);
    }
    assert_int_equal(saldo_key_public(folder, "gamma", sign[1], transport[1]), SALDO_OK);
    assert_memory_equal(sign[0], sign[1], 32);
    assert_memory_equal(transport[0], transport[1], 32);
}

static void test_keygen_refuses(void **state)
{
    static const char *const names[] = {
        "",
        ".x",
        "a/b",
        "a b",
        "\xC3\xA4",
        "..",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    uint8_t sign[32];
    uint8_t transport[32];
    uint8_t again[32];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        errno = 0;
        assert_int_equal(saldo_keygen(home, names[i], sign, transport), SALDO_ERROR_KEY);
        assert_int_equal(errno, EINVAL);
    }
    assert_int_equal(saldo_keygen(home, "beta", sign, transport), SALDO_OK);
    assert_int_equal(saldo_keygen(home, "beta", again, transport), SALDO_ERROR_KEY);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(saldo_key_public(home, "beta", again, transport), SALDO_OK);
    assert_memory_equal(sign, again, 32); /* the first one is untouched */
    assert_int_equal(saldo_keygen("/nonexistent/deep/home", "x", sign, transport),
                     SALDO_ERROR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_conf, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_derivation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keygen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keygen_refuses, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
