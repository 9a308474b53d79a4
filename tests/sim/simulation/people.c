/* people.c - who talks to the ledger: in place of world.c, so that traffic.c sends what it makes up
 * through the network to the daemon instead of handing it to the ledger.
 *
 * Offices and most providers use a bare line: they sign with test_key(), send, and send again until
 * there is an answer. The first providers use the client library, many requests at a time; their
 * software forgets nothing but dies now and then, and submits what had no answer again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "outcome.h"
#include "saldo.h"
#include "tests/sim/simulation/simulation.h"

enum { LIBRARIES = 3, SUBMISSIONS = 48, RESEND_US = 2000000, PATIENCE = 400000 };

/* What a provider has to submit until it knows the answer. */
struct submission {
    Saldo__V1__ChargeRequest *request; /* owned; NULL: the place is free */
    uint64_t ticket;                   /* 0: not under way */
    uint32_t tries;
    int64_t due_us;
};

struct library {
    char name[16];
    struct saldo *saldo;
    struct sim_line line;
    struct submission list[SUBMISSIONS];
};

static struct {
    const char *home;
    struct library libraries[LIBRARIES];
    bool registered; /* the libraries' keys */
    uint64_t tickets;
} people;

/* ---- What is durable, and what was answered ----------------------------------------------------
 */

/* For the comparison with lists of charges. */
static void keep(struct world *w, const struct tape_entry *entry, const ProtobufCMessage *message,
                 const struct answer *answers)
{
    size_t count = message->descriptor == &saldo__v1__charge_request__descriptor
                       ? ((const Saldo__V1__ChargeRequest *)message)->n_charges
                       : ((const Saldo__V1__CommandRequest *)message)->n_commands;
    tape_add(&w->tape, entry, message);
    size_t n = w->tape.count;
    w->tape.entries[n - 1].number = entry->number; /* the genesis is not on the tape */
    w->decided = realloc(w->decided, n * sizeof(*w->decided));
    CHECK(w->decided != NULL);
    w->decided[n - 1] = malloc(count * sizeof(struct answer));
    CHECK(w->decided[n - 1] != NULL);
    memcpy(w->decided[n - 1], answers, count * sizeof(struct answer));
}

/* The same entry for the model, taken apart by protobuf-c and not by the daemon's codec. */
void people_durable(const struct sim_record *r)
{
    static struct answer expected[LIMIT_BATCH_ITEMS], answers[LIMIT_BATCH_ITEMS];
    struct envelope e;
    struct decision d;
    struct batch_summary batch;
    struct tape_entry entry;
    struct tape_request request;

    if (!envelope_parse(r->request, r->request_len, &e) ||
        !codec_decision_read(r->decision, r->decision_len, &d, answers) || d.number != r->number)
        sim_fail("entry %llu cannot be read", (unsigned long long)r->number);
    entry = (struct tape_entry){.number = r->number,
                                .time_ms = d.time_ms,
                                .day = d.business_day,
                                .level = LEDGER_LEVEL,
                                .purpose = e.purpose,
                                .bytes = (uint8_t *)(uintptr_t)e.payload,
                                .len = e.payload_len};
    memcpy(entry.key_id, e.key_id, sizeof(entry.key_id));
    tape_unpack(&entry, &request);
    model_apply(sim.model, &request.entry, expected, &batch);
    for (uint32_t i = 0; i < d.count; i++) {
        const struct answer *a = &answers[i], *b = &expected[i];
        if (d.count != request.request.count || a->code != b->code || a->have != b->have ||
            a->need != b->need || a->pays_on != b->pays_on || a->duplicate != b->duplicate)
            sim_fail(
                "entry %llu item %u: the ledger says %s have %lld need %lld, the model %s have "
                "%lld need %lld",
                (unsigned long long)r->number, i, outcome_name(a->code), (long long)a->have,
                (long long)a->need, outcome_name(b->code), (long long)b->have, (long long)b->need);
    }
    keep(sim.traffic->w, &entry, request.message, expected);
    tape_release(&request);
}

/* An answer counts for ever: it must be on the disk as it was given. */
static void answered(uint64_t number, const struct answer *answers, uint32_t count)
{
    static struct answer kept[LIMIT_BATCH_ITEMS];
    struct decision d;
    const struct sim_record *r = disk_record(number);
    if (r == NULL)
        sim_fail("entry %llu was answered and is not durable", (unsigned long long)number);
    if (!codec_decision_read(r->decision, r->decision_len, &d, kept) || d.count != count)
        sim_fail("entry %llu was answered with another number of items",
                 (unsigned long long)number);
    for (uint32_t i = 0; i < count; i++)
        if (kept[i].code != answers[i].code || kept[i].have != answers[i].have ||
            kept[i].need != answers[i].need || kept[i].pays_on != answers[i].pays_on ||
            kept[i].duplicate != answers[i].duplicate)
            sim_fail("entry %llu item %u: the answer was %s and the disk says %s",
                     (unsigned long long)number, i, outcome_name(answers[i].code),
                     outcome_name(kept[i].code));
    sim.count.answers++;
}

