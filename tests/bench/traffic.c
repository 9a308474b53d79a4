#include "traffic.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "calendar.h"
#include "codec.h"
#include "identifier.h"

#define PRICE   4000
#define VALUE   3600
#define SLOT_MS (15 * INT64_C(60000)) /* each charge is a quarter of an hour of its voucher */

void traffic_fail(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

double traffic_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- Catalogue and vouchers ------------------------------------------------------------------ */

#define COMMANDS_MAX 4096

struct setup {
    const struct traffic_setup *s;
    uint32_t count;
    Saldo__V1__Command commands[COMMANDS_MAX];
    Saldo__V1__Command *list[COMMANDS_MAX];
    uint8_t ids[COMMANDS_MAX][16];
};

static void send_commands(struct setup *u)
{
    if (u->count == 0)
        return;
    Saldo__V1__CommandRequest r = SALDO__V1__COMMAND_REQUEST__INIT;
    r.commands = u->list;
    r.n_commands = u->count;
    size_t len = saldo__v1__command_request__get_packed_size(&r);
    uint8_t *bytes = malloc(len);
    CHECK(bytes != NULL);
    saldo__v1__command_request__pack(&r, bytes);
    u->s->send(u->s->arg, bytes, len, u->count);
    free(bytes);
    u->count = 0;
}

/* The next command of the request under construction, with an id; sent when full. */
static Saldo__V1__Command *next_command(struct setup *u)
{
    if (u->count == COMMANDS_MAX)
        send_commands(u);
    uint32_t i = u->count++;
    u->commands[i] = (Saldo__V1__Command)SALDO__V1__COMMAND__INIT;
    u->list[i] = &u->commands[i];
    randombytes_buf(u->ids[i], 16);
    memset(u->ids[i], 0, 6); /* the clock of a fresh simulated ledger has not started */
    u->commands[i].request_id.data = u->ids[i];
    u->commands[i].request_id.len = 16;
    return &u->commands[i];
}

#define COMMAND(type, TYPE, field)                                                                 \
    static Saldo__V1__##type field = SALDO__V1__##TYPE##__INIT;                                    \
    Saldo__V1__Command *field##_command = next_command(u);                                         \
    field##_command->body_case = SALDO__V1__COMMAND__BODY_##TYPE;                                  \
    field##_command->field = &field

static void setup_catalogue(struct setup *u)
{
    COMMAND(SetOrganiser, SET_ORGANISER, set_organiser);
    set_organiser.code = "county";
    set_organiser.name = "County";
    set_organiser.business_id = "";
    COMMAND(SetService, SET_SERVICE, set_service);
    set_service.organiser = "county";
    set_service.code = "kotihoito";
    set_service.group = set_service.name_fi = set_service.name_en = "Home care";
    set_service.unit = SALDO__V1__UNIT__HOUR;
    set_service.increment = 15;
    set_service.copay_allowed = true;
    COMMAND(AddRate, ADD_RATE, add_rate);
    Saldo__V1__Value value = SALDO__V1__VALUE__INIT;
    value.value = VALUE;
    add_rate.organiser = "county";
    add_rate.service = "kotihoito";
    add_rate.valid_from = calendar_day((struct date){2020, 1, 1});
    add_rate.unit_value_cents = &value;
    COMMAND(SetProvider, SET_PROVIDER, set_provider);
    set_provider.id = TRAFFIC_PROVIDER;
    set_provider.name = TRAFFIC_PROVIDER;
    COMMAND(AddApproval, ADD_APPROVAL, add_approval);
    add_approval.provider = TRAFFIC_PROVIDER;
    add_approval.organiser = "county";
    add_approval.service = "kotihoito";
    add_approval.valid_from = add_rate.valid_from;
    COMMAND(AddPrice, ADD_PRICE, add_price);
    add_price.provider = TRAFFIC_PROVIDER;
    add_price.organiser = "county";
    add_price.service = "kotihoito";
    add_price.valid_from = add_rate.valid_from;
    add_price.price_cents = PRICE;
    COMMAND(RegisterKey, REGISTER_KEY, register_key);
    register_key.signing_key = (ProtobufCBinaryData){32, (uint8_t *)(uintptr_t)u->s->signing_key};
    register_key.transport_key =
        (ProtobufCBinaryData){32, (uint8_t *)(uintptr_t)u->s->transport_key};
    register_key.owner = TRAFFIC_PROVIDER;
    register_key.role = SALDO__V1__ROLE__PROVIDER;
    send_commands(u);
}

static void setup_vouchers(struct setup *u, int32_t count)
{
    static Saldo__V1__GrantVoucher grants[COMMANDS_MAX];
    static char numbers[COMMANDS_MAX][11];
    char *services[] = {"kotihoito"};
    for (int32_t i = 0; i < count; i++) {
        Saldo__V1__Command *c = next_command(u);
        uint32_t at = u->count - 1;
        Saldo__V1__GrantVoucher *g = &grants[at];
        *g = (Saldo__V1__GrantVoucher)SALDO__V1__GRANT_VOUCHER__INIT;
        identifier_voucher_write(100000000 + i, numbers[at]);
        g->number = numbers[at];
        g->organiser = "county";
        g->client = "A00001";
        g->kind = SALDO__V1__VOUCHER_KIND__BALANCE;
        g->services = services;
        g->n_services = 1;
        g->amount_cents = 100000000;
        g->period = SALDO__V1__PERIOD__MONTHLY;
        g->valid_from = calendar_day((struct date){2026, 1, 1});
        g->valid_to = calendar_day((struct date){2026, 12, 31});
        g->decision = "PVK-1";
        c->body_case = SALDO__V1__COMMAND__BODY_GRANT_VOUCHER;
        c->grant_voucher = g;
    }
    send_commands(u);
}

void traffic_setup(const struct traffic_setup *s)
{
    static struct setup u;
    u.s = s;
    setup_catalogue(&u);
    setup_vouchers(&u, s->vouchers);
}

/* ---- Signed charges -------------------------------------------------------------------------- */

void traffic_begin(struct traffic *t)
{
    t->random = UINT64_C(88172645463325252) + t->salt;
    t->made = 0;
    t->next_slot = calloc((size_t)t->vouchers, sizeof(uint16_t));
    CHECK(t->next_slot != NULL);
    if (t->slots == 0)
        t->slots = 144;
    for (int32_t i = 0; i < t->vouchers; i++)
        t->next_slot[i] = (uint16_t)(t->salt * t->slots);
}

void traffic_end(struct traffic *t)
{
    free(t->next_slot);
}

static uint64_t random_next(struct traffic *t)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return t->random;
}

