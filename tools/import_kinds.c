/* The tables of the files: column, reader, member, flags, range. */
#include "import_kinds.h"

#include <string.h>

#include "base/limits.h"

#define AT(type, name) offsetof(Saldo__V1__##type, name)
#define COUNT(table)   (sizeof(table) / sizeof((table)[0]))

enum {
    NEEDED = COLUMN_NEEDED,
    KEY = COLUMN_KEY,
    BOTH = COLUMN_NEEDED | COLUMN_KEY,
    CODE = LIMIT_CODE_BYTES,
    NAME = LIMIT_NAME_BYTES,
    REFERENCE = LIMIT_REFERENCE_BYTES,
    DAY_MINUTES = 1440,
};

#define CENTS            LIMIT_CHARGE_CENTS
#define DESCRIPTOR(name) (&saldo__v1__##name##__descriptor)

/* ---- Readers for columns that need more than one member ------------------------------------- */

/* payout_day: 1..28 of the month, "nightly", "weekly:1" Monday .. "weekly:7" Sunday. Empty leaves
 * the payout run to a command. */
static bool read_payout(const struct column *f, char *text, void *target,
                        const struct column_site *site)
{
    Saldo__V1__SetOrganiser *organiser = target;
    struct column day = *f;

    if (strcmp(text, "nightly") == 0) {
        organiser->payout_calendar = SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY;
        return true;
    }
    bool weekly = strncmp(text, "weekly:", 7) == 0;
    day.low = 1;
    day.high = weekly ? 7 : 28;
    if (weekly)
        text += 7;
    organiser->payout_calendar = weekly ? SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY
                                        : SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY;
    return column_int32(&day, text, target, site);
}

/* Codes with ';' between them. */
static bool read_services(const struct column *f, char *text, void *target,
                          const struct column_site *site)
{
    Saldo__V1__GrantVoucher *grant = target;
    char **list = slab_alloc(site->slab, LIMIT_VOUCHER_SERVICES * sizeof(*list));
    struct column one = *f;
    bool good = true;

    one.offset = 0;
    for (size_t n = 0; text != NULL; n++) {
        char *code = strsep(&text, ";");
        if (code[0] == '\0' || n == LIMIT_VOUCHER_SERVICES) {
            report_at(site->report, site->line, f->name,
                      n == LIMIT_VOUCHER_SERVICES
                          ? "more than 64 services: grant two vouchers"
                          : "a service is missing before or after a ';': remove it");
            return false;
        }
        good &= column_code(&one, code, &list[n], site);
        grant->n_services = n + 1;
    }
    grant->services = list;
    return good;
}

/* The two words of the file that the protocol calls differently. */
static bool read_renamed(const struct column *f, char *text, void *target,
                         const struct column_site *site)
{
    static const struct {
        const char *text;
        int value;
        const ProtobufCEnumDescriptor *words;
    } names[] = {
        {"BALANCE", SALDO__V1__VOUCHER_KIND__BALANCE, DESCRIPTOR(voucher_kind)},
        {"UNIT", SALDO__V1__VOUCHER_KIND__QUANTITY, DESCRIPTOR(voucher_kind)},
        {"MONTH", SALDO__V1__PERIOD__MONTHLY, DESCRIPTOR(period)},
        {"WHOLE", SALDO__V1__PERIOD__WHOLE, DESCRIPTOR(period)},
    };

    for (size_t i = 0; i < COUNT(names); i++) {
        if (names[i].words != f->words || strcmp(names[i].text, text) != 0)
            continue;
        memcpy((char *)target + f->offset, &names[i].value, sizeof(int));
        return true;
    }
    char quoted[REPORT_QUOTE_BYTES];
    report_at(site->report, site->line, f->name, "%s is not one of %s", report_quote(text, quoted),
              f->words == DESCRIPTOR(period) ? "MONTH WHOLE" : "BALANCE UNIT");
    return false;
}

/* ---- Checks over several columns ------------------------------------------------------------- */

static bool check_window(const void *message, const struct column_site *site)
{
    const Saldo__V1__AddRateWindow *w = message;

    if (w->from_minute < w->to_minute)
        return true;
    report_at(site->report, site->line, "to",
              "the window ends before it begins: split it at 24:00");
    return false;
}

static bool check_grant(const void *message, const struct column_site *site)
{
    const Saldo__V1__GrantVoucher *g = message;
    bool balance = g->kind == SALDO__V1__VOUCHER_KIND__BALANCE;

    if (balance && g->quota != 0)
        report_at(site->report, site->line, "quota", "a BALANCE voucher has an amount, no quota");
    else if (!balance && g->amount_cents != 0)
        report_at(site->report, site->line, "amount_cents",
                  "a UNIT voucher has a quota, no amount");
    else if (g->carry_over && (!balance || g->period != SALDO__V1__PERIOD__MONTHLY))
        report_at(site->report, site->line, "carry_over",
                  "only a BALANCE voucher by the MONTH can carry over");
    else
        return true;
    return false;
}

/* ---- The files ------------------------------------------------------------------------------- */