/* ---- Providers with the client library ----------------------------------------------------------
 */

static void library_open(struct library *l)
{
    const struct saldo_options options = {.home = people.home,
                                          .key = l->name,
                                          .deadline_ms = 8000,
                                          .retry_ms = 300,
                                          .no_local_checks = true};
    l->line.life++;
    network_next_line(&l->line);
    if (saldo_open(&options, &l->saldo) != SALDO_OK)
        sim_fail("the library cannot open: %s", saldo_error_detail(l->saldo));
}

static struct submission *submission_of(struct library *l, uint64_t ticket)
{
    for (size_t i = 0; i < SUBMISSIONS; i++)
        if (l->list[i].request != NULL && l->list[i].ticket == ticket)
            return &l->list[i];
    return NULL;
}

static void submission_end(struct submission *s)
{
    saldo__v1__charge_request__free_unpacked(s->request, NULL);
    *s = (struct submission){0};
}

static void library_done(void *arg, uint64_t ticket, enum saldo_error error,
                         const struct saldo_answer *answers, size_t count)
{
    static struct answer plain[LIMIT_BATCH_ITEMS];
    struct library *l = arg;
    struct submission *s = submission_of(l, ticket);
    CHECK(s != NULL);
    s->ticket = 0;
    if (error == SALDO_OK) {
        for (size_t i = 0; i < count; i++)
            plain[i] = (struct answer){answers[i].code, answers[i].duplicate, answers[i].pays_on,
                                       answers[i].have, answers[i].need};
        answered(answers[0].number, plain, (uint32_t)count);
        submission_end(s);
    } else if (error == SALDO_ERROR_REFUSED) {
        submission_end(s); /* the key was revoked: never an entry */
    } else if (error == SALDO_ERROR_TIMEOUT || error == SALDO_ERROR_BUSY ||
               error == SALDO_ERROR_READ_ONLY || error == SALDO_ERROR_NETWORK) {
        sim.count.retried++;
        s->due_us = sim.mono_us + sim_below(5000000);
    } else {
        sim_fail("the library says: %s", saldo_error_detail(l->saldo));
    }
}

/* False: there is something in it that the library does not send. */
static bool submission_start(struct library *l, struct submission *s)
{
    static struct saldo_charge charges[LIMIT_BATCH_ITEMS];
    size_t count = s->request->n_charges;
    for (size_t i = 0; i < count; i++) {
        const Saldo__V1__Charge *c = s->request->charges[i];
        charges[i] = (struct saldo_charge){.voucher = c->voucher,
                                           .service = c->service,
                                           .rate_class = c->rate_class,
                                           .unit = (enum saldo_unit)c->unit,
                                           .start_ms = c->start_ms,
                                           .end_ms = c->end_ms,
                                           .quantity = c->quantity,
                                           .price_cents = c->price_cents,
                                           .county_cents = c->county_cents,
                                           .copay_cents = c->copay_cents,
                                           .identity_checked = c->identity_checked,
                                           .reference = c->reference};
        memcpy(charges[i].request_id, c->request_id.data, 16);
    }
    s->tries++;
    enum saldo_error e = saldo_start(l->saldo, charges, count, library_done, l, &s->ticket);
    if (e != SALDO_OK && e != SALDO_ERROR_BUSY)
        s->ticket = 0;
    return e == SALDO_OK || e == SALDO_ERROR_BUSY;
}

/* Nothing of the process is left but what it had written down. */
static void library_dies(struct library *l)
{
    saldo_close(l->saldo);
    for (size_t i = 0; i < SUBMISSIONS; i++) {
        l->list[i].ticket = 0;
        l->list[i].due_us = sim.mono_us + sim_below(3000000);
    }
    sim.count.clients_died++;
    library_open(l);
}

void people_step(void)
{
    struct library *l = &people.libraries[sim_below(LIBRARIES)];
    if (l->saldo == NULL)
        return;
    if (sim_chance(sim.faults.client_dies))
        library_dies(l);
    struct submission *s = &l->list[sim_below(SUBMISSIONS)];
    if (s->request != NULL && s->ticket == 0 && s->due_us <= sim.mono_us)
        submission_start(l, s);
    enum saldo_error e = saldo_process(l->saldo);
    if (e != SALDO_OK)
        sim_fail("saldo_process: %s", saldo_error_detail(l->saldo));
}

