/* ledger.c - one entry: who acts, and each of its items in turn. */
#include "ledger/state.h"

/* False: the key is unknown, revoked or not valid at the time of the entry. */
static bool act_of(const struct ledger *l, const struct ledger_entry *e, struct act *a)
{
    uint32_t item = key_find(l, e->request->key_id);
    if (item == 0)
        return false;
    const struct signing_key *k = ROW_AT(signing_key, l, ROW_KEY, item);
    if (!key_valid(&k->key, e->time_ms))
        return false;
    CHECK(e->level >= LEVEL_FIRST && e->level <= LEDGER_LEVEL);
    bool started = e->time_ms != 0; /* a simulated ledger's clock may not have started */
    a->number = e->number;
    a->time_ms = e->time_ms;
    a->day = e->day;
    a->level = e->level;
    a->window_first = started ? calendar_window_first(e->day) : 0;
    a->window_ms = started ? calendar_midnight_ms(a->window_first) : 0;
    a->key = &k->key;
    a->owner = k->owner;
    a->provider = k->key.role == SALDO__V1__ROLE__PROVIDER ? k->key.provider : 0;
    a->purpose = e->request->purpose;
    return true;
}

static void act_on_charges(struct ledger *l, struct act *a, const struct request *r,
                           struct answer *answers)
{
    struct terms kept[TERMS_KEPT] = {0};
    a->terms = kept;
    for (uint32_t i = 0; i < r->count; i++) {
        lookup_ahead(l, i, r->count);
        charge_act(l, a, &r->charges[i], i, &answers[i]);
    }
    a->terms = NULL;
}

static void act_on(struct ledger *l, struct act *a, const struct ledger_entry *e,
                   struct answer *answers)
{
    const struct request *r = e->request;
    CHECK(l->looked_up == e->number); /* by ledger_prepare() */
    if (r->purpose == PURPOSE_CHARGE) {
        act_on_charges(l, a, r, answers);
        return;
    }
    struct runs_named runs = {0};
    for (uint32_t i = 0; i < r->count; i++) {
        a->runs_full = !runs_admit(&runs, r->commands[i].message);
        command_act(l, a, &r->commands[i], i, &answers[i]);
    }
}

static void refuse_all(const struct request *r, struct answer *answers)
{
    for (uint32_t i = 0; i < r->count; i++)
        answers[i] = (struct answer){.code = OUTCOME_BAD_SIGNATURE};
}

void ledger_apply(struct ledger *l, const struct ledger_entry *e, struct answer *answers,
                  struct decision *out)
{
    CHECK(l != NULL);
    CHECK(e != NULL);
    CHECK(l->meta.last_number == 0 || e->number == l->meta.last_number + 1);
    CHECK(e->time_ms >= l->meta.time_ms);
    struct act a = {.batch = &out->batch};

    l->meta.last_number = e->number;
    l->meta.time_ms = e->time_ms;
    l->meta.day = e->time_ms != 0 ? e->day : 0;
    if (l->meta.first_day == 0)
        l->meta.first_day = l->meta.day;
    *out = (struct decision){
        .number = e->number,
        .time_ms = e->time_ms,
        .business_day = l->meta.day,
        .simulated = l->genesis.simulated,
        .count = e->request->count,
        .answers = answers,
    };
    if (act_of(l, e, &a))
        act_on(l, &a, e, answers);
    else
        refuse_all(e->request, answers);
}

void ledger_check(struct ledger *l, const struct ledger_entry *e, uint32_t owner_provider,
                  struct answer *answers)
{
    struct act a = {.dry_run = true};
    if (!act_of(l, e, &a)) {
        refuse_all(e->request, answers);
        return;
    }
    if (e->request->purpose == PURPOSE_CHARGE && owner_provider != 0) {
        a.provider = owner_provider;
        a.owner = owner_provider;
    }
    act_on(l, &a, e, answers);
}