static const struct column organisers[] = {
    {"code", column_code, AT(SetOrganiser, code), BOTH, 0, CODE, NULL},
    {"name", column_text, AT(SetOrganiser, name), NEEDED, 0, NAME, NULL},
    {"business_id", column_business_id, AT(SetOrganiser, business_id), 0, 0, 0, NULL},
    {"iban", column_iban, AT(SetOrganiser, iban), 0, 0, 0, NULL},
    {"account_name", column_text, AT(SetOrganiser, account_name), 0, 0, NAME, NULL},
    {"payout_day", read_payout, AT(SetOrganiser, payout_day), 0, 0, 0, NULL},
    {"payout_minimum_cents", column_int64, AT(SetOrganiser, payout_minimum_cents), 0, 0, CENTS,
     NULL},
    {"grace_days", column_value, AT(SetOrganiser, grace_days), 0, 0, 3660, NULL},
};

static const struct column services[] = {
    {"organiser", column_code, AT(SetService, organiser), BOTH, 0, CODE, NULL},
    {"code", column_code, AT(SetService, code), BOTH, 0, CODE, NULL},
    {"group", column_text, AT(SetService, group), 0, 0, NAME, NULL},
    {"name_fi", column_text, AT(SetService, name_fi), 0, 0, NAME, NULL},
    {"name_en", column_text, AT(SetService, name_en), 0, 0, NAME, NULL},
    {"unit", column_word, AT(SetService, unit), NEEDED, 0, 0, DESCRIPTOR(unit)},
    {"increment", column_int32, AT(SetService, increment), NEEDED, 1, LIMIT_QUANTITY, NULL},
    {"copay_allowed", column_flag, AT(SetService, copay_allowed), NEEDED, 0, 0, NULL},
    {"prior_approval", column_flag, AT(SetService, prior_approval), NEEDED, 0, 0, NULL},
    {"review", column_flag, AT(SetService, review), NEEDED, 0, 0, NULL},
    {"overlap_allowed", column_flag, AT(SetService, overlap_allowed), NEEDED, 0, 0, NULL},
    {"share_rule", column_word, AT(SetService, share_rule), NEEDED, 0, 0, DESCRIPTOR(share_rule)},
    {"max_charge_cents", column_value, AT(SetService, max_charge_cents), 0, 0, CENTS, NULL},
};

static const struct column rate_classes[] = {
    {"organiser", column_code, AT(AddRateWindow, organiser), BOTH, 0, CODE, NULL},
    {"class", column_code, AT(AddRateWindow, rate_class), BOTH, 0, CODE, NULL},
    {"day_kind", column_word, AT(AddRateWindow, day_kind), BOTH, 0, 0, DESCRIPTOR(day_kind)},
    {"from", column_minute, AT(AddRateWindow, from_minute), BOTH, 0, DAY_MINUTES - 1, NULL},
    {"to", column_minute, AT(AddRateWindow, to_minute), BOTH, 1, DAY_MINUTES, NULL},
};

static const struct column rates[] = {
    {"organiser", column_code, AT(AddRate, organiser), BOTH, 0, CODE, NULL},
    {"service", column_code, AT(AddRate, service), BOTH, 0, CODE, NULL},
    {"class", column_class, AT(AddRate, rate_class), KEY, 0, CODE, NULL},
    {"valid_from", column_day, AT(AddRate, valid_from), BOTH, 0, 0, NULL},
    {"valid_to", column_day, AT(AddRate, valid_to), 0, 0, 0, NULL},
    {"unit_value_cents", column_value, AT(AddRate, unit_value_cents), 0, 0, CENTS, NULL},
    {"price_cap_cents", column_value, AT(AddRate, price_cap_cents), 0, 0, CENTS, NULL},
    {"copay_cents", column_value, AT(AddRate, copay_cents), 0, 0, CENTS, NULL},
};

static const struct column providers[] = {
    {"id", column_code, AT(SetProvider, id), BOTH, 0, CODE, NULL},
    {"name", column_text, AT(SetProvider, name), NEEDED, 0, NAME, NULL},
    {"business_id", column_business_id, AT(SetProvider, business_id), 0, 0, 0, NULL},
    {"iban", column_iban, AT(SetProvider, iban), 0, 0, 0, NULL},
    {"account_name", column_text, AT(SetProvider, account_name), 0, 0, NAME, NULL},
    {"blocked", column_flag, AT(SetProvider, blocked), 0, 0, 0, NULL},
};

static const struct column approvals[] = {
    {"provider", column_code, AT(AddApproval, provider), BOTH, 0, CODE, NULL},
    {"organiser", column_code, AT(AddApproval, organiser), BOTH, 0, CODE, NULL},
    {"service", column_code, AT(AddApproval, service), BOTH, 0, CODE, NULL},
    {"valid_from", column_day, AT(AddApproval, valid_from), BOTH, 0, 0, NULL},
    {"valid_to", column_day, AT(AddApproval, valid_to), 0, 0, 0, NULL},
    {"register", column_text, AT(AddApproval, register_), 0, 0, CODE, NULL},
};