size_t people_waiting(void)
{
    size_t count = 0;
    for (size_t i = 0; i < LIBRARIES; i++)
        for (size_t k = 0; k < SUBMISSIONS; k++)
            count += people.libraries[i].list[k].request != NULL;
    return count;
}

/* Take the request over and do not wait. False: not for this provider, or it has its hands full. */
static bool library_takes(const char *key, const ProtobufCMessage *message)
{
    for (size_t i = 0; people.registered && i < LIBRARIES; i++) {
        struct library *l = &people.libraries[i];
        if (strcmp(l->name, key) != 0)
            continue;
        for (size_t k = 0; k < SUBMISSIONS; k++) {
            struct submission *s = &l->list[k];
            if (s->request != NULL)
                continue;
            size_t len = protobuf_c_message_get_packed_size(message);
            uint8_t *bytes = malloc(len + 1);
            CHECK(bytes != NULL);
            protobuf_c_message_pack(message, bytes);
            *s =
                (struct submission){.request = saldo__v1__charge_request__unpack(NULL, len, bytes)};
            free(bytes);
            CHECK(s->request != NULL);
            if (submission_start(l, s))
                return true;
            submission_end(s);
            return false;
        }
    }
    return false;
}

/* ---- Everybody else -----------------------------------------------------------------------------
 */

static size_t sign(const struct world *w, const char *key, enum purpose purpose,
                   const ProtobufCMessage *message, uint8_t **frame)
{
    struct test_key signer;
    uint8_t hash[LIMIT_HASH_BYTES];
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *payload = malloc(len + 1);
    CHECK(payload != NULL);
    protobuf_c_message_pack(message, payload);
    test_key(key, &signer);
    struct envelope e = {.purpose = purpose, .payload = payload, .payload_len = len};
    memcpy(e.key_id, signer.id, sizeof(e.key_id));
    envelope_hash(payload, len, hash);
    envelope_sign(purpose, w->genesis.ledger_id, hash, signer.secret, e.signature);
    size_t size = envelope_size(len);
    *frame = malloc(size);
    CHECK(*frame != NULL);
    size = envelope_write(&e, *frame, size);
    free(payload);
    return size;
}

/* What a reply decides; false: it is no answer, ask again. */
static bool reply_taken(struct world *w, const uint8_t *bytes, size_t len, uint32_t count)
{
    Saldo__V1__Reply *r = saldo__v1__reply__unpack(NULL, len, bytes);
    if (r == NULL)
        sim_fail("a reply that is none");
    bool again = r->code == OUTCOME_BUSY || r->code == OUTCOME_READ_ONLY;
    w->decision = (struct decision){.count = count, .answers = w->answers};
    if (r->code != OUTCOME_ACCEPTED) {
        for (uint32_t i = 0; i < count; i++)
            w->answers[i] = (struct answer){.code = r->code};
    } else {
        if (!codec_decision_read(r->decision.data, r->decision.len, &w->decision, w->answers))
            sim_fail("a decision that is none");
        answered(w->decision.number, w->answers, w->decision.count);
    }
    saldo__v1__reply__free_unpacked(r, NULL);
    return !again;
}

/* Send until there is an answer. */
static void ask(struct world *w, const struct sim_line *line, const uint8_t *frame, size_t len,
                uint32_t count)
{
    uint64_t ticket = ++people.tickets, got;
    int64_t due_us = sim.mono_us;
    bool done = false;
    for (uint64_t from = sim.steps; !done; sim_step()) {
        size_t reply_len;
        if (sim.steps - from > PATIENCE)
            sim_fail("no answer after %d steps", PATIENCE);
        if (sim.mono_us >= due_us && machine_up()) {
            network_send(line, ticket, frame, len);
            due_us = sim.mono_us + RESEND_US;
        }
        uint8_t *reply = network_take(line, &got, &reply_len);
        if (reply != NULL && got == ticket)
            done = reply_taken(w, reply, reply_len, count);
        free(reply);
    }
}

/* Where the traffic has let time pass, the world lets it pass too. */
static void catch_up(struct world *w)
{
    int64_t behind_ms = w->now_ms - sim_wall_ms();
    for (int i = 0; i < 40 && behind_ms > 0; i++) {
        sim.mono_us += behind_ms * 1000 / 40;
        for (int k = 0; k < 4; k++)
            sim_step();
    }
    while (sim_wall_ms() < w->now_ms)
        sim.mono_us += (w->now_ms - sim_wall_ms()) * 1000;
    w->now_ms = sim_wall_ms();
}

static uint32_t items_of(enum purpose purpose, const ProtobufCMessage *message)
{
    return purpose == PURPOSE_CHARGE
               ? (uint32_t)((const Saldo__V1__ChargeRequest *)message)->n_charges
               : (uint32_t)((const Saldo__V1__CommandRequest *)message)->n_commands;
}

