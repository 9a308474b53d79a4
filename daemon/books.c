#include "books.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "clock.h"
#include "log.h"

static enum fault open_journal(struct books *b, const struct books_options *o)
{
    const struct journal_options options = {.map_bytes = b->config->journal_map_bytes,
                                            .read_only = o->read_only,
                                            .allow_unsafe_fs = b->config->allow_unsafe_fs};
    struct hash head;
    char path[CONFIG_TEXT_MAX];
    config_path(b->config, "journal", path);
    enum fault f = journal_open(path, &options, &b->journal);
    if (f == FAULT_NONE)
        f = journal_tail(b->journal, &b->last, &head);
    if (f != FAULT_NONE)
        log_error("journal-open file=%s fault=\"%s\" detail=\"%s\"", path, fault_text(f),
                  journal_error(b->journal));
    return f;
}

/* ---- Genesis ---- */

static bool take_genesis(void *arg, const struct journal_record *r)
{
    struct books *b = arg;
    if (!genesis_read(r->request, r->request_len, &b->genesis))
        b->genesis.created_ms = -1;
    return false;
}

static enum fault read_genesis(struct books *b)
{
    if (b->last == 0) {
        log_error("journal-empty detail=\"make a ledger with saldod init first\"");
        return FAULT_ABSENT;
    }
    enum fault f = journal_read(b->journal, 1, true, take_genesis, b);
    if (f == FAULT_NONE && b->genesis.created_ms < 0)
        f = FAULT_VERSION;
    if (f != FAULT_NONE)
        log_error("journal-genesis fault=\"%s\"", fault_text(f));
    codec_digest_key(b->genesis.ledger_id, b->digest_key);
    return f;
}

static enum fault new_ledger(struct books *b)
{
    struct ledger_genesis g = {.simulated = b->genesis.simulated,
                               .clock_skew_ms = (int32_t)b->genesis.clock_skew_ms};
    memcpy(g.ledger_id, b->genesis.ledger_id, sizeof(g.ledger_id));
    memcpy(g.public_key, b->genesis.ledger_key, sizeof(g.public_key));
    memcpy(g.administrator_key, b->genesis.administrator_signing_key, sizeof(g.administrator_key));
    memcpy(g.administrator_transport_key, b->genesis.administrator_transport_key,
           sizeof(g.administrator_transport_key));
    ledger_free(b->ledger);
    b->ledger = NULL;
    struct ledger_limits limits = b->config->limits;
    randombytes_buf(&limits.seed, sizeof(limits.seed));
    enum fault f = ledger_new(&limits, &g, &b->ledger);
    if (f != FAULT_NONE)
        log_error("ledger-memory fault=\"%s\"", fault_text(f));
    return f;
}

/* ---- Tables ---- */

/* Does the journal have the head that the tables were written at? */
static enum fault watermark_fits(struct books *b, uint64_t number, const struct hash *head)
{
    struct head h;
    struct hash hash;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    uint32_t count;
    if (number == 0)
        return FAULT_NONE;
    if (number > b->last)
        return FAULT_STALE;
    struct hash *leaves = calloc(LIMIT_GROUP_ENTRIES, sizeof(*leaves));
    if (leaves == NULL)
        return FAULT_MEMORY;
    enum fault f = journal_group_of(b->journal, number, &h, signature, leaves, &count);
    free(leaves);
    if (f != FAULT_NONE)
        return f;
    merkle_head(&h, &hash);
    bool fits = h.first + h.count - 1 == number && memcmp(&hash, head, sizeof(hash)) == 0;
    return fits ? FAULT_NONE : FAULT_STALE;
}

/* Open the tables and load the ledger from them; `watermark` says up to where. */
static enum fault load_tables(struct books *b, const char *path, uint64_t *watermark)
{
    const struct tables_options options = {.map_bytes = b->config->tables_map_bytes,
                                           .allow_unsafe_fs = b->config->allow_unsafe_fs};
    struct hash head;
    enum fault f = new_ledger(b);
    if (f == FAULT_NONE)
        f = tables_open(path, &options, &b->tables);
    if (f == FAULT_NONE)
        f = tables_watermark(b->tables, watermark, &head);
    if (f == FAULT_NONE)
        f = watermark_fits(b, *watermark, &head);
    if (f != FAULT_NONE)
        return f;
    b->source = tables_source(b->tables);
    if ((f = ledger_load(b->ledger, &b->source)) != FAULT_NONE)
        return f;
    struct ledger_stats stats;
    ledger_stats(b->ledger, &stats);
    if (stats.last_number == *watermark || *watermark <= 1) /* the first one is no entry */
        return FAULT_NONE;
    log_error("tables-last entry=%" PRIu64 " watermark=%" PRIu64, stats.last_number, *watermark);
    return FAULT_CORRUPT;
}

