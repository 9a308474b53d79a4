#include "audit/sums.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/sums_state.h"
#include "outcome.h"
#include "tool.h"

struct sums *sums_new(const uint8_t ledger_id[LEDGER_ID_BYTES], uint64_t charges, struct flaws *f)
{
    struct sums *s = tool_alloc(1, sizeof(*s));

    memcpy(s->ledger_id, ledger_id, sizeof(s->ledger_id));
    s->findings = f;
    s->last_service = NONE;
    randombytes_buf(&s->seed, sizeof(s->seed));
    if (scratch_list_start(&s->charge_list, charges, sizeof(*s->charges)) != TOOL_OK ||
        scratch_list_start(&s->bucket_list, charges, sizeof(*s->buckets)) != TOOL_OK) {
        sums_free(s);
        return NULL;
    }
    hashes_reserve(&s->charge_ids, charges);
    s->charges = s->charge_list.items;
    s->buckets = s->bucket_list.items;
    return s;
}

void sums_free(struct sums *s)
{
    if (s == NULL)
        return;
    struct hashes *const tables[] = {&s->provider_ids,   &s->service_codes, &s->commitment_keys,
                                     &s->voucher_digits, &s->bucket_keys,   &s->charge_ids,
                                     &s->account_pairs,  &s->payout_keys,   &s->bank_line_hashes};
    void *const lists[] = {s->organisers, s->providers, s->services, s->commitments,
                           s->vouchers,   s->days,      s->lines,    s->batches,
                           s->accounts,   s->payouts,   s->runs,     s->bank_lines};

    for (size_t i = 0; i < s->vouchers_count; i++)
        free(s->vouchers[i].older);
    for (size_t i = 0; i < s->days_count; i++) {
        free(s->days[i].charges);
        free(s->days[i].credits);
    }
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        hashes_free(tables[i]);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        free(lists[i]);
    scratch_list_free(&s->charge_list);
    scratch_list_free(&s->bucket_list);
    free(s);
}

void sums_rest(const struct sums *s)
{
    scratch_list_rest(&s->charge_list);
    scratch_list_rest(&s->bucket_list);
}

void sums_wrong(struct sums *s, const char *format, ...)
{
    char text[FLAW_TEXT_MAX];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    flaws_add(s->findings, (struct flaw_place){FLAW_SUM, s->number}, "%s", text);
}

/* Commands that are not here move no money: windows, rates, approvals, prices, reservations,
 * suspensions and keys only bear on what is accepted, which deciding again shows. */
static void command(struct sums *s, const Saldo__V1__Command *c, const struct answer *a,
                    const struct batch_summary *batch)
{
    bool accepted = a->code == OUTCOME_ACCEPTED;

    sums_name_command(s, c, a);
    if (!accepted)
        return;
    s->totals.commands++;
    switch ((int)c->body_case) {
    case SALDO__V1__COMMAND__BODY_GRANT_VOUCHER:
    case SALDO__V1__COMMAND__BODY_AMEND_VOUCHER:
    case SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER:
    case SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER:
        sums_voucher_command(s, c);
        break;
    case SALDO__V1__COMMAND__BODY_REVIEW_CHARGE:
    case SALDO__V1__COMMAND__BODY_DELETE_CHARGE:
    case SALDO__V1__COMMAND__BODY_CREDIT_CHARGE:
        sums_charge_command(s, c);
        break;
    case SALDO__V1__COMMAND__BODY_SETTLE_DAY:
        sums_settle(s, c->settle_day->day, batch);
        break;
    default:
        sums_pay_command(s, c);
        break;
    }
}

void sums_entry(struct sums *s, const struct sums_entry *e)
{
    s->number = e->decision->number;
    s->day = e->decision->business_day;
    s->signer = e->signer;
    if (e->signer == NULL)
        return;
    if (e->request->purpose == PURPOSE_CHARGE) {
        sums_charges(s, e);
        return;
    }
    for (uint32_t i = 0; i < e->request->count; i++) {
        const struct answer *a = &e->decision->answers[i];
        if (a->duplicate)
            s->totals.repeated++;
        else
            command(s, e->request->commands[i].message, a, &e->decision->batch);
    }
}

void sums_totals(const struct sums *s, struct sums_totals *out)
{
    *out = s->totals;
    out->vouchers = s->vouchers_count;
    out->buckets = s->bucket_list.count;
    out->batches = s->batches_count;
    out->payouts = s->payouts_count;
    for (size_t i = 0; i < s->accounts_count; i++)
        out->paid_cents += s->accounts[i].bank;
}
