/* model_correction.c - what happens to a charge after it was accepted. */
#include "tests/support/model_state.h"

/* Only accepted charges are charges; NULL for all others. */
static struct m_charge *find_charge(struct model *m, const char *provider, ProtobufCBinaryData id)
{
    if (id.len != LIMIT_REQUEST_ID_BYTES)
        return NULL;
    const struct m_id *used = m_id_find(m, id.data, provider);
    return used == NULL || used->charge == NOBODY ? NULL : &m->charges[used->charge];
}

static bool in_scope(const struct model *m, const struct m_act *a, const struct m_charge *c)
{
    return m_in_scope(a, m->vouchers[c->voucher].organiser);
}

static void code_copy(char to[LIMIT_CODE_BYTES + 1], const char *from)
{
    size_t len = strlen(from);
    memcpy(to, from, len < LIMIT_CODE_BYTES ? len : LIMIT_CODE_BYTES);
}

static struct model_correction *note(struct model *m, const struct m_act *a,
                                     const struct m_charge *c, int kind)
{
    const struct m_voucher *v = &m->vouchers[c->voucher];
    struct model_correction *n = ADD(m->corrections);
    n->number = a->number;
    n->index = a->index;
    n->kind = kind;
    code_copy(n->organiser, m->organisers[v->organiser].code);
    code_copy(n->provider, m->providers[c->provider].id);
    code_copy(n->service, c->service);
    code_copy(n->by, a->key->owner);
    memcpy(n->voucher, v->number, LIMIT_VOUCHER_BYTES);
    memcpy(n->charge, c->id, sizeof(n->charge));
    n->cents = kind == SALDO__V1__CORRECTION_KIND__CORRECTION_APPROVED ? 0 : c->county;
    n->quantity = c->quantity;
    n->day = a->day;
    n->time_ms = a->time_ms;
    return n;
}

static void text_note(struct model_correction *n, const char *text)
{
    memcpy(n->text, text, strlen(text)); /* short enough, and zeros behind it */
}

const struct model_correction *model_correction(const struct model *m, size_t index)
{
    return index < m->corrections_count ? &m->corrections[index] : NULL;
}

static enum outcome delete_charge(struct model *m, const struct m_act *a,
                                  const Saldo__V1__DeleteCharge *d)
{
    if (d->charge.len != LIMIT_REQUEST_ID_BYTES)
        return OUTCOME_FIELD_INVALID;
    struct m_charge *c = find_charge(m, a->key->owner, d->charge);
    if (c == NULL)
        return OUTCOME_CHARGE_UNKNOWN;
    if (!in_scope(m, a, c))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (c->state == M_DELETED || c->state == M_REFUSED || c->settled)
        return OUTCOME_CHARGE_NOT_DELETABLE;
    c->state = M_DELETED;
    note(m, a, c, SALDO__V1__CORRECTION_KIND__CORRECTION_DELETED);
    return OUTCOME_ACCEPTED;
}

static enum outcome review_charge(struct model *m, const struct m_act *a,
                                  const Saldo__V1__ReviewCharge *r)
{
    if (!m_code_ok(r->provider) || r->charge.len != LIMIT_REQUEST_ID_BYTES ||
        !m_text_ok(r->reason, LIMIT_TEXT_BYTES))
        return OUTCOME_FIELD_INVALID;
    struct m_charge *c = find_charge(m, r->provider, r->charge);
    if (c == NULL)
        return OUTCOME_CHARGE_UNKNOWN;
    if (!in_scope(m, a, c))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (c->state != M_IN_REVIEW)
        return OUTCOME_CHARGE_NOT_IN_REVIEW;
    if (!r->accept && r->reason[0] == '\0')
        return OUTCOME_REASON_REQUIRED;
    c->state = r->accept ? M_APPROVED : M_REFUSED;
    c->batch_day = a->day;
    if (r->accept)
        note(m, a, c, SALDO__V1__CORRECTION_KIND__CORRECTION_APPROVED);
    else
        text_note(note(m, a, c, SALDO__V1__CORRECTION_KIND__CORRECTION_REFUSED), r->reason);
    return OUTCOME_ACCEPTED;
}

static enum outcome credit_charge(struct model *m, const struct m_act *a,
                                  const Saldo__V1__CreditCharge *k)
{
    if (!m_code_ok(k->provider) || k->charge.len != LIMIT_REQUEST_ID_BYTES || k->cents < 1 ||
        k->quantity < 0 || !m_text_ok(k->text, LIMIT_TEXT_BYTES))
        return OUTCOME_FIELD_INVALID;
    struct m_charge *c = find_charge(m, k->provider, k->charge);
    if (c == NULL)
        return OUTCOME_CHARGE_UNKNOWN;
    if (!in_scope(m, a, c))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (!c->settled)
        return OUTCOME_CHARGE_NOT_SETTLED;
    if (k->reason == SALDO__V1__CREDIT_REASON__CREDIT_REASON_NONE ||
        (k->reason == SALDO__V1__CREDIT_REASON__OTHER && k->text[0] == '\0'))
        return OUTCOME_REASON_REQUIRED;
    int64_t cents_left = c->county - c->credited_cents;
    int64_t units_left = c->quantity - c->credited_quantity;
    if (cents_left == 0)
        return OUTCOME_ALREADY_CREDITED;
    if (k->cents > cents_left || k->quantity > units_left)
        return OUTCOME_CREDIT_TOO_LARGE;
    int64_t quantity = k->cents == cents_left ? units_left : k->quantity;
    c->credited_cents += k->cents;
    c->credited_quantity += quantity;
    *ADD(m->credits) = (struct m_credit){
        .charge = (int)(c - m->charges), .cents = k->cents, .quantity = quantity, .day = a->day};
    struct model_correction *n = note(m, a, c, SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED);
    n->cents = k->cents;
    n->quantity = quantity;
    n->reason = (int)k->reason;
    n->settle_day = a->day;
    text_note(n, k->text);
    return OUTCOME_ACCEPTED;
}

enum outcome m_correction_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    if (c->body_case == SALDO__V1__COMMAND__BODY_DELETE_CHARGE)
        return delete_charge(m, a, c->delete_charge);
    if (c->body_case == SALDO__V1__COMMAND__BODY_REVIEW_CHARGE)
        return review_charge(m, a, c->review_charge);
    return credit_charge(m, a, c->credit_charge);
}
