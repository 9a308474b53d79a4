/* outcome.h - what was decided about one charge, command or request.
 *
 * These numbers are on the wire and in the journal for ever: add at the end, never renumber,
 * never reuse. A machine failure is an enum fault (base/fault.h), never an outcome.
 * The codes up to 99 and their order of precedence are section 5 of the domain's rules. */
#ifndef PROTO_OUTCOME_H
#define PROTO_OUTCOME_H

/* X(name, number, text) */
#define OUTCOME_LIST(X)                                                                        \
    X(ACCEPTED, 0, "accepted")                                                                 \
    X(BAD_FRAME, 1, "the request is not a well-formed message")                                \
    X(BAD_SIGNATURE, 2, "the key is unknown, expired or revoked, or the signature is wrong")   \
    X(CLOCK_SKEW, 3, "the time in the request id is in the future or too old")                 \
    X(ID_CONFLICT, 4, "the request id was used before with other content")                     \
    X(PROVIDER_BLOCKED, 10, "the provider is blocked")                                         \
    X(PROVIDER_NOT_APPROVED, 11, "the provider is not approved for the service on that day")   \
    X(VOUCHER_UNKNOWN, 20, "there is no such voucher")                                         \
    X(VOUCHER_VOID, 21, "the voucher was withdrawn")                                           \
    X(VOUCHER_NOT_VALID, 22, "the voucher is not valid on that day")                           \
    X(VOUCHER_RESERVED, 23, "the voucher is booked to another provider")                       \
    X(SERVICE_NOT_COVERED, 30, "the voucher does not cover the service")                       \
    X(UNIT_MISMATCH, 31, "the service is counted in another unit")                             \
    X(PRIOR_APPROVAL_REQUIRED, 32, "the service needs the case worker's prior approval")       \
    X(RATE_CLASS_MISMATCH, 33, "some of the time lies outside the rate class")                 \
    X(PRICE_NOT_LISTED, 34, "the price is not the one listed for that day")                    \
    X(PRICE_ABOVE_CAP, 35, "the price is above the cap")                                       \
    X(COPAY_NOT_ALLOWED, 36, "the service is free for the client")                             \
    X(TIME_REQUIRED, 40, "start and end of the service are required")                          \
    X(END_BEFORE_START, 41, "the end is not after the start")                                  \
    X(SERVICE_IN_FUTURE, 42, "the service lies in the future")                                 \
    X(RECORDING_WINDOW, 43, "the service can no longer be recorded")                           \
    X(SPANS_PERIODS, 44, "the service runs into another month: send two charges")              \
    X(QUANTITY_INVALID, 45, "the quantity is not positive or not a multiple of the step")      \
    X(QUANTITY_TIME_MISMATCH, 46, "more time is charged than passed")                          \
    X(OVERLAP, 47, "the time overlaps another charge of the voucher")                          \
    X(AMOUNT_MISMATCH, 50, "county share and copay are not what the rules give")               \
    X(AMOUNT_LIMIT, 51, "the amount is above the limit of the service")                        \
    X(QUOTA_EXCEEDED, 52, "the quantity is more than what is left")                            \
    X(INSUFFICIENT_BALANCE, 53, "the amount is more than what is available")                   \
    X(COUNTY_BUDGET, 54, "the yearly commitment of the cost code is used up")                  \
    X(CHARGE_UNKNOWN, 60, "there is no such charge")                                           \
    X(CHARGE_NOT_DELETABLE, 61, "the charge can no longer be deleted")                         \
    X(REASON_REQUIRED, 62, "a reason is required")                                             \
    X(CREDIT_TOO_LARGE, 63, "the credit is more than what is left of the charge")              \
    X(ALREADY_CREDITED, 64, "the charge is credited in full")                                  \
    X(BUSY, 70, "too much work at the moment: try again later")                                \
    X(READ_ONLY, 71, "nothing can be recorded at the moment")                                  \
    X(INTERNAL, 72, "an error of the ledger: nothing was recorded")                            \
    X(ROLE_NOT_ALLOWED, 100, "the key's role may not do this")                                 \
    X(SCOPE_NOT_ALLOWED, 101, "the key may not act for this organiser or provider")            \
    X(FIELD_INVALID, 102, "a field has no usable value")                                       \
    X(ORGANISER_UNKNOWN, 103, "there is no such organiser")                                    \
    X(PROVIDER_UNKNOWN, 104, "there is no such provider")                                      \
    X(SERVICE_UNKNOWN, 105, "there is no such service")                                        \
    X(RATE_CLASS_UNKNOWN, 106, "there is no such rate class")                                  \
    X(KEY_UNKNOWN, 107, "there is no such key")                                                \
    X(ROW_UNKNOWN, 108, "there is no such row")                                                \
    X(ROW_CONFLICT, 109, "there is a row with the same key and other content")                 \
    X(VOUCHER_STATE, 110, "the voucher's state does not allow this")                           \
    X(ALLOTMENT_TOO_LOW, 111, "the allotment would be below what is used")                     \
    X(CHARGE_NOT_IN_REVIEW, 112, "the charge is not in review")                                \
    X(CHARGE_NOT_SETTLED, 113, "the charge is not settled: the provider can delete it")        \
    X(DAY_NOT_CLOSED, 114, "the day has not ended yet")                                        \
    X(DAY_OUT_OF_ORDER, 115, "an earlier day is not settled")                                  \
    X(SECOND_OFFICER_REQUIRED, 116, "noted: a second finance officer must send the same")      \
    X(LIMIT_REACHED, 117, "a limit of the ledger is reached")                                  \
    X(PAYOUT_STATE, 118, "the state of the payout or its run does not allow this")

#define OUTCOME_ENUM(name, number, text) OUTCOME_##name = (number),
enum outcome { OUTCOME_LIST(OUTCOME_ENUM) };
#undef OUTCOME_ENUM

/* Text for people; never NULL, never freed. Unknown numbers give "unknown outcome". */
const char *outcome_text(int code);

/* The stable name, e.g. "INSUFFICIENT_BALANCE"; "UNKNOWN" for an unknown number. */
const char *outcome_name(int code);

#endif
