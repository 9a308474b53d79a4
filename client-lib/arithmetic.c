/* arithmetic.c - the ledger's own shares, check characters and names, for the caller. */
#include <string.h>

#include "identifier.h"
#include "internal.h"
#include "money.h"
#include "outcome.h"

bool saldo_voucher_valid(const char *number)
{
    return number != NULL && identifier_voucher_valid(number, strlen(number));
}

bool saldo_shares(const struct saldo_terms *terms, int64_t *county_cents, int64_t *copay_cents)
{
    struct shares shares;
    struct share_terms t = {
        .rule = terms->copay_first ? SHARE_COPAY_FIRST : SHARE_VALUE_FIRST,
        .is_hour = terms->is_hour,
        .price_cents = terms->price_cents,
        .unit_value_cents = terms->unit_value_cents,
        .copay_cents = terms->copay_cents,
        .quantity = terms->quantity,
    };
    if (!shares_of(&t, &shares))
        return false;
    *county_cents = shares.county;
    *copay_cents = shares.copay;
    return true;
}

const char *saldo_outcome_name(int code)
{
    return outcome_name(code);
}

const char *saldo_outcome_text(int code)
{
    return outcome_text(code);
}

const char *saldo_error_text(enum saldo_error e)
{
    switch (e) {
    case SALDO_OK:
        return "no error";
    case SALDO_ERROR_MEMORY:
        return "out of memory";
    case SALDO_ERROR_CONFIG:
        return "the home folder or an option is not usable";
    case SALDO_ERROR_KEY:
        return "a key file is missing, unreadable or damaged";
    case SALDO_ERROR_ARGUMENT:
        return "a field has no usable value";
    case SALDO_ERROR_NETWORK:
        return "the socket failed";
    case SALDO_ERROR_TIMEOUT:
        return "no answer before the deadline";
    case SALDO_ERROR_BUSY:
        return "too much work at the moment";
    case SALDO_ERROR_READ_ONLY:
        return "nothing can be recorded at the moment";
    case SALDO_ERROR_REFUSED:
        return "the request was refused";
    case SALDO_ERROR_PROOF:
        return "a reply or receipt does not verify";
    case SALDO_ERROR_PROTOCOL:
        return "a reply or receipt cannot be understood";
    }
    return "unknown error";
}
