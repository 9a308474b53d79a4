#include "identifier.h"

#include "base/check.h"

static const char VOUCHER_CHECK[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
_Static_assert(sizeof(VOUCHER_CHECK) == 31 + 1, "the check character is of base 31");

enum {
    VOUCHER_DIGITS = 9,
    VOUCHER_DIGITS_MAX = 999999999,
    IBAN_BYTES_MIN = 15,
    IBAN_BYTES_MAX = 34,
    IBAN_FI_BYTES = 18,
    RF_BYTES_MIN = 5,
    RF_BYTES_MAX = 25,
    REFERENCE_DIGITS_MIN = 4,
    REFERENCE_DIGITS_MAX = 20,
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool all_digits(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(text[i]))
            return false;
    }
    return true;
}

int32_t identifier_voucher_digits(const char *text, size_t len)
{
    if (len != VOUCHER_DIGITS + 1 || !all_digits(text, VOUCHER_DIGITS))
        return -1;
    int32_t digits = 0;
    for (size_t i = 0; i < VOUCHER_DIGITS; i++)
        digits = digits * 10 + (text[i] - '0');
    return text[VOUCHER_DIGITS] == VOUCHER_CHECK[digits % 31] ? digits : -1;
}

bool identifier_voucher_valid(const char *text, size_t len)
{
    return identifier_voucher_digits(text, len) >= 0;
}

void identifier_voucher_write(int32_t digits, char text[11])
{
    CHECK(digits >= 0);
    CHECK(digits <= VOUCHER_DIGITS_MAX);
    text[VOUCHER_DIGITS] = VOUCHER_CHECK[digits % 31];
    text[VOUCHER_DIGITS + 1] = '\0';
    for (int i = VOUCHER_DIGITS - 1; i >= 0; i--) {
        text[i] = (char)('0' + digits % 10);
        digits /= 10;
    }
}

bool identifier_business_id_valid(const char *text, size_t len)
{
    static const int weights[7] = {7, 9, 10, 5, 8, 4, 2};

    if (len != 9 || !all_digits(text, 7) || text[7] != '-' || !is_digit(text[8]))
        return false;
    int sum = 0;
    for (int i = 0; i < 7; i++)
        sum += weights[i] * (text[i] - '0');
    /* Remainder 1 would ask for the digit 10: such numbers are never given out. */
    int rest = sum % 11;
    return rest != 1 && text[8] - '0' == (rest == 0 ? 0 : 11 - rest);
}

/* ISO 7064 MOD 97-10 of a text whose first four characters (two letters, two check digits) are
 * moved to the end; letters count 10 to 35. Check digits are 02 to 98 by construction. */
static bool mod97_valid(const char *text, size_t len)
{
    uint32_t rest = 0;

    if (!is_letter(text[0]) || !is_letter(text[1]) || !all_digits(text + 2, 2))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[(i + 4) % len];
        if (is_digit(c))
            rest = (rest * 10 + (uint32_t)(c - '0')) % 97;
        else if (is_letter(c))
            rest = (rest * 100 + (uint32_t)(c - 'A') + 10) % 97;
        else
            return false;
    }
    int check = (text[2] - '0') * 10 + (text[3] - '0');
    return rest == 1 && check >= 2 && check <= 98;
}

/* Luhn's check digit, the last of a Finnish account number. */
static bool luhn_valid(const char *digits, size_t len)
{
    int sum = 0;
    for (size_t i = 0; i < len; i++) {
        int value = (digits[len - 1 - i] - '0') * (i % 2 == 1 ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
}

bool identifier_iban_valid(const char *text, size_t len)
{
    if (len < IBAN_BYTES_MIN || len > IBAN_BYTES_MAX || !mod97_valid(text, len))
        return false;
    if (text[0] != 'F' || text[1] != 'I')
        return true;
    return len == IBAN_FI_BYTES && all_digits(text + 4, len - 4) && luhn_valid(text + 4, len - 4);
}

bool identifier_reference_valid(const char *text, size_t len)
{
    static const int weights[3] = {7, 3, 1};

    if (len > REFERENCE_DIGITS_MAX || !all_digits(text, len))
        return false;
    while (len > 0 && text[0] == '0') { /* leading zeros are padding */
        text++;
        len--;
    }
    if (len < REFERENCE_DIGITS_MIN)
        return false;
    int sum = 0;
    for (size_t i = 0; i + 1 < len; i++)
        sum += weights[i % 3] * (text[len - 2 - i] - '0');
    return text[len - 1] - '0' == (10 - sum % 10) % 10;
}

bool identifier_rf_valid(const char *text, size_t len)
{
    return len >= RF_BYTES_MIN && len <= RF_BYTES_MAX && text[0] == 'R' && text[1] == 'F' &&
           mod97_valid(text, len);
}
