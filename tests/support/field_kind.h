/* field_kind.h - what a field of a command may hold, by its kind: values that no state could make
 * right (daemon/RULES.md, "Commands: the order of checks"), and the edges of those that are. As
 * words.h reads them. */
#ifndef TESTS_SUPPORT_FIELD_KIND_H
#define TESTS_SUPPORT_FIELD_KIND_H

enum field_kind {
    FIELD_CODE,
    FIELD_CODE_OR_NONE,
    FIELD_CLASS_OR_NONE, /* a code but ALL */
    FIELD_CLASS,
    FIELD_CODES, /* of a voucher's services */
    FIELD_CODES_OR_NONE,
    FIELD_NAME,
    FIELD_ACCOUNT_NAME, /* something in it that a bank carries */
    FIELD_REFERENCE,
    FIELD_TEXT,
    FIELD_BUSINESS_ID,
    FIELD_IBAN,
    FIELD_NUMBER,     /* of a voucher that is there */
    FIELD_NEW_NUMBER, /* and of one that is granted */
    FIELD_ID,         /* bytes of a length */
    FIELD_HASH,
    FIELD_KEY_ID,
    FIELD_KEY,
    FIELD_POINT,
    FIELD_DAY,
    FIELD_DAY_OR_NONE,
    FIELD_YEAR,
    FIELD_DAY_OF_WEEK,
    FIELD_DAY_OF_MONTH,
    FIELD_GRACE,
    FIELD_MINUTE,
    FIELD_ENUM, /* with a value */
    FIELD_ENUM_OR_NONE,
    FIELD_TIME,
    FIELD_COUNT,
    FIELD_SOME, /* a count that is not 0 */
    FIELD_INCREMENT,
    FIELD_QUOTA,
    FIELD_CHARGE_CENTS,
    FIELD_CENTS,
    FIELD_SOME_CENTS, /* more than none */
    FIELD_GIVEN,      /* no values of its own */
    FIELD_KINDS,
};

#define FIELD_VALUES 7
struct field_values {
    const char *wrong[FIELD_VALUES]; /* ended by NULL, or full */
    const char *right[FIELD_VALUES];
    const char *unknown; /* right, but nobody has it */
};
extern const struct field_values field_values[FIELD_KINDS];

#endif
