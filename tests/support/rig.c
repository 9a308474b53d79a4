/* rig.c - the pipeline of a ledger in a temporary folder, without its network. */
#include "tests/support/rig.h"

#include <getopt.h>
#include <poll.h>
#include <sodium.h>
#include <unistd.h>

#include "commands.h"
#include "reply/reply.h"
#include "tests/support/folder.h"

static void read_secret(struct rig *f, const char *name, struct secret *out)
{
    char path[CONFIG_TEXT_MAX];
    config_path(&f->config, name, path);
    assert_int_equal(secret_read(path, out), FAULT_NONE);
}

void rig_start(struct rig *f)
{
    const struct books_options books = {.tables = f->tables, .verify = true};
    assert_int_equal(books_open(&f->config, &books, &f->books), FAULT_NONE);
    const struct pipeline_options options = {&f->books, &f->ledger, &f->night};
    assert_int_equal(pipeline_new(&options, &f->pipeline), FAULT_NONE);
    f->ring = pipeline_ring(f->pipeline);
    assert_int_equal(pipeline_start(f->pipeline), FAULT_NONE);
}

void rig_stop(struct rig *f)
{
    ring_drain(f->ring);
    pipeline_stop(f->pipeline);
    pipeline_free(f->pipeline);
    books_close(&f->books);
}

int rig_setup(void **state)
{
    struct rig *f = calloc(1, sizeof(*f));
    char error[CONFIG_TEXT_MAX];
    char dir[CONFIG_TEXT_MAX];
    assert_non_null(f);
    f->folder = folder_make();
    snprintf(dir, sizeof(dir), "%s/l", f->folder);
    char *argv[] = {"saldod", "init", dir, "--simulated", "--allow-unsafe-fs", NULL};
    optind = 0; /* start over */
    assert_int_equal(command_init(3, argv + 2), 0);
    assert_int_equal(config_read(dir, &f->config, error), FAULT_NONE);
    f->config.disk_free_min_bytes = 0;
    config_path(&f->config, "tables", f->tables);
    read_secret(f, "keys/ledger.key", &f->ledger);
    read_secret(f, "keys/settlement.key", &f->night);
    read_secret(f, "home/keys/admin.key", &f->admin);
    read_secret(f, "home/keys/auditor.key", &f->auditor);
    rig_start(f);
    *state = f;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *f = *state;
    rig_stop(f);
    folder_remove(f->folder);
    free(f);
    return 0;
}

size_t rig_sign(const struct rig *f, const struct secret *key, enum purpose purpose,
                const uint8_t *payload, size_t len, uint8_t *frame, size_t size)
{
    struct envelope e = {.purpose = purpose, .payload = payload, .payload_len = len};
    uint8_t hash[LIMIT_HASH_BYTES];
    envelope_key_id(key->signing_key, e.key_id);
    envelope_hash(payload, len, hash);
    envelope_sign(purpose, f->books.genesis.ledger_id, hash, key->signing_secret, e.signature);
    return envelope_write(&e, frame, size);
}

void rig_put(struct rig *f, const struct secret *connection, const uint8_t *frame, size_t len)
{
    struct flow_slot *s = ring_reserve(f->ring, len);
    assert_non_null(s);
    assert_int_equal(zmq_msg_init_size(&s->frame, len), 0);
    memcpy(zmq_msg_data(&s->frame), frame, len);
    memcpy(s->peer_key, connection->transport_key, LIMIT_KEY_BYTES);
    ring_receive(f->ring);
    ring_publish(f->ring);
}

/* The next reply; the caller frees it. */
Saldo__V1__Reply *rig_take(struct rig *f)
{
    struct flow_slot *s;
    zmq_msg_t message;
    while ((s = ring_done(f->ring)) == NULL) {
        struct pollfd fd = {ring_done_fd(f->ring), POLLIN, 0};
        assert_int_equal(poll(&fd, 1, 20000), 1);
        ring_done_clear(f->ring);
    }
    zmq_msg_t *bytes = &s->answer;
    if (!s->answered) {
        assert_true(reply_make(s, &message));
        bytes = &message;
    }
    Saldo__V1__Reply *reply =
        saldo__v1__reply__unpack(NULL, zmq_msg_size(bytes), zmq_msg_data(bytes));
    assert_non_null(reply);
    if (bytes == &message)
        zmq_msg_close(&message);
    ring_release(f->ring);
    return reply;
}

Saldo__V1__Reply *rig_ask(struct rig *f, const struct secret *connection, const uint8_t *frame,
                          size_t len)
{
    rig_put(f, connection, frame, len);
    return rig_take(f);
}
