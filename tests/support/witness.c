#include "tests/support/witness.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "codec.h"
#include "identifier.h"
#include "internal.h"
#include "journal/journal.h"
#include "outcome.h"

#define COMPLAINTS_MAX 20 /* printed; the rest is only counted */
#define ARENA_BYTES    (4 << 20)

/* The first answer to an id. */
struct fact {
    uint8_t id[16];
    struct answer answer;
    enum act act; /* 0: a command that no load sends */
    int32_t voucher;
    int32_t day;
    int64_t cents;
    bool deleted;
    bool acked;
};

struct sum {
    int64_t amount;
    int64_t settled;
    int64_t pending;
};

struct witness {
    struct client_home home;
    uint8_t digest_key[16];
    struct arena arena;
    struct answer *answers; /* LIMIT_BATCH_ITEMS */
    struct fact *facts;
    uint32_t fact_count, fact_room;
    uint32_t *index; /* by id: 1 + place in facts; a power of two */
    uint32_t index_size;
    struct hash *leaves; /* of entry 1, 2, ... */
    uint64_t last, leaf_room;
    struct sum *sums; /* of the vouchers, in order */
    uint32_t voucher_count, voucher_room;
    int32_t settled_through;
    struct witness_count count;
};

__attribute__((format(printf, 2, 3))) static void complain(struct witness *w, const char *format,
                                                           ...)
{
    va_list args;
    if (w->count.wrong++ >= COMPLAINTS_MAX)
        return;
    va_start(args, format);
    fputs("WRONG: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

/* Room for one more element; what is new is zero. */
static void *grow(void *array, uint64_t count, uint64_t *room, size_t size)
{
    if (count < *room)
        return array;
    uint64_t more = *room == 0 ? 1024 : *room * 2;
    uint8_t *grown = realloc(array, more * size);
    CHECK(grown != NULL);
    memset(grown + *room * size, 0, (more - *room) * size);
    *room = more;
    return grown;
}

struct witness *witness_new(const char *home)
{
    struct client_detail detail = {.text = ""};
    struct witness *w = calloc(1, sizeof(*w));
    CHECK(w != NULL);
    CHECK(sodium_init() >= 0);
    CHECK(client_home_path(home, w->home.path, &detail) == SALDO_OK);
    CHECK(client_home_read(&w->home, &detail) == SALDO_OK);
    codec_digest_key(w->home.ledger_id, w->digest_key);
    w->answers = calloc(LIMIT_BATCH_ITEMS, sizeof(*w->answers));
    void *memory = malloc(ARENA_BYTES);
    CHECK(w->answers != NULL);
    CHECK(memory != NULL);
    arena_init(&w->arena, memory, ARENA_BYTES);
    return w;
}

void witness_free(struct witness *w)
{
    free(w->arena.memory);
    free(w->answers);
    free(w->facts);
    free(w->index);
    free(w->leaves);
    free(w->sums);
    free(w);
}

struct witness_count witness_count(const struct witness *w)
{
    struct witness_count c = w->count;
    c.entries = w->last;
    c.vouchers = w->voucher_count;
    return c;
}

/* ---- Facts by id ---- */

/* Where the id is, or where it would be put. */
static uint32_t *slot_of(const struct witness *w, const uint8_t id[16])
{
    uint64_t random; /* the end of an id is random */
    memcpy(&random, id + 8, sizeof(random));
    uint32_t at = (uint32_t)random & (w->index_size - 1);
    while (w->index[at] != 0 && memcmp(w->facts[w->index[at] - 1].id, id, 16) != 0)
        at = (at + 1) & (w->index_size - 1);
    return &w->index[at];
}

static struct fact *fact_find(struct witness *w, const uint8_t id[16])
{
    if (w->index_size == 0)
        return NULL;
    uint32_t place = *slot_of(w, id);
    return place == 0 ? NULL : &w->facts[place - 1];
}

static void index_grow(struct witness *w)
{
    if (w->fact_count * 2 < w->index_size)
        return;
    free(w->index);
    w->index_size = w->index_size == 0 ? 4096 : w->index_size * 2;
    w->index = calloc(w->index_size, sizeof(*w->index));
    CHECK(w->index != NULL);
    for (uint32_t i = 0; i < w->fact_count; i++)
        *slot_of(w, w->facts[i].id) = i + 1;
}

static void fact_add(struct witness *w, const struct fact *f)
{
    uint64_t room = w->fact_room;
    w->facts = grow(w->facts, w->fact_count, &room, sizeof(*w->facts));
    w->fact_room = (uint32_t)room;
    index_grow(w);
    *slot_of(w, f->id) = w->fact_count + 1;
    w->facts[w->fact_count++] = *f;
}

/* ---- Reading the journal ---- */

static struct sum *sum_of(struct witness *w, int32_t voucher)
{
    int64_t at = (int64_t)voucher - WITNESS_VOUCHER_FIRST;
    return at >= 0 && at < w->voucher_count ? &w->sums[at] : NULL;
}

static void grant(struct witness *w, const struct fact *f)
{
    uint64_t room = w->voucher_room;
    if (f->voucher != WITNESS_VOUCHER_FIRST + (int32_t)w->voucher_count) {
        complain(w, "voucher %d was granted out of turn", f->voucher);
        return;
    }
    w->sums = grow(w->sums, w->voucher_count, &room, sizeof(*w->sums));
    w->voucher_room = (uint32_t)room;
    w->sums[w->voucher_count++].amount = f->cents;
}

static void take_effect(struct witness *w, const struct fact *f, const struct command *command)
{
    struct sum *sum = sum_of(w, f->voucher);
    if (f->act == ACT_GRANT) {
        grant(w, f);
    } else if (f->act == ACT_AMEND) {
        if (sum == NULL)
            complain(w, "voucher %d was amended and never granted", f->voucher);
        else
            sum->amount = f->cents;
    } else if (f->act == ACT_DELETE) {
        struct fact *charge = fact_find(w, command->message->delete_charge->charge.data);
        if (charge == NULL || charge->act != ACT_CHARGE || charge->answer.code != 0 ||
            charge->deleted || charge->day <= w->settled_through)
            complain(w, "a charge was deleted that could not be");
        else
            charge->deleted = true;
        w->count.deleted++;
    } else if (f->act == ACT_CHARGE) {
        w->count.accepted++;
    } else if (command->message->body_case == SALDO__V1__COMMAND__BODY_SETTLE_DAY) {
        w->settled_through = command->message->settle_day->day;
        w->count.nights++;
    }
}

static bool same_answer(const struct answer *a, const struct answer *b)
{
    return a->code == b->code && a->have == b->have && a->need == b->need &&
           a->pays_on == b->pays_on;
}

static bool uses_up(int32_t code)
{
    return code != OUTCOME_CLOCK_SKEW && code != OUTCOME_ID_CONFLICT &&
           code != OUTCOME_BAD_SIGNATURE;
}

static void item(struct witness *w, const struct fact *f, const struct command *command)
{
    struct fact *first = fact_find(w, f->id);
    char hex[33];
    sodium_bin2hex(hex, sizeof(hex), f->id, sizeof(f->id));
    if (f->answer.duplicate) {
        w->count.repeated++;
        if (first == NULL || !same_answer(&first->answer, &f->answer))
            complain(w, "%s: a repetition was answered otherwise than at first", hex);
        return;
    }
    if (!uses_up(f->answer.code))
        return;
    if (first != NULL) {
        complain(w, "%s: counted twice", hex);
        return;
    }
    if (f->answer.code == OUTCOME_ACCEPTED)
        take_effect(w, f, command);
    else if (f->act == ACT_CHARGE)
        w->count.refused++;
    fact_add(w, f);
}

static void describe(const Saldo__V1__Command *c, struct fact *f)
{
    const char *number = NULL;
    if (c->body_case == SALDO__V1__COMMAND__BODY_DELETE_CHARGE) {
        f->act = ACT_DELETE;
    } else if (c->body_case == SALDO__V1__COMMAND__BODY_GRANT_VOUCHER) {
        f->act = ACT_GRANT;
        f->cents = c->grant_voucher->amount_cents;
        number = c->grant_voucher->number;
    } else if (c->body_case == SALDO__V1__COMMAND__BODY_AMEND_VOUCHER) {
        f->act = ACT_AMEND;
        f->cents =
            c->amend_voucher->amount_cents == NULL ? 0 : c->amend_voucher->amount_cents->value;
        number = c->amend_voucher->number;
    }
    if (number != NULL)
        f->voucher = identifier_voucher_digits(number, strlen(number));
}

static void items(struct witness *w, const struct request *r, const struct decision *d)
{
    for (uint32_t i = 0; i < d->count; i++) {
        struct fact f = {.answer = d->answers[i], .day = d->business_day};
        if (r->purpose == PURPOSE_CHARGE) {
            const struct charge *c = &r->charges[i];
            f.act = ACT_CHARGE;
            memcpy(f.id, c->id, sizeof(f.id));
            f.voucher = identifier_voucher_digits(c->voucher.bytes, c->voucher.len);
            f.cents = c->county_cents;
            item(w, &f, NULL);
        } else {
            memcpy(f.id, r->commands[i].message->request_id.data, sizeof(f.id));
            describe(r->commands[i].message, &f);
            item(w, &f, &r->commands[i]);
        }
    }
}

static bool entry(void *arg, const struct journal_record *r)
{
    struct witness *w = arg;
    struct envelope e;
    struct request request;
    struct decision d;
    if (r->number <= w->last)
        return true; /* the reading begins with a whole group */
    w->leaves = grow(w->leaves, w->last, &w->leaf_room, sizeof(*w->leaves));
    w->leaves[w->last++] = r->leaf;
    if (r->number != w->last)
        complain(w, "entry %" PRIu64 " stands where %" PRIu64 " should", r->number, w->last);
    if (r->number == 1)
        return true; /* the genesis */
    arena_reset(&w->arena);
    if (envelope_parse(r->request, r->request_len, &e) &&
        codec_decode(e.purpose, e.payload, e.payload_len, w->digest_key, &w->arena, &request) &&
        codec_decision_read(r->decision, r->decision_len, &d, w->answers) &&
        d.number == r->number && d.count == request.count)
        items(w, &request, &d);
    else
        complain(w, "entry %" PRIu64 " cannot be read", r->number);
    return true;
}

void witness_read(struct witness *w, const char *dir)
{
    const struct journal_options options = {.read_only = true, .allow_unsafe_fs = true};
    struct journal *j = NULL;
    struct hash head;
    uint64_t tail = 0;
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/journal", dir);
    CHECK(len > 0);
    CHECK((size_t)len < sizeof(path));
    enum fault f = journal_open(path, &options, &j);
    if (f == FAULT_NONE)
        f = journal_tail(j, &tail, &head);
    if (f == FAULT_NONE && tail < w->last)
        complain(w, "the journal has lost %" PRIu64 " entries", w->last - tail);
    else if (f == FAULT_NONE && tail > w->last)
        f = journal_read(j, w->last + 1, true, entry, w);
    if (f != FAULT_NONE)
        complain(w, "the journal: %s", journal_error(j));
    journal_close(j);
}

/* ---- Acknowledged answers ---- */

/* The leaf that the receipt is about: from the request hash and the Decision inside it. */
static bool leaf_of(const struct ack *a, struct hash *leaf)
{
    const size_t hash_at = 8 + 1 + 4;
    const size_t decision_at = hash_at + LIMIT_HASH_BYTES + 4;
    struct hash request;
    if (a->receipt_len < decision_at)
        return false;
    const uint8_t *l = a->receipt + decision_at - 4;
    size_t len = (size_t)l[0] << 24 | (size_t)l[1] << 16 | (size_t)l[2] << 8 | l[3];
    if (len > a->receipt_len - decision_at)
        return false;
    memcpy(request.bytes, a->receipt + hash_at, sizeof(request.bytes));
    merkle_leaf(&request, a->receipt + decision_at, len, leaf);
    return true;
}

static void ack_item(struct witness *w, const struct ack *a, uint32_t i)
{
    const struct ack_item *asked = &a->items[i];
    const struct saldo_answer *told = &a->answers[i];
    struct saldo_answer proved = {.code = -1};
    struct fact *f = fact_find(w, asked->id);
    char hex[33];
    sodium_bin2hex(hex, sizeof(hex), asked->id, sizeof(asked->id));
    if (saldo_receipt_answer(a->receipt, a->receipt_len, i, &proved) != SALDO_OK ||
        proved.code != told->code || proved.have != told->have || proved.need != told->need)
        complain(w, "%s: the receipt does not say what the client was told", hex);
    if (f == NULL) {
        complain(w, "%s: acknowledged, and lost", hex);
        return;
    }
    const struct answer answer = {
        .code = told->code, .have = told->have, .need = told->need, .pays_on = told->pays_on};
    if (!same_answer(&f->answer, &answer))
        complain(w, "%s: told %s, recorded %s", hex, saldo_outcome_name(told->code),
                 saldo_outcome_name(f->answer.code));
    if (f->act != asked->act || (f->act != ACT_DELETE && f->voucher != asked->voucher) ||
        f->cents != asked->cents)
        complain(w, "%s: something else was recorded than was asked for", hex);
    f->acked = true;
}

void witness_ack(struct witness *w, const struct ack *a)
{
    struct saldo_proof proof = {.number = 0};
    struct hash leaf;
    if (saldo_receipt_verify(a->receipt, a->receipt_len, w->home.ledger_id, w->home.ledger_key,
                             &proof) != SALDO_OK ||
        proof.answers != a->count)
        complain(w, "entry %" PRIu64 ": a receipt does not verify", proof.number);
    else if (proof.number > w->last)
        complain(w, "entry %" PRIu64 ": acknowledged, and lost", proof.number);
    else if (!leaf_of(a, &leaf) ||
             memcmp(leaf.bytes, w->leaves[proof.number - 1].bytes, sizeof(leaf.bytes)) != 0)
        complain(w, "entry %" PRIu64 ": the journal has another one", proof.number);
    for (uint32_t i = 0; i < a->count; i++)
        ack_item(w, a, i);
}

void witness_told(struct witness *w, const uint8_t id[16], int32_t code)
{
    struct fact *f = fact_find(w, id);
    char hex[33];
    sodium_bin2hex(hex, sizeof(hex), id, 16);
    if (f == NULL)
        complain(w, "%s: answered, and lost", hex);
    else if (f->answer.code != code || f->act != ACT_CHARGE)
        complain(w, "%s: told %s, recorded %s", hex, saldo_outcome_name(code),
                 saldo_outcome_name(f->answer.code));
    else
        f->acked = true;
}

uint64_t witness_acks(struct witness *w, const char *path)
{
    static struct ack a;
    uint64_t count = 0;
    FILE *in = fopen(path, "rbe");
    CHECK(in != NULL);
    for (; acks_next(in, &a); count += a.count)
        witness_ack(w, &a);
    fclose(in);
    return count;
}

void witness_nothing_else(struct witness *w)
{
    for (uint32_t i = 0; i < w->fact_count; i++) {
        const struct fact *f = &w->facts[i];
        if (!f->acked && (f->act == ACT_CHARGE || f->act == ACT_DELETE))
            complain(w, "voucher %d: an act of %" PRId64 " cents that nobody was told of",
                     f->voucher, f->cents);
    }
}

/* ---- Balances ---- */

static void add_up(struct witness *w)
{
    for (uint32_t i = 0; i < w->voucher_count; i++)
        w->sums[i].settled = w->sums[i].pending = 0;
    for (uint32_t i = 0; i < w->fact_count; i++) {
        const struct fact *f = &w->facts[i];
        struct sum *sum = sum_of(w, f->voucher);
        if (f->act != ACT_CHARGE || f->answer.code != OUTCOME_ACCEPTED || f->deleted)
            continue;
        if (sum == NULL)
            complain(w, "voucher %d was charged and never granted", f->voucher);
        else if (f->day <= w->settled_through)
            sum->settled += f->cents;
        else
            sum->pending += f->cents;
    }
}

void witness_balances(struct witness *w, const struct witness_balance *rows, uint32_t count)
{
    add_up(w);
    if (count != w->voucher_count)
        complain(w, "%u balances for %u vouchers", count, w->voucher_count);
    for (uint32_t i = 0; i < count && i < w->voucher_count; i++) {
        const struct sum *s = &w->sums[i];
        if (rows[i].voucher != WITNESS_VOUCHER_FIRST + (int32_t)i ||
            rows[i].posted != s->amount - s->settled || rows[i].pending != s->pending)
            complain(w,
                     "voucher %d: posted %" PRId64 " pending %" PRId64 ", but of %" PRId64
                     " were settled %" PRId64 " and are pending %" PRId64,
                     rows[i].voucher, rows[i].posted, rows[i].pending, s->amount, s->settled,
                     s->pending);
        if (s->pending + s->settled > s->amount)
            complain(w, "voucher %d: overspent", rows[i].voucher);
    }
}
