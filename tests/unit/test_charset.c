/* Names and ids as banks take them. */
#include "tests/support/unit.h"

#include "iso20022/charset.h"

/* ---- Names --------------------------------------------------------------------------------- */

static void test_names(void **state)
{
    static const struct {
        const char *name, *bank; /* NULL: no name */
    } table[] = {
        {"Kotihoiva Oy", "Kotihoiva Oy"},
        {"Äiti & Lapsi åÅöÖ", "Äiti + Lapsi åÅöÖ"},
        {"  Väli  lyönti  ", "Väli  lyönti"},
        {"<b>\"Hoiva\"</b>", ".b..Hoiva../b."},
        {"Caf\xc3\xa9 \xc5\xa0koda \xc3\x9fund \xc3\x86ro", "Cafe Skoda ssund AEro"},
        {"Hoiva \xf0\x9f\x98\x80 Oy", "Hoiva . Oy"},
        {"A\x01\x1f\x7f\nB", "A....B"},
        {"bad \xff\xc3 utf8 \xed\xa0\x80", "bad .. utf8 ..."},
        {"A\xcc\x88iti o\xcc\x88 a\xcc\x8a e\xcc\x81", "Äiti ö å e"},
        {"L'\xe2\x80\x99\xe2\x80\x93 x_y", "L''- x-y"},
        {"\xd0\x9c\xd0\xb8\xd1\x80 1", "... 1"},
        {"\xf0\x9f\x98\x80", NULL},
        {"\xcc\x88", NULL},
        {"", NULL},
        {" . ", NULL},
    };
    char name[CHARSET_NAME_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(charset_name(table[i].name, name), table[i].bank != NULL);
        if (table[i].bank != NULL) {
            assert_string_equal(name, table[i].bank);
            assert_true(charset_text_valid(name, CHARSET_NAME_MAX));
        }
    }
}

/* Every way to spell a byte or two gives a name that the bank takes, or none. */
static void test_any_bytes_give_a_valid_name(void **state)
{
    char name[CHARSET_NAME_BYTES], text[] = "x??y";

    (void)state;
    for (unsigned i = 1; i < 256; i++) {
        for (unsigned j = 1; j < 256; j++) {
            text[1] = (char)i;
            text[2] = (char)j;
            assert_true(charset_name(text, name));
            assert_true(charset_text_valid(name, CHARSET_NAME_MAX));
        }
    }
}

static void test_long_names_are_cut(void **state)
{
    char text[401], name[CHARSET_NAME_BYTES];

    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(text + 2 * i, "ä", 3);
    assert_true(charset_name(text, name));
    assert_int_equal(strlen(name), 140);
    memset(text, 'a', 69);
    memcpy(text + 69, " tail", 6); /* a space would be the 70th */
    assert_true(charset_name(text, name));
    assert_int_equal(strlen(name), 69);
    assert_true(charset_name("\xc3\x86\xc3\x86", name));
    memset(text, 'a', 69);
    memcpy(text + 69, "\xc3\x86", 3); /* two letters, of which one fits */
    assert_true(charset_name(text, name));
    assert_int_equal(strlen(name), 70);
}

static void test_ids_of_the_bank(void **state)
{
    static const struct {
        const char *id;
        bool good;
    } table[] = {
        {"SLD260402ABC", true},
        {"a/b-c?d:e(f)g.h,i'j+k l", true},
        {"12345678901234567890123456789012345", true},
        {"123456789012345678901234567890123456", false},
        {"", false},
        {"ä", false},
        {"a_b", false},
        {"/a", false},
        {"a/", false},
        {"a//b", false},
        {" a", false},
        {"a ", false},
        {"a\tb", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        if (charset_id_valid(table[i].id) != table[i].good)
            fail_msg("\"%s\"", table[i].id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_any_bytes_give_a_valid_name),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_ids_of_the_bank),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
