/* command.c - who may do what, and once only: every command on its way to its own function. */
#include "ledger/command.h"
#include "ledger/charge_row.h"

#define BODY(name) SALDO__V1__COMMAND__BODY_##name

enum {
    PROVIDER = 1 << SALDO__V1__ROLE__PROVIDER,
    CASE_WORKER = 1 << SALDO__V1__ROLE__CASE_WORKER,
    FINANCE_OFFICER = 1 << SALDO__V1__ROLE__FINANCE_OFFICER,
    SETTLEMENT_JOB = 1 << SALDO__V1__ROLE__SETTLEMENT_JOB,
    ADMINISTRATOR = 1 << SALDO__V1__ROLE__ADMINISTRATOR,
    WORKERS = CASE_WORKER | ADMINISTRATOR, /* an administrator may do all that a case worker may */
};

static const uint8_t ROLES[] = {
    [BODY(SET_ORGANISER)] = ADMINISTRATOR,
    [BODY(SET_SERVICE)] = ADMINISTRATOR,
    [BODY(ADD_RATE_WINDOW)] = ADMINISTRATOR,
    [BODY(ADD_RATE)] = ADMINISTRATOR,
    [BODY(SET_PROVIDER)] = ADMINISTRATOR,
    [BODY(CHANGE_PROVIDER_ACCOUNT)] = FINANCE_OFFICER,
    [BODY(ADD_APPROVAL)] = ADMINISTRATOR,
    [BODY(END_APPROVAL)] = ADMINISTRATOR,
    [BODY(ADD_PRICE)] = ADMINISTRATOR,
    [BODY(GRANT_VOUCHER)] = WORKERS,
    [BODY(AMEND_VOUCHER)] = WORKERS,
    [BODY(CLOSE_VOUCHER)] = WORKERS,
    [BODY(VOID_VOUCHER)] = WORKERS,
    [BODY(CONVERT_VOUCHER)] = WORKERS,
    [BODY(RESERVE_VOUCHER)] = WORKERS,
    [BODY(ADD_SUSPENSION)] = WORKERS,
    [BODY(END_SUSPENSION)] = WORKERS,
    [BODY(ADD_PRIOR_APPROVAL)] = WORKERS,
    [BODY(REVIEW_CHARGE)] = WORKERS,
    [BODY(DELETE_CHARGE)] = PROVIDER,
    [BODY(CREDIT_CHARGE)] = FINANCE_OFFICER,
    [BODY(SET_COMMITMENT)] = FINANCE_OFFICER | ADMINISTRATOR,
    [BODY(REGISTER_KEY)] = ADMINISTRATOR,
    [BODY(REVOKE_KEY)] = ADMINISTRATOR,
    [BODY(SETTLE_DAY)] = SETTLEMENT_JOB,
    [BODY(START_PAYOUT_RUN)] = FINANCE_OFFICER,
    [BODY(PREPARE_PAYOUT_RUN)] = FINANCE_OFFICER,
    [BODY(RELEASE_PAYOUT_RUN)] = FINANCE_OFFICER,
    [BODY(RELEASE_HELD_PAYOUT)] = FINANCE_OFFICER,
    [BODY(RECORD_BANK_EVENT)] = FINANCE_OFFICER,
    [BODY(CLOSE_BANK_LINE)] = FINANCE_OFFICER,
};

/* A settlement has a purpose of its own, so that no other signature can be taken for one. */
static bool role_allowed(const struct act *a, Saldo__V1__Command__BodyCase body)
{
    size_t place = (size_t)body;
    if ((a->purpose == PURPOSE_SETTLEMENT) != (body == BODY(SETTLE_DAY)))
        return false;
    return place < sizeof(ROLES) && (ROLES[place] & 1U << (uint32_t)a->key->role) != 0;
}

#define COMMAND_CASE(type, enumerator, field)                                                      \
    case BODY(enumerator):                                                                         \
        return command_##field(l, a, m->field, out);

static enum outcome command_do(struct ledger *l, const struct act *a, const Saldo__V1__Command *m,
                               struct answer *out)
{
    if (!role_allowed(a, m->body_case))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (a->runs_full)
        return OUTCOME_LIMIT_REACHED;
    switch (m->body_case) {
        LEDGER_COMMANDS(COMMAND_CASE)
    case SALDO__V1__COMMAND__BODY__NOT_SET:
    case _SALDO__V1__COMMAND__BODY__CASE_IS_INT_SIZE:
        break;
    }
    return OUTCOME_FIELD_INVALID;
}

/* The answer of a repeated settlement carries its batch too; the day is settled, so asking again
 * only reads. */
static void settled_again(struct ledger *l, const struct act *a, const Saldo__V1__Command *m,
                          const struct answer *first)
{
    struct act reading = *a;
    struct answer ignored = {0};
    reading.dry_run = true;
    if (m->body_case == BODY(SETTLE_DAY) && first->duplicate && first->code == OUTCOME_ACCEPTED)
        (void)command_settle_day(l, &reading, m->settle_day, &ignored);
}

void command_act(struct ledger *l, const struct act *a, const struct command *c, uint32_t index,
                 struct answer *out)
{
    const Saldo__V1__Command *m = c->message;
    *out = (struct answer){.code = OUTCOME_BAD_SIGNATURE};
    if (a->key == NULL || !key_valid(a->key, a->time_ms))
        return;
    CHECK(m->request_id.len == LIMIT_REQUEST_ID_BYTES);
    out->code = (int32_t)request_id_judge(l, a, m->request_id.data);
    if (out->code != OUTCOME_ACCEPTED)
        return;
    const struct request_id id = {m->request_id.data, charge_hash(l, m->request_id.data, a->owner),
                                  c->digest, index};
    if (request_id_seen(l, a, id, out)) {
        settled_again(l, a, m, out);
        return;
    }
    struct act act = *a;
    act.index = index;
    out->code = (int32_t)command_do(l, &act, m, out);
    if (a->dry_run)
        return;
    struct charge_row row = {.digits = -1, .settle_day = CALENDAR_DAY_OPEN, .is_command = true};
    request_id_use(l, a, id, out, &row);
}
