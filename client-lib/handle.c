/* handle.c - the life of a struct saldo, and its errors. */
#include <pthread.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static pthread_once_t init_once = PTHREAD_ONCE_INIT;
static bool init_ok;

/* libzmq draws its reconnect jitter and generated ids from rand(), which it seeds with the time
 * and the process id. */
static void init(void)
{
    init_ok = sodium_init() >= 0;
    if (init_ok)
        srand(randombytes_random());
}

bool client_init(void)
{
    return pthread_once(&init_once, init) == 0 && init_ok;
}

enum saldo_error client_fail(struct saldo *s, enum saldo_error e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s->detail.text, sizeof(s->detail.text), format, args);
    va_end(args);
    return e;
}

enum saldo_error client_begin(struct saldo *s)
{
    if (!s->open)
        return SALDO_ERROR_ARGUMENT; /* the detail of saldo_open() stays */
    s->detail.text[0] = '\0';
    s->code = 0;
    return SALDO_OK;
}

enum saldo_error client_begin_call(struct saldo *s)
{
    if (s->in_callback)
        return client_fail(s, SALDO_ERROR_ARGUMENT, "a blocking call from inside a callback");
    return client_begin(s);
}

static enum saldo_error take_options(struct saldo *s, const struct saldo_options *o)
{
    s->deadline_ms = o->deadline_ms == 0 ? CLIENT_DEADLINE_MS : o->deadline_ms;
    s->retry_ms = o->retry_ms == 0 ? CLIENT_RETRY_MS : o->retry_ms;
    s->no_local_checks = o->no_local_checks;
    if (s->deadline_ms < 1 || s->deadline_ms > INT32_MAX)
        return client_fail(s, SALDO_ERROR_CONFIG, "deadline_ms: not from 1 to %d", INT32_MAX);
    if (s->retry_ms < 1 || s->retry_ms > INT32_MAX / CLIENT_RETRY_GROWTH)
        return client_fail(s, SALDO_ERROR_CONFIG, "retry_ms: not from 1 to %d",
                           INT32_MAX / CLIENT_RETRY_GROWTH);
    return SALDO_OK;
}

static enum saldo_error read_home(struct saldo *s, const struct saldo_options *o)
{
    enum saldo_error e = client_home_path(o->home, s->home.path, &s->detail);
    if (e == SALDO_OK)
        e = client_home_read(&s->home, &s->detail);
    if (e != SALDO_OK)
        return e;
    const char *name = o->key != NULL ? o->key : s->home.key;
    if (name[0] == '\0')
        return client_fail(s, SALDO_ERROR_CONFIG, "no key: neither an option nor saldo.conf");
    /* Where the system allows no locked memory the key is used all the same: refusing would stop
     * every unprivileged caller with a small limit. */
    (void)sodium_mlock(&s->key, sizeof(s->key));
    return client_key_read(s->home.path, name, &s->key, &s->detail);
}

enum saldo_error saldo_open(const struct saldo_options *options, struct saldo **out)
{
    static const struct saldo_options defaults = {0};
    const struct saldo_options *o = options != NULL ? options : &defaults;

    *out = NULL;
    struct saldo *s = calloc(1, sizeof(*s));
    struct answer *scratch = calloc(LIMIT_BATCH_ITEMS, sizeof(*scratch));
    if (s == NULL || scratch == NULL) {
        free(scratch);
        free(s);
        return SALDO_ERROR_MEMORY;
    }
    s->scratch = scratch;
    s->epoll = -1;
    *out = s;
    if (!client_init())
        return client_fail(s, SALDO_ERROR_CONFIG, "the system gives no random numbers");
    enum saldo_error e = take_options(s, o);
    if (e == SALDO_OK)
        e = read_home(s, o);
    if (e == SALDO_OK)
        e = client_connect(s);
    s->open = e == SALDO_OK;
    return e;
}

void saldo_close(struct saldo *s)
{
    if (s == NULL)
        return;
    client_disconnect(s);
    for (unsigned i = 0; i < CLIENT_PENDING_MAX; i++)
        client_pending_free(&s->pending[i]);
    free(s->scratch);
    client_frame_free(&s->receipt_frame);
    free(s->receipt);
    free(s->reply);
    sodium_munlock(&s->key, sizeof(s->key)); /* wipes it */
    free(s);
}

const char *saldo_error_detail(const struct saldo *s)
{
    return s != NULL ? s->detail.text : "out of memory";
}

int saldo_error_code(const struct saldo *s)
{
    return s->code;
}

bool saldo_is_simulated(const struct saldo *s)
{
    return s->home.simulated;
}

void saldo_set_recorded_at(struct saldo *s, int64_t time_ms)
{
    s->recorded_at_ms = time_ms;
}

void saldo_ledger(const struct saldo *s, uint8_t ledger_id[16], uint8_t public_key[32])
{
    memcpy(ledger_id, s->home.ledger_id, sizeof(s->home.ledger_id));
    memcpy(public_key, s->home.ledger_key, sizeof(s->home.ledger_key));
}
