#include "tests/support/clients.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "calendar.h"
#include "identifier.h"
#include "outcome.h"
#include "saldo.pb-c.h"
#include "tests/support/dice.h"
#include "tests/support/live.h"
#include "tests/support/witness.h"

#define PRICE          1000 /* a visit, all of it the county's */
#define VOUCHER_CENTS  40000
#define HOUR_MS        (INT64_C(60) * 60000)
#define RECENT         24 /* vouchers that are charged: the last ones granted */
#define MINE           32 /* charges that a client may delete */
#define LATENCIES      65536
#define DAYS_BEFORE    30   /* a voucher is in force from before the day of its grant */
#define DAYS_AFTER     3000 /* until after any test */
#define AMENDMENTS_MAX 8
#define READ_ONLY_US   20000 /* until a client asks again */

struct client {
    struct clients *all;
    pthread_t thread;
    uint32_t owner;
    struct dice dice;
    struct saldo *s;
    uint64_t generation; /* of its connection */
    struct ack ack;      /* the request under way; count 0: none */
    uint8_t mine[MINE][16];
    uint32_t mine_count;
};

struct clients {
    struct clients_options o;
    int acks;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t generation; /* under the lock, as the next three */
    bool rest;
    bool end;
    uint32_t resting;
    uint32_t count;
    _Atomic int64_t time_ms; /* 0: a real ledger */
    _Atomic uint32_t granted;
    int64_t amount[RECENT]; /* the case worker's: of the last ones granted */
    _Atomic uint64_t answered;
    _Atomic uint64_t timeouts;
    uint32_t latency_us[LATENCIES]; /* under the lock */
    uint32_t latency_count;
    struct client list[CLIENTS_MAX];
};

__attribute__((noreturn)) static void give_up(const struct saldo *s, const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, saldo_error_detail(s));
    _exit(1);
}

/* ---- One request ---- */

struct saldo *clients_open(const char *home, uint32_t owner, int64_t deadline_ms)
{
    static const char *const keys[] = {"P1", "P2", "P3", "P4", "caseworker"};
    const struct saldo_options o = {
        .home = home, .key = keys[owner], .deadline_ms = deadline_ms, .retry_ms = 150};
    struct saldo *s;
    if (saldo_open(&o, &s) != SALDO_OK)
        give_up(s, "open");
    return s;
}

static enum saldo_error send_charges(struct saldo *s, struct ack *a)
{
    struct saldo_charge charges[ACK_ITEMS_MAX];
    char numbers[ACK_ITEMS_MAX][11];
    memset(charges, 0, sizeof(charges));
    for (uint32_t i = 0; i < a->count; i++) {
        const struct ack_item *item = &a->items[i];
        identifier_voucher_write(item->voucher, numbers[i]);
        memcpy(charges[i].request_id, item->id, sizeof(item->id));
        charges[i].voucher = numbers[i];
        charges[i].service = "visit";
        charges[i].unit = SALDO_VISIT;
        charges[i].start_ms = item->start_ms;
        charges[i].quantity = item->cents / PRICE;
        charges[i].price_cents = PRICE;
        charges[i].county_cents = item->cents;
    }
    return saldo_submit(s, charges, a->count, a->answers);
}

static void fill_grant(Saldo__V1__GrantVoucher *g, const struct ack_item *item)
{
    static char *services[] = {"visit"};
    g->organiser = "county";
    g->client = "A00001";
    g->kind = SALDO__V1__VOUCHER_KIND__BALANCE;
    g->services = services;
    g->n_services = 1;
    g->amount_cents = item->cents;
    g->period = SALDO__V1__PERIOD__WHOLE;
    g->valid_from = item->day - DAYS_BEFORE;
    g->valid_to = item->day + DAYS_AFTER;
    g->decision = "PVK-1";
}

static enum saldo_error send_command(struct saldo *s, int64_t recorded_at_ms, struct ack *a)
{
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__Command *commands[] = {&command};
    Saldo__V1__GrantVoucher grant = SALDO__V1__GRANT_VOUCHER__INIT;
    Saldo__V1__AmendVoucher amend = SALDO__V1__AMEND_VOUCHER__INIT;
    Saldo__V1__Value amount = SALDO__V1__VALUE__INIT;
    struct ack_item *item = &a->items[0];
    uint8_t bytes[512];
    char number[11];

    identifier_voucher_write(item->voucher, number);
    command.request_id = (ProtobufCBinaryData){sizeof(item->id), item->id};
    if (item->act == ACT_GRANT) {
        grant.number = number;
        fill_grant(&grant, item);
        command.body_case = SALDO__V1__COMMAND__BODY_GRANT_VOUCHER;
        command.grant_voucher = &grant;
    } else {
        amend.number = number;
        amount.value = item->cents;
        amend.amount_cents = &amount;
        amend.effective_from = item->day;
        command.body_case = SALDO__V1__COMMAND__BODY_AMEND_VOUCHER;
        command.amend_voucher = &amend;
    }
    request.recorded_at_ms = recorded_at_ms;
    request.n_commands = 1;
    request.commands = commands;
    CHECK(saldo__v1__command_request__get_packed_size(&request) <= sizeof(bytes));
    size_t len = saldo__v1__command_request__pack(&request, bytes);
    return saldo_command(s, bytes, len, false, a->answers, 1);
}