bool world_apply(struct world *w, const char *key, enum purpose purpose,
                 const ProtobufCMessage *message)
{
    static struct sim_line line = {.life = 1};
    struct test_key signer;
    uint8_t *frame;
    catch_up(w);
    uint32_t count = items_of(purpose, message);
    if (purpose == PURPOSE_CHARGE && library_takes(key, message)) {
        memset(w->answers, 0, count * sizeof(w->answers[0])); /* nobody knows yet: hope */
        w->decision = (struct decision){0};
        return true;
    }
    size_t len = sign(w, key, purpose, message, &frame);
    test_key(key, &signer);
    memcpy(line.transport_key, signer.public, LIMIT_KEY_BYTES);
    ask(w, &line, frame, len, count);
    free(frame);
    return true;
}

/* ---- The rest of world.h
 * ------------------------------------------------------------------------- */

struct world *world_new(const struct ledger_limits *limits, int32_t day)
{
    struct world *w = calloc(1, sizeof(*w));
    struct test_key administrator;
    CHECK(w != NULL);
    test_key("administrator", &administrator);
    w->genesis = (struct ledger_genesis){.clock_skew_ms = 300000};
    memcpy(w->genesis.ledger_id, "a simulated town", LEDGER_ID_BYTES);
    memcpy(w->genesis.administrator_key, administrator.public, LIMIT_KEY_BYTES);
    memcpy(w->genesis.administrator_transport_key, administrator.public, LIMIT_KEY_BYTES);
    w->limits = *limits;
    w->model = sim.model = model_new(&w->genesis);
    w->now_ms = model_instant(day, 0, 0);
    return w;
}

void world_crowd(struct world *w)
{
    w->crowded = false; /* the ledger is the daemon's own */
}

void world_free(struct world *w)
{
    for (size_t i = 0; i < w->tape.count; i++)
        free(w->decided[i]);
    free(w->decided);
    tape_clear(&w->tape);
    model_free(w->model);
    free(w);
}

/* ---- Beginning and end
 * --------------------------------------------------------------------------- */

static void write_home(const uint8_t ledger_key[LIMIT_KEY_BYTES])
{
    char path[512], id[2 * LEDGER_ID_BYTES + 1], key[2 * LIMIT_KEY_BYTES + 1];
    snprintf(path, sizeof(path), "%s/saldo.conf", people.home);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    for (int i = 0; i < LEDGER_ID_BYTES; i++)
        snprintf(id + 2 * i, 3, "%02x", sim.traffic->w->genesis.ledger_id[i]);
    for (int i = 0; i < LIMIT_KEY_BYTES; i++)
        snprintf(key + 2 * i, 3, "%02x", ledger_key[i]);
    fprintf(f, "[ledger]\nendpoint=ipc://nowhere\ntransport_key=%s\nledger_id=%s\nledger_key=%s\n",
            key, id, key);
    CHECK(fclose(f) == 0);
}

static void library_register(struct library *l)
{
    uint8_t signing[LIMIT_KEY_BYTES], transport[LIMIT_KEY_BYTES];
    Saldo__V1__RegisterKey c = SALDO__V1__REGISTER_KEY__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    CHECK(saldo_keygen(people.home, l->name, signing, transport) == SALDO_OK);
    c.signing_key = (ProtobufCBinaryData){sizeof(signing), signing};
    c.transport_key = (ProtobufCBinaryData){sizeof(transport), transport};
    c.owner = l->name;
    c.role = SALDO__V1__ROLE__PROVIDER;
    command.body_case = SALDO__V1__COMMAND__BODY_REGISTER_KEY;
    command.register_key = &c;
    world_apply_command(sim.traffic->w, "administrator", &command);
    if (sim.traffic->w->answers[0].code != OUTCOME_ACCEPTED)
        sim_fail("the key of %s: %s", l->name, outcome_name(sim.traffic->w->answers[0].code));
}

void people_begin(const char *home)
{
    struct test_key ledger_key;
    memset(&people, 0, sizeof(people));
    people.home = home;
    test_key("ledger", &ledger_key);
    write_home(ledger_key.public);
    for (uint8_t i = 0; i < LIBRARIES; i++) {
        struct library *l = &people.libraries[i];
        l->line.number = (uint8_t)(i + 1);
        snprintf(l->name, sizeof(l->name), "p%u", i);
        library_register(l);
        library_open(l);
    }
    people.registered = true;
}

void people_end(void)
{
    for (size_t i = 0; i < LIBRARIES; i++) {
        struct library *l = &people.libraries[i];
        saldo_close(l->saldo);
        for (size_t k = 0; k < SUBMISSIONS; k++)
            if (l->list[k].request != NULL)
                submission_end(&l->list[k]);
    }
}
