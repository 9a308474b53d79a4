/* What a daemon that lies, or somebody in its place, answers to libsaldo: no crash, every call
 * ends, and none with an answer that has no receipt. The first byte is the call; then replies, each
 * a byte (1: to the request after the last one sent, which in front of all is the one about to be
 * made), a length in two bytes (big-endian) and so many bytes. The socket and the clock are played:
 * see CLIENT_PLAYED in the Makefile. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"
#include "internal.h"
#include "tests/support/folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum saldo_error __wrap_client_connect(struct saldo *s);
void __wrap_client_disconnect(struct saldo *s);
enum saldo_error __wrap_client_reconnect(struct saldo *s);
enum client_io __wrap_client_send(struct saldo *s, uint64_t ticket, const void *bytes, size_t len);
enum client_io __wrap_client_receive(struct saldo *s, uint64_t *ticket, uint8_t **reply,
                                     size_t *reply_len);
bool __wrap_client_readable(struct saldo *s);
bool __wrap_client_writable(struct saldo *s);
void __wrap_client_sleep(struct saldo *s, int wait_ms);
int64_t __wrap_client_now_ms(void);

static struct reader replies;
static uint64_t asked; /* ticket of the last request */
static int64_t clock_ms = 1000;
static const uint8_t ledger_seed[32] = {1}; /* replies that prove something are signed with it */
static const uint8_t ledger_id[16];

enum saldo_error __wrap_client_connect(struct saldo *s)
{
    s->replace_ms = CLIENT_REPLACE_MS;
    return SALDO_OK;
}

void __wrap_client_disconnect(struct saldo *s)
{
    (void)s;
}

enum saldo_error __wrap_client_reconnect(struct saldo *s)
{
    (void)s;
    return SALDO_OK;
}

enum client_io __wrap_client_send(struct saldo *s, uint64_t ticket, const void *bytes, size_t len)
{
    (void)s;
    (void)bytes;
    (void)len;
    asked = ticket;
    return CLIENT_IO_DONE;
}

enum client_io __wrap_client_receive(struct saldo *s, uint64_t *ticket, uint8_t **reply,
                                     size_t *reply_len)
{
    (void)s;
    *reply = NULL;
    *reply_len = 0;
    const uint8_t how = get_u8(&replies);
    size_t len = get_u16(&replies);
    if (replies.failed)
        return CLIENT_IO_AGAIN;
    if (len > replies.len - replies.at)
        len = replies.len - replies.at;
    const uint8_t *bytes = get_bytes(&replies, len);
    *ticket = asked + (how & 1);
    if (len > 0) {
        *reply = malloc(len); /* exact, so that ASan sees the end */
        CHECK(*reply != NULL);
        memcpy(*reply, bytes, len);
        *reply_len = len;
    }
    return CLIENT_IO_DONE;
}

bool __wrap_client_readable(struct saldo *s)
{
    (void)s;
    return !replies.failed && replies.at < replies.len;
}

bool __wrap_client_writable(struct saldo *s)
{
    (void)s;
    return true;
}

void __wrap_client_sleep(struct saldo *s, int wait_ms)
{
    (void)s;
    clock_ms += wait_ms > 0 ? wait_ms : 1;
}

int64_t __wrap_client_now_ms(void)
{
    return clock_ms;
}

/* ---- The home ---- */

static char *home;

static void remove_home(void)
{
    folder_remove(home);
}

static void write_file(const char *name, const char *text)
{
    char path[PATH_MAX];
    CHECK(snprintf(path, sizeof(path), "%s/%s", home, name) < (int)sizeof(path));
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    CHECK(fputs(text, f) >= 0 && fclose(f) == 0);
    CHECK(chmod(path, 0600) == 0);
}

static struct saldo *open_home(void)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct saldo *s;
    char text[512], hex[65], keys[PATH_MAX];
    uint8_t public_key[32], secret_key[64];
    home = folder_make();
    CHECK(atexit(remove_home) == 0);
    CHECK(snprintf(keys, sizeof(keys), "%s/keys", home) < (int)sizeof(keys));
    CHECK(mkdir(keys, 0700) == 0);
    crypto_sign_seed_keypair(public_key, secret_key, ledger_seed);
    sodium_bin2hex(hex, sizeof(hex), public_key, sizeof(public_key));
    snprintf(text, sizeof(text),
             "[ledger]\nendpoint=tcp://127.0.0.1:7447\ntransport_key=%s\nledger_id=%.32s\n"
             "ledger_key=%s\nsimulated=0\nkey=k\n",
             hex, zeros, hex);
    write_file("saldo.conf", text);
    snprintf(text, sizeof(text), "[key]\nversion=1\nseed=%s\n", zeros);
    write_file("keys/k.key", text);
    const struct saldo_options options = {.home = home, .deadline_ms = 500, .retry_ms = 100};
    CHECK(saldo_open(&options, &s) == SALDO_OK);
    return s;
}

/* ---- The calls ---- */

static void submit(struct saldo *s)
{
    struct saldo_charge c = {.request_id = {1},
                             .voucher = "000100116J",
                             .service = "siivous",
                             .rate_class = "ALL",
                             .unit = SALDO_HOUR,
                             .start_ms = 1772000000000,
                             .end_ms = 1772007200000,
                             .quantity = 120,
                             .price_cents = 3800,
                             .county_cents = 7600};
    struct saldo_answer a = {.code = -1};
    struct saldo_proof proof;
    const void *receipt;
    size_t len;
    uint8_t public_key[32], secret_key[64];
    if (saldo_submit(s, &c, 1, &a) != SALDO_OK)
        return;
    crypto_sign_seed_keypair(public_key, secret_key, ledger_seed);
    CHECK(saldo_receipt(s, &receipt, &len) == SALDO_OK);
    CHECK(saldo_receipt_verify(receipt, len, ledger_id, public_key, &proof) == SALDO_OK);
}

static void balance(struct saldo *s)
{
    struct saldo_balance b = {0};
    if (saldo_balance(s, "000100116J", &b) == SALDO_OK)
        CHECK(replies.at > 0); /* somebody said so */
}

static void query(struct saldo *s)
{
    static const uint8_t status[] = {0x3a, 0x00}; /* StatusQuery */
    const void *reply = NULL;
    size_t len = 0;
    if (saldo_query(s, status, sizeof(status), &reply, &len) == SALDO_OK)
        CHECK(reply != NULL && len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const calls[])(struct saldo *) = {submit, balance, query};
    static struct saldo *s;
    if (size == 0)
        return 0;
    if (s == NULL)
        s = open_home();
    replies = (struct reader){.bytes = data + 1, .len = size - 1};
    calls[data[0] % 3](s);
    CHECK(saldo_error_detail(s) != NULL);
    return 0;
}