enum saldo_error clients_send(struct saldo *s, int64_t recorded_at_ms, struct ack *a)
{
    const void *receipt;
    size_t len;
    enum saldo_error e;
    saldo_set_recorded_at(s, recorded_at_ms);
    if (a->items[0].act == ACT_CHARGE)
        e = send_charges(s, a);
    else if (a->items[0].act == ACT_DELETE)
        e = saldo_delete(s, a->items[0].id, a->items[0].target, a->answers);
    else
        e = send_command(s, recorded_at_ms, a);
    if (e != SALDO_OK)
        return e;
    CHECK(saldo_receipt(s, &receipt, &len) == SALDO_OK);
    CHECK(len <= sizeof(a->receipt));
    memcpy(a->receipt, receipt, len);
    a->receipt_len = (uint32_t)len;
    return SALDO_OK;
}

/* ---- What to ask for next ---- */

static int64_t time_of(const struct clients *all)
{
    struct timespec now;
    if (all->time_ms != 0)
        return all->time_ms;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void ask_to_charge(struct client *c, uint32_t granted)
{
    c->ack.count = dice_below(&c->dice, 4) == 0 ? 2 + dice_below(&c->dice, ACK_ITEMS_MAX - 1) : 1;
    for (uint32_t i = 0; i < c->ack.count; i++) {
        uint32_t recent = granted < RECENT ? granted : RECENT;
        c->ack.items[i] = (struct ack_item){
            .act = ACT_CHARGE,
            .voucher =
                WITNESS_VOUCHER_FIRST + (int32_t)(granted - 1 - dice_below(&c->dice, recent)),
            .start_ms = time_of(c->all) - HOUR_MS,
            .cents = PRICE * (1 + (int64_t)dice_below(&c->dice, 4)),
        };
        saldo_request_id_at(time_of(c->all), c->ack.items[i].id);
    }
}

static void ask_to_delete(struct client *c)
{
    uint32_t which = dice_below(&c->dice, c->mine_count);
    c->ack.count = 1;
    c->ack.items[0] = (struct ack_item){.act = ACT_DELETE};
    memcpy(c->ack.items[0].target, c->mine[which], 16);
    memcpy(c->mine[which], c->mine[--c->mine_count], 16);
    saldo_request_id_at(time_of(c->all), c->ack.items[0].id);
}

static void ask_to_grant(struct client *c, uint32_t granted)
{
    struct clients *all = c->all;
    uint32_t recent = granted < RECENT ? granted : RECENT;
    bool amend = granted >= RECENT && dice_below(&c->dice, 4) > 0;
    uint32_t which = amend ? granted - 1 - dice_below(&c->dice, recent) : granted;
    int64_t *amount = &all->amount[which % RECENT];
    if (*amount >= AMENDMENTS_MAX * VOUCHER_CENTS && amend)
        return;
    *amount = amend ? *amount + VOUCHER_CENTS : VOUCHER_CENTS;
    c->ack.count = 1;
    c->ack.items[0] = (struct ack_item){.act = amend ? ACT_AMEND : ACT_GRANT,
                                        .voucher = WITNESS_VOUCHER_FIRST + (int32_t)which,
                                        .cents = *amount};
    saldo_request_id_at(time_of(all), c->ack.items[0].id);
}

static void ask(struct client *c)
{
    uint32_t granted = c->all->granted;
    if (c->owner == CLIENTS_CASE_WORKER)
        ask_to_grant(c, granted);
    else if (c->mine_count > 0 && dice_below(&c->dice, 5) == 0)
        ask_to_delete(c);
    else if (granted > 0)
        ask_to_charge(c, granted);
    c->ack.owner = c->owner;
    for (uint32_t i = 0; i < c->ack.count; i++)
        c->ack.items[i].day = calendar_local_day(time_of(c->all));
}

/* ---- Answers ---- */

/* With intact books nothing else can be answered to what is asked for here. */
static bool expected(const struct ack_item *item, int code)
{
    if (code == OUTCOME_ACCEPTED)
        return true;
    return (item->act == ACT_CHARGE && code == OUTCOME_INSUFFICIENT_BALANCE) ||
           (item->act == ACT_DELETE && code == OUTCOME_CHARGE_NOT_DELETABLE);
}

/* To be deleted some time; the older ones make room, for they are settled soon. */
static void remember(struct client *c, const uint8_t id[16])
{
    uint32_t place = c->mine_count < MINE ? c->mine_count++ : dice_below(&c->dice, MINE);
    memcpy(c->mine[place], id, 16);
}

static void take_answers(struct client *c)
{
    struct clients *all = c->all;
    for (uint32_t i = 0; i < c->ack.count; i++) {
        const struct ack_item *item = &c->ack.items[i];
        int code = c->ack.answers[i].code;
        if (!expected(item, code)) {
            fprintf(stderr, "client: act %d was answered with %s\n", (int)item->act,
                    saldo_outcome_name(code));
            _exit(1);
        }
        if (item->act == ACT_CHARGE && code == OUTCOME_ACCEPTED)
            remember(c, item->id);
        if (item->act == ACT_GRANT)
            all->granted++;
    }
}

static void note(struct client *c, int64_t began_us)
{
    struct clients *all = c->all;
    int64_t us = live_now_us() - began_us;
    if (all->acks >= 0)
        acks_append(all->acks, &c->ack);
    if (all->o.told != NULL)
        all->o.told(all->o.arg, &c->ack);
    take_answers(c);
    c->ack.count = 0;
    all->answered++;
    pthread_mutex_lock(&all->lock);
    all->latency_us[all->latency_count++ % LATENCIES] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    pthread_mutex_unlock(&all->lock);
}

/* ---- The life of a client ---- */

/* Wait until there is something to do, or the end. Takes up a new connection where there is one. */
static bool client_wait(struct client *c)
{
    struct clients *all = c->all;
    pthread_mutex_lock(&all->lock);
    bool rests = all->rest && c->ack.count == 0;
    if (rests) {
        all->resting++;
        pthread_cond_broadcast(&all->changed);
    }
    while (!all->end && (all->generation == 0 || (rests && all->rest)))
        pthread_cond_wait(&all->changed, &all->lock);
    if (rests)
        all->resting--;
    uint64_t generation = all->generation;
    bool end = all->end;
    pthread_mutex_unlock(&all->lock);
    if (end)
        return false;
    if (generation != c->generation) {
        saldo_close(c->s);
        c->s = clients_open(all->o.home, c->owner, all->o.attempt_ms);
        c->generation = generation;
    }
    return true;
}

static void *client_main(void *arg)
{
    struct client *c = arg;
    struct clients *all = c->all;
    int64_t began_us = 0;
    while (client_wait(c)) {
        if (c->ack.count == 0) {
            live_sleep_us(dice_below(&c->dice, all->o.pause_us + 1));
            ask(c);
            began_us = live_now_us();
        }
        if (c->ack.count == 0)
            continue;
        int64_t recorded = all->time_ms;
        enum saldo_error e = clients_send(c->s, recorded, &c->ack);
        if (e == SALDO_OK)
            note(c, began_us);
        else if (e == SALDO_ERROR_TIMEOUT || e == SALDO_ERROR_BUSY)
            all->timeouts++;
        else if (e == SALDO_ERROR_READ_ONLY)
            live_sleep_us(READ_ONLY_US);
        else
            give_up(c->s, saldo_error_text(e));
    }
    saldo_close(c->s);
    return NULL;
}

struct clients *clients_new(const struct clients_options *o)
{
    struct clients *all = calloc(1, sizeof(*all));
    CHECK(all != NULL);
    CHECK(o->providers < CLIENTS_MAX);
    all->o = *o;
    all->acks = o->acks == NULL ? -1 : acks_create(o->acks);
    all->count = o->providers + 1;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    for (uint32_t i = 0; i < all->count; i++) {
        struct client *c = &all->list[i];
        c->all = all;
        c->owner = i == 0 ? CLIENTS_CASE_WORKER : (i - 1) % CLIENTS_PROVIDERS;
        c->dice = (struct dice){o->seed * 1000 + i};
        CHECK(pthread_create(&c->thread, NULL, client_main, c) == 0);
    }
    return all;
}

void clients_set_time(struct clients *c, int64_t time_ms)
{
    c->time_ms = time_ms;
}

void clients_connect(struct clients *c)
{
    pthread_mutex_lock(&c->lock);
    c->generation++;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

bool clients_rest(struct clients *c, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000 + 1;
    int rc = 0;
    pthread_mutex_lock(&c->lock);
    c->rest = true;
    while (c->resting < c->count && rc == 0)
        rc = pthread_cond_timedwait(&c->changed, &c->lock, &until);
    pthread_mutex_unlock(&c->lock);
    return rc == 0;
}

void clients_go_on(struct clients *c)
{
    pthread_mutex_lock(&c->lock);
    c->rest = false;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void clients_free(struct clients *c)
{
    pthread_mutex_lock(&c->lock);
    c->end = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    for (uint32_t i = 0; i < c->count; i++)
        pthread_join(c->list[i].thread, NULL);
    if (c->acks >= 0)
        close(c->acks);
    free(c);
}

/* ---- What was seen ---- */

uint64_t clients_answered(const struct clients *c)
{
    return c->answered;
}

uint64_t clients_timeouts(const struct clients *c)
{
    return c->timeouts;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t clients_p99_us(struct clients *c)
{
    pthread_mutex_lock(&c->lock);
    uint32_t count = c->latency_count < LATENCIES ? c->latency_count : LATENCIES;
    qsort(c->latency_us, count, sizeof(uint32_t), by_size);
    uint32_t p99 = count == 0 ? 0 : c->latency_us[(uint64_t)count * 99 / 100];
    c->latency_count = 0;
    pthread_mutex_unlock(&c->lock);
    return p99;
}