static enum fault move_aside(const char *path)
{
    char bad[CONFIG_TEXT_MAX + 32];
    snprintf(bad, sizeof(bad), "%s.bad-%" PRId64, path, clock_now_ms() / 1000);
    if (rename(path, bad) != 0) {
        log_error("tables-aside error=\"%s cannot be renamed\"", path);
        return FAULT_IO;
    }
    log_warning("tables-aside to=%s", bad);
    return FAULT_NONE;
}

/* The tables are a cache: what is wrong with them is said, put aside and made again. */
static enum fault open_tables(struct books *b, const struct books_options *o, uint64_t *watermark)
{
    struct stat st;
    if (o->repair && stat(o->tables, &st) != 0)
        log_warning("tables-missing detail=\"they are made again from the journal\"");
    enum fault f = load_tables(b, o->tables, watermark);
    if (f == FAULT_NONE)
        return f;
    if (!o->repair || (f != FAULT_CORRUPT && f != FAULT_STALE && f != FAULT_VERSION)) {
        log_error("tables-unusable file=%s fault=\"%s\" detail=\"%s\"", o->tables, fault_text(f),
                  tables_error(b->tables));
        return f;
    }
    log_warning("tables-unusable file=%s fault=\"%s\" detail=\"%s\"", o->tables, fault_text(f),
                tables_error(b->tables));
    tables_close(b->tables);
    b->tables = NULL;
    f = move_aside(o->tables);
    if (f == FAULT_NONE)
        f = load_tables(b, o->tables, watermark);
    return f;
}

/* ---- Opening ---- */

enum fault books_open(const struct config *config, const struct books_options *o, struct books *b)
{
    uint64_t watermark = 0;
    *b = (struct books){.config = config};
    enum fault f = open_journal(b, o);
    if (f == FAULT_NONE)
        f = read_genesis(b);
    if (f == FAULT_NONE)
        f = open_tables(b, o, &watermark);
    if (f == FAULT_NONE)
        f = books_replay(b, watermark < 1 ? 2 : watermark + 1, b->last, o->verify);
    if (f != FAULT_NONE)
        books_close(b);
    return f;
}

void books_close(struct books *b)
{
    ledger_free(b->ledger);
    tables_close(b->tables);
    journal_close(b->journal);
    *b = (struct books){0};
}

enum fault books_checkpoint(struct books *b, uint64_t number)
{
    struct head h;
    struct hash head;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    uint32_t count;
    struct hash *leaves = calloc(LIMIT_GROUP_ENTRIES, sizeof(*leaves));
    struct checkpoint *c = checkpoint_new();
    enum fault f = FAULT_MEMORY;
    if (leaves == NULL || c == NULL)
        goto out;
    f = journal_group_of(b->journal, number, &h, signature, leaves, &count);
    if (f != FAULT_NONE)
        goto out;
    CHECK(h.first + h.count - 1 == number);
    merkle_head(&h, &head);
    checkpoint_hurry(c); /* nothing is served meanwhile */
    ledger_freeze_sink(b->ledger, checkpoint_put, c);
    ledger_freeze(b->ledger);
    while (!ledger_freeze_step(b->ledger, UINT32_MAX))
        ;
    if ((f = checkpoint_ready(c)) == FAULT_NONE &&
        (f = checkpoint_write(b->tables, c, number, &head)) == FAULT_NONE)
        f = tables_refresh(b->tables);
    if (f == FAULT_NONE) {
        ledger_thaw(b->ledger);
        while (!ledger_evict_step(b->ledger, UINT32_MAX))
            ;
    }
out:
    if (f != FAULT_NONE)
        log_error("checkpoint fault=\"%s\" detail=\"%s\"", fault_text(f), tables_error(b->tables));
    checkpoint_free(c);
    free(leaves);
    return f;
}
