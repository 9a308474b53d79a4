/* Check digits: published samples, and that a slip of the finger is caught. */
#include "identifier.h"
#include "tests/support/unit.h"
#include "tests/support/vectors.h"

static bool expects_valid(const struct vector *v)
{
    return strcmp(v->expect, "valid") == 0 || strcmp(v->expect, "valid-rf-not-viite") == 0;
}

static void iban_row(const struct vector *v)
{
    assert_int_equal(identifier_iban_valid(v->value, strlen(v->value)), expects_valid(v));
}

static void reference_row(const struct vector *v)
{
    assert_int_equal(identifier_reference_valid(v->value, strlen(v->value)), expects_valid(v));
}

static void rf_row(const struct vector *v)
{
    assert_int_equal(identifier_rf_valid(v->value, strlen(v->value)), expects_valid(v));
}

static void business_id_row(const struct vector *v)
{
    char text[16];
    snprintf(text, sizeof(text), "%.15s", v->value);
    if (text[8] != '?') {
        assert_int_equal(identifier_business_id_valid(text, strlen(text)), expects_valid(v));
        return;
    }
    for (char c = '0'; c <= '9'; c++) { /* no digit makes it valid */
        text[8] = c;
        assert_false(identifier_business_id_valid(text, strlen(text)));
    }
}

static void test_vectors(void **state)
{
    (void)state;
    assert_int_equal(vectors_each("iban_fi", iban_row), 5);
    assert_int_equal(vectors_each("viite", reference_row), 7);
    assert_int_equal(vectors_each("rf", rf_row), 6);
    assert_int_equal(vectors_each("ytunnus", business_id_row), 8);
}

static void test_voucher(void **state)
{
    (void)state;
    char text[11];
    identifier_voucher_write(100037, text);
    assert_string_equal(text, "0001000370");
    identifier_voucher_write(999999999, text);
    assert_int_equal(identifier_voucher_digits(text, 10), 999999999);
    identifier_voucher_write(0, text);
    assert_string_equal(text, "0000000000");
    for (int32_t n = 0; n < 1000000000; n += 99991) {
        identifier_voucher_write(n, text);
        assert_int_equal(identifier_voucher_digits(text, 10), n);
        assert_true(identifier_voucher_valid(text, 10));
    }
    assert_int_equal(identifier_voucher_digits("0001000370", 9), -1);
    assert_int_equal(identifier_voucher_digits("00010003700", 11), -1);
    assert_int_equal(identifier_voucher_digits("00010 0370", 10), -1);
    assert_int_equal(identifier_voucher_digits("", 0), -1);
    assert_int_equal(identifier_voucher_digits("000100116j", 10), -1); /* capitals only */
}

/* Every wrong digit and every swap of neighbours shows. */
static void test_voucher_slips(void **state)
{
    (void)state;
    for (int32_t n = 17; n < 1000000000; n += 7919117) {
        char text[11];
        identifier_voucher_write(n, text);
        for (int i = 0; i < 9; i++) {
            char right = text[i];
            for (char c = '0'; c <= '9'; c++) {
                text[i] = c;
                assert_int_equal(identifier_voucher_valid(text, 10), c == right);
            }
            text[i] = right;
        }
        for (int i = 0; i < 8; i++) {
            char swapped[11];
            memcpy(swapped, text, sizeof(swapped));
            swapped[i] = text[i + 1];
            swapped[i + 1] = text[i];
            assert_int_equal(identifier_voucher_valid(swapped, 10), text[i] == text[i + 1]);
        }
    }
}

static void test_shapes(void **state)
{
    (void)state;
    static const char *ibans[] = {
        "FI21 1234 5600 0007 85",
        "fi2112345600000785",
        "FI211234560000078",
        "FI2112345600000785X",
        "",
        "F",
        "2112345600000785",
        "FI2112345600000\xc3\xa4",
    };
    for (size_t i = 0; i < COUNT(ibans); i++)
        assert_false(identifier_iban_valid(ibans[i], strlen(ibans[i])));
    assert_true(identifier_iban_valid("DE89370400440532013000", 22));
    assert_true(identifier_iban_valid("GB82WEST12345698765432", 22));
    assert_false(identifier_iban_valid("GB82WEST12345698765433", 22));
    /* mod 97 right, but its account number is not: 785 + 97 = 882 */
    assert_false(identifier_iban_valid("FI2112345600000882", 18));
    assert_false(identifier_business_id_valid("20774740", 8));
    assert_false(identifier_business_id_valid("2077474-00", 10));
    assert_false(identifier_reference_valid("0000", 4));
    assert_true(identifier_reference_valid("00000000000001234561", 20));
    assert_false(identifier_reference_valid("000000000000001234561", 21));
    assert_false(identifier_reference_valid("12345 61", 8));
    assert_false(identifier_rf_valid("RF", 2));
    assert_false(identifier_rf_valid("FR181009", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_voucher),
        cmocka_unit_test(test_voucher_slips),
        cmocka_unit_test(test_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
