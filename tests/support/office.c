/* office.c - officers and their bank. */
#include "tests/support/unit.h"

#include <inttypes.h>

#include "tests/support/office.h"

static void see_payees(struct world *w, const struct sign *s, uint8_t hash[LIMIT_HASH_BYTES])
{
    struct model_run r;
    memset(hash, 0, LIMIT_HASH_BYTES);
    for (size_t i = 0; model_run(w->model, i, &r); i++) {
        if (r.day != s->day || strcmp(r.organiser, s->organiser) != 0)
            continue;
        model_payees(w->model, i, hash);
        if (s->payees == PAYEES_PREPARED)
            memcpy(hash, r.prepared, LIMIT_HASH_BYTES);
    }
    hash[0] ^= s->payees == PAYEES_OTHER;
}

void office_payees(struct world *w, const char *organiser, int32_t day,
                   uint8_t hash[LIMIT_HASH_BYTES])
{
    see_payees(w, &(struct sign){.organiser = organiser, .day = day}, hash);
}

/* Fill in what was not told. `hash` has to live as long as what it gives. */
static ProtobufCBinaryData payees_of(struct world *w, struct sign *s,
                                     uint8_t hash[LIMIT_HASH_BYTES])
{
    s->organiser = s->organiser == NULL ? COUNTY : s->organiser;
    s->day = s->day == 0 ? NIGHT : s->day;
    see_payees(w, s, hash);
    return (ProtobufCBinaryData){s->payees == PAYEES_NONE ? 0 : LIMIT_HASH_BYTES, hash};
}

enum outcome office_prepare(struct world *w, struct sign s)
{
    Saldo__V1__PreparePayoutRun c = SALDO__V1__PREPARE_PAYOUT_RUN__INIT;
    uint8_t hash[LIMIT_HASH_BYTES];
    c.payees = payees_of(w, &s, hash);
    c.organiser = town_text(s.organiser);
    c.run_day = s.day;
    c.payouts = s.payouts;
    c.cents = s.cents;
    return town_command(w, s.key, SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN, &c);
}

enum outcome office_release(struct world *w, struct sign s)
{
    Saldo__V1__ReleasePayoutRun c = SALDO__V1__RELEASE_PAYOUT_RUN__INIT;
    uint8_t hash[LIMIT_HASH_BYTES];
    c.payees = payees_of(w, &s, hash);
    c.organiser = town_text(s.organiser);
    c.run_day = s.day;
    c.payouts = s.payouts;
    c.cents = s.cents;
    return town_command(w, s.key, SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN, &c);
}

enum outcome office_start(struct world *w, const char *key, const char *organiser)
{
    Saldo__V1__StartPayoutRun c = SALDO__V1__START_PAYOUT_RUN__INIT;
    c.organiser = town_text(organiser);
    return town_command(w, key, SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN, &c);
}

enum outcome office_unhold(struct world *w, struct held h)
{
    Saldo__V1__ReleaseHeldPayout c = SALDO__V1__RELEASE_HELD_PAYOUT__INIT;
    c.organiser = town_text(h.organiser);
    c.provider = town_text(h.provider);
    c.run_day = h.day;
    c.reason = town_text(h.reason);
    return town_command(w, h.key, SALDO__V1__COMMAND__BODY_RELEASE_HELD_PAYOUT, &c);
}

static void line_of(int line, uint8_t bytes[LIMIT_HASH_BYTES])
{
    memset(bytes, 0, LIMIT_HASH_BYTES);
    bytes[0] = (uint8_t)line;
    bytes[1] = 1;
}

static void facts_of(const struct event *e, Saldo__V1__BankLineFacts *f)
{
    saldo__v1__bank_line_facts__init(f);
    f->notification = e->notification;
    f->returned = e->credit;
    f->account = town_text("FI4950009420028730");
    f->end_to_end_id = town_text(e->end_to_end_id);
    f->entry_ref = town_text("A1");
    f->entry_cents = e->entry_cents == 0 ? e->cents : e->entry_cents;
}

