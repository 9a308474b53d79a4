/* bench_rows.c - the county and the charges of bench_load as SQL, for the peer of `make
 * bench-peers`.
 *
 * usage: bench_rows FOLDER VOUCHERS BATCHES ITEMS DAY
 *
 * Writes world.sql and offered.copy (ITEMS charges a batch), which fit the tables of
 * tests/bench/peers/schema.sql. The charges are those that bench_load would sign with salt 0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "calendar.h"
#include "codec.h"
#include "envelope.h"
#include "saldo.h"
#include "tests/support/peer_rows.h"
#include "traffic.h"

static FILE *file_in(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (f == NULL)
        traffic_fail("cannot write", path);
    return f;
}

static void send_commands(void *arg, const uint8_t *payload, size_t len, uint32_t count)
{
    Saldo__V1__CommandRequest *r = saldo__v1__command_request__unpack(NULL, len, payload);
    CHECK(r != NULL && r->n_commands == count);
    for (uint32_t i = 0; i < count; i++)
        peer_rows_command(arg, r->commands[i], 0);
    saldo__v1__command_request__free_unpacked(r, NULL);
}

static void write_frame(FILE *copy, const struct traffic_frame *f, uint64_t batch,
                        struct arena *arena)
{
    static const uint8_t digest_key[16];
    struct envelope e;
    struct request r;
    arena_reset(arena);
    CHECK(envelope_parse(f->bytes, f->len, &e));
    CHECK(codec_decode(PURPOSE_CHARGE, e.payload, e.payload_len, digest_key, arena, &r));
    for (uint32_t i = 0; i < r.count; i++)
        peer_rows_charge(copy, &(struct peer_charge){batch * r.count + i, batch, r.recorded_at_ms,
                                                     e.key_id, &r.charges[i]});
}

static void write_charges(struct traffic *t, const char *folder, uint64_t batches, uint32_t items)
{
    struct arena arena;
    size_t size = codec_arena_size(LIMIT_REQUEST_BYTES);
    void *memory = malloc(size);
    FILE *copy = file_in(folder, "offered.copy");
    CHECK(memory != NULL);
    arena_init(&arena, memory, size);
    traffic_begin(t);
    for (uint64_t b = 0; b < batches; b++) {
        struct traffic_frame f = traffic_frame(t, items);
        write_frame(copy, &f, b, &arena);
        free(f.bytes);
    }
    traffic_end(t);
    free(memory);
    if (fclose(copy) != 0)
        traffic_fail("cannot write", "offered.copy");
}

int main(int argc, char **argv)
{
    static struct traffic t;
    uint8_t sign[LIMIT_KEY_BYTES];
    if (argc != 6 || sodium_init() < 0 || !saldo_day_parse(argv[5], &t.day))
        traffic_fail("usage", "bench_rows FOLDER VOUCHERS BATCHES ITEMS DAY");
    uint32_t items = (uint32_t)atoi(argv[4]);
    CHECK(items > 0 && items <= LIMIT_BATCH_ITEMS);
    crypto_sign_keypair(sign, t.sign_secret);
    envelope_key_id(sign, t.key_id);
    t.vouchers = atoi(argv[2]);
    FILE *sql = file_in(argv[1], "world.sql");
    peer_rows_calendar(sql, 2024, 2028);
    const struct traffic_setup u = {t.vouchers, sign, sign, send_commands, sql};
    traffic_setup(&u);
    if (fclose(sql) != 0)
        traffic_fail("cannot write", "world.sql");
    write_charges(&t, argv[1], (uint64_t)atoi(argv[3]), items);
    return 0;
}