static void fill_charge(struct traffic *t, struct charge *c, char number[11])
{
    int32_t v = (int32_t)(random_next(t) % (uint64_t)t->vouchers);
    int64_t recorded = calendar_midnight_ms(t->day) + 12 * INT64_C(3600000);
    int64_t first = calendar_midnight_ms(calendar_month_first(calendar_month(t->day) - 1));
    int64_t id_ms = recorded;
    uint64_t salt = t->made++ | (uint64_t)t->salt << 48;
    *c = (struct charge){.unit = SALDO__V1__UNIT__HOUR, .quantity = 15, .price_cents = PRICE};
    for (int i = 0; i < 6; i++)
        c->id[i] = (uint8_t)(id_ms >> (8 * (5 - i)));
    salt = salt * UINT64_C(0x9e3779b97f4a7c15); /* ids in no order */
    memcpy(c->id + 6, &salt, 8);
    identifier_voucher_write(100000000 + v, number);
    c->voucher = (struct text){number, 10};
    c->service = (struct text){"kotihoito", 9};
    c->reference = (struct text){"INVOICE-0000001", 15};
    c->start_ms = first + t->next_slot[v]++ * SLOT_MS;
    c->end_ms = c->start_ms + SLOT_MS;
    c->county_cents = VALUE / 4;
    c->copay_cents = (PRICE - VALUE) / 4;
    c->identity_checked = true;
}

struct traffic_frame traffic_frame(struct traffic *t, uint32_t count)
{
    static struct charge charges[LIMIT_BATCH_ITEMS];
    static char numbers[LIMIT_BATCH_ITEMS][11];
    int64_t recorded = calendar_midnight_ms(t->day) + 12 * INT64_C(3600000);
    for (uint32_t i = 0; i < count; i++)
        fill_charge(t, &charges[i], numbers[i]);
    size_t payload_size = codec_charges_size(charges, count) + 16;
    uint8_t *payload = malloc(payload_size);
    struct envelope e = {.purpose = PURPOSE_CHARGE, .payload = payload};
    uint8_t hash[LIMIT_HASH_BYTES];
    CHECK(payload != NULL);
    e.payload_len = codec_charges_write(charges, count, recorded, payload, payload_size);
    CHECK(e.payload_len > 0);
    memcpy(e.key_id, t->key_id, sizeof(e.key_id));
    envelope_hash(payload, e.payload_len, hash);
    envelope_sign(PURPOSE_CHARGE, t->ledger_id, hash, t->sign_secret, e.signature);
    struct traffic_frame f = {.len = envelope_size(e.payload_len), .count = count};
    f.bytes = malloc(f.len);
    CHECK(f.bytes != NULL);
    CHECK(envelope_write(&e, f.bytes, f.len) == f.len);
    free(payload);
    return f;
}