static const struct column prices[] = {
    {"provider", column_code, AT(AddPrice, provider), BOTH, 0, CODE, NULL},
    {"organiser", column_code, AT(AddPrice, organiser), BOTH, 0, CODE, NULL},
    {"service", column_code, AT(AddPrice, service), BOTH, 0, CODE, NULL},
    {"class", column_class, AT(AddPrice, rate_class), KEY, 0, CODE, NULL},
    {"valid_from", column_day, AT(AddPrice, valid_from), BOTH, 0, 0, NULL},
    {"valid_to", column_day, AT(AddPrice, valid_to), 0, 0, 0, NULL},
    {"price_cents", column_int64, AT(AddPrice, price_cents), NEEDED, 0, CENTS, NULL},
};

static const struct column vouchers[] = {
    {"number", column_voucher, AT(GrantVoucher, number), BOTH, 0, 0, NULL},
    {"organiser", column_code, AT(GrantVoucher, organiser), NEEDED, 0, CODE, NULL},
    {"client", column_text, AT(GrantVoucher, client), NEEDED, 0, REFERENCE, NULL},
    {"kind", read_renamed, AT(GrantVoucher, kind), NEEDED, 0, 0, DESCRIPTOR(voucher_kind)},
    {"services", read_services, 0, NEEDED, 0, CODE, NULL},
    {"amount_cents", column_int64, AT(GrantVoucher, amount_cents), 0, 0, LIMIT_VOUCHER_CENTS, NULL},
    {"quota", column_int64, AT(GrantVoucher, quota), 0, 0, LIMIT_QUOTA, NULL},
    {"period", read_renamed, AT(GrantVoucher, period), NEEDED, 0, 0, DESCRIPTOR(period)},
    {"valid_from", column_day, AT(GrantVoucher, valid_from), NEEDED, 0, 0, NULL},
    {"valid_to", column_day, AT(GrantVoucher, valid_to), NEEDED, 0, 0, NULL},
    {"decision", column_text, AT(GrantVoucher, decision), 0, 0, REFERENCE, NULL},
    {"cost_code", column_text, AT(GrantVoucher, cost_code), 0, 0, CODE, NULL},
    {"unit_value_cents", column_value, AT(GrantVoucher, unit_value_cents), 0, 0, CENTS, NULL},
    {"reserved_for", column_code, AT(GrantVoucher, reserved_for), 0, 0, CODE, NULL},
    {"carry_over", column_flag, AT(GrantVoucher, carry_over), 0, 0, 0, NULL},
};

static const struct column prior_approvals[] = {
    {"voucher", column_voucher, AT(AddPriorApproval, number), BOTH, 0, 0, NULL},
    {"service", column_code, AT(AddPriorApproval, service), BOTH, 0, CODE, NULL},
    {"valid_from", column_day, AT(AddPriorApproval, valid_from), BOTH, 0, 0, NULL},
    {"valid_to", column_day, AT(AddPriorApproval, valid_to), 0, 0, 0, NULL},
    {"approved_by", column_text, AT(AddPriorApproval, approved_by), 0, 0, CODE, NULL},
};

static const struct column suspensions[] = {
    {"voucher", column_voucher, AT(AddSuspension, number), BOTH, 0, 0, NULL},
    {"from", column_day, AT(AddSuspension, from_day), BOTH, 0, 0, NULL},
    {"to", column_day, AT(AddSuspension, to_day), 0, 0, 0, NULL},
};

/* What every file has; the days and the check are added where there are any. */
#define FILE_OF(table, type, BODY)                                                                 \
    .name = #table ".csv", .message = DESCRIPTOR(type), .body = SALDO__V1__COMMAND__BODY_##BODY,   \
    .columns = table, .count = COUNT(table)
#define DAYS(type, first, last, column)                                                            \
    .from = AT(type, first), .to = AT(type, last), .to_name = column

static const struct import_kind kinds[] = {
    {FILE_OF(organisers, set_organiser, SET_ORGANISER)},
    {FILE_OF(services, set_service, SET_SERVICE)},
    {FILE_OF(rate_classes, add_rate_window, ADD_RATE_WINDOW), .check = check_window},
    {FILE_OF(rates, add_rate, ADD_RATE), DAYS(AddRate, valid_from, valid_to, "valid_to")},
    {FILE_OF(providers, set_provider, SET_PROVIDER)},
    {FILE_OF(approvals, add_approval, ADD_APPROVAL),
     DAYS(AddApproval, valid_from, valid_to, "valid_to")},
    {FILE_OF(prices, add_price, ADD_PRICE), DAYS(AddPrice, valid_from, valid_to, "valid_to")},
    {FILE_OF(vouchers, grant_voucher, GRANT_VOUCHER),
     DAYS(GrantVoucher, valid_from, valid_to, "valid_to"), .check = check_grant},
    {FILE_OF(prior_approvals, add_prior_approval, ADD_PRIOR_APPROVAL),
     DAYS(AddPriorApproval, valid_from, valid_to, "valid_to")},
    {FILE_OF(suspensions, add_suspension, ADD_SUSPENSION),
     DAYS(AddSuspension, from_day, to_day, "to")},
};

const struct import_kind *import_kind(size_t index)
{
    return index < COUNT(kinds) ? &kinds[index] : NULL;
}