enum outcome office_bank(struct world *w, struct event e)
{
    Saldo__V1__RecordBankEvent c = SALDO__V1__RECORD_BANK_EVENT__INIT;
    Saldo__V1__BankLineFacts facts;
    uint8_t line[LIMIT_HASH_BYTES];
    bool matched = e.kind != KIND(UNMATCHED) && e.kind != KIND(LUMP);
    bool camt = e.kind >= KIND(BOOKED);
    line_of(e.line, line);
    facts_of(&e, &facts);
    c.line = (ProtobufCBinaryData){e.line < 0 ? 31 : sizeof(line), line};
    c.kind = (Saldo__V1__BankEventKind)e.kind;
    c.organiser = town_text(e.organiser == NULL ? COUNTY : e.organiser);
    c.provider = town_text(e.provider == NULL && matched ? "P1" : e.provider);
    c.run_day = e.day == 0 && matched ? NIGHT : e.day;
    c.cents = e.cents;
    c.credit = e.credit;
    c.day = e.booked;
    c.reason = town_text(e.reason);
    c.file = town_text(e.file);
    c.by_hand = e.by_hand;
    c.facts = e.facts == FACTS_TOLD || (camt && e.facts == FACTS_OF_KIND) ? &facts : NULL;
    return town_command(w, e.key == NULL ? FINANCE_1 : e.key,
                        SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT, &c);
}

enum outcome office_close(struct world *w, struct closing closing)
{
    Saldo__V1__CloseBankLine c = SALDO__V1__CLOSE_BANK_LINE__INIT;
    uint8_t line[LIMIT_HASH_BYTES];
    line_of(closing.line, line);
    c.line = (ProtobufCBinaryData){closing.line < 0 ? 31 : sizeof(line), line};
    c.reason = town_text(closing.reason);
    return town_command(w, closing.key == NULL ? FINANCE_1 : closing.key,
                        SALDO__V1__COMMAND__BODY_CLOSE_BANK_LINE, &c);
}

enum outcome office_account(struct world *w, const char *key, const char *iban)
{
    Saldo__V1__ChangeProviderAccount c = SALDO__V1__CHANGE_PROVIDER_ACCOUNT__INIT;
    c.provider = town_text("P1");
    c.iban = town_text(iban);
    c.account_name = town_text("Kotiapu Oy");
    return town_command(w, key, SALDO__V1__COMMAND__BODY_CHANGE_PROVIDER_ACCOUNT, &c);
}

void office_pays_on_command(struct world *w)
{
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    o.code = town_text(COUNTY);
    o.name = o.account_name = town_text("Kainuun hyvinvointialue");
    o.business_id = town_text("2500000-7");
    o.iban = town_text("FI4950009420028730");
    town_do(w, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &o);
}

void office_charge(struct world *w, const char *provider, int64_t cents)
{
    struct charge_of c = cents_of(town_number(1), w->now_ms - 3600000, cents);
    c.provider = provider;
    assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
}

/* 76.00 for P1 and 50.00 for P2, settled on NIGHT; it is the morning after. */
static struct world *morning(struct world *w, bool on_command)
{
    sell_cents(w);
    if (on_command)
        office_pays_on_command(w);
    town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 100000});
    town_time(w, at(2026, 3, 31, 12, 0));
    office_charge(w, "P1", 7600);
    office_charge(w, "P2", 5000);
    town_night(w);
    return w;
}

struct world *office_morning(bool on_command)
{
    return morning(town_new(NIGHT), on_command);
}

struct world *office_morning_of(uint32_t level)
{
    struct world *w = town_new(NIGHT);
    w->level = level; /* nothing so far differs */
    return morning(w, false);
}

struct world *office_released(void)
{
    struct world *w = office_morning(false);
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    return w;
}

void expect_money(struct world *w, struct money want, const char *file, int line)
{
    struct model_money m = model_money(w->model, COUNTY);
    assert_true(world_compare(w));
    if (m.payable != want.payable || m.in_transit != want.in_transit || m.bank != want.bank)
        fail_msg("%s:%d: owed %" PRId64 ", in transit %" PRId64 ", paid %" PRId64, file, line,
                 m.payable, m.in_transit, m.bank);
}

void office_elsewhere(struct world *w)
{
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    o.code = town_text("kymi");
    town_do(w, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &o);
    EXPECT(ACCEPTED, town_key(w, ADMIN,
                              &(struct key_of){.name = "finance-kymi",
                                               .role = SALDO__V1__ROLE__FINANCE_OFFICER,
                                               .organiser = "kymi"}));
}
