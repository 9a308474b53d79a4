/* The books: names that three programs take, formats from entries in memory, and sums. */
#include "tests/support/unit.h"

#include "export/night.h"
#include "export/writer.h"

/* ---- Names ----------------------------------------------------------------------------------- */

static void test_parts(void **state)
{
    static const struct {
        const char *code, *part;
    } rows[] = {
        {"kainuu", "Kainuu"},
        {"Kainuu", "Kainuu-c"},
        {"P0001", "P0001"},
        {"p0001", "P0001-c"},
        {"K", "K"},
        {"k", "K-c"},
        {"a-b.c_d", "A--b-dc-ud"},
        {"_a", "0-z-ua"},
        {"-", "0-z--"},
        {"7", "7"},
        {"7a", "7a"},
        {"siun.sote", "Siun-dsote"},
        {"test-c", "Test--c"},
        {"KAINUU", "KAINUU"},
        {"kAINUU", "KAINUU-c"},
    };
    char parts[COUNT(rows)][BOOK_PART_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(book_part(rows[i].code, parts[i]), rows[i].part);
        for (size_t k = 0; k < i; k++) /* two codes never share a name */
            assert_string_not_equal(parts[k], parts[i]);
    }
}

static void test_longest_codes_fit(void **state)
{
    struct book b = {0};
    char code[41];

    (void)state;
    memset(code, '_', 40);
    code[40] = '\0';
    const struct book_account *a = book_account(&b, code, BOOK_PAYABLE, code);
    assert_int_equal(strlen(a->name), strlen("Liabilities:County::Payable:") + 2 * 83);
    book_free(&b);
}

static void test_clean_names(void **state)
{
    struct book b = {0};

    (void)state;
    assert_string_equal(book_clean(&b, "P1", "Hoiva \"Äiti\"; Oy | Ab  \\ \n x"),
                        "P1 Hoiva 'Äiti', Oy / Ab / x");
    assert_string_equal(book_clean(&b, "P1", "  "), "P1");
    assert_string_equal(book_clean(&b, "", " AC04 [2018-01-01]"), "AC04 (2018-01-01)");
    assert_string_equal(book_clean(&b, "", ""), "");
    book_free(&b);
}

/* ---- Sums ------------------------------------------------------------------------------------ */

static struct book_entry entry_of(int32_t day, const char *text, struct book_posting *postings)
{
    return (struct book_entry){.day = day,
                               .kind = "charge",
                               .text = text,
                               .payee = "P1 Hoiva",
                               .voucher = "0001000370",
                               .service = "",
                               .request_id = "00ff",
                               .end_to_end_id = "",
                               .reference = "",
                               .reason = "",
                               .number = 42,
                               .postings = postings,
                               .count = 2};
}

static void test_openings_and_sums(void **state)
{
    struct book b = {.from = 100, .to = 110};
    struct book_account *pending = book_account(&b, "kainuu", BOOK_PENDING, "");
    struct book_account *payable = book_account(&b, "kainuu", BOOK_PAYABLE, "P1");
    struct book_posting postings[2] = {{pending, 7600}, {payable, -7600}};
    struct book_entry e = entry_of(99, "", postings);

    (void)state;
    book_post(&b, &e);
    assert_int_equal(payable->opening, -7600);
    e.day = 100;
    book_post(&b, &e);
    postings[0].cents = -2600;
    postings[1].cents = 2600;
    book_post(&b, &e);
    assert_int_equal(payable->credit, 7600);
    assert_int_equal(payable->debit, 2600);
    assert_int_equal(book_balance(payable), -7600 - 7600 + 2600);
    assert_int_equal(book_balance(payable) + book_balance(pending), 0);
    book_free(&b);
}

static void test_many_accounts_are_found_again(void **state)
{
    struct book b = {0};
    char code[16];

    (void)state;
    for (int i = 0; i < 3000; i++) {
        snprintf(code, sizeof(code), "P%d", i);
        book_account(&b, "kainuu", BOOK_PAYABLE, code)->opening = i;
    }
    book_sort(&b);
    assert_int_equal(b.count, 3000);
    for (int i = 0; i < 3000; i++) {
        snprintf(code, sizeof(code), "P%d", i);
        assert_int_equal(book_account(&b, "kainuu", BOOK_PAYABLE, code)->opening, i);
    }
    assert_int_equal(b.count, 3000);
    for (size_t i = 1; i < b.count; i++)
        assert_true(strcmp(b.accounts[i - 1]->name, b.accounts[i]->name) < 0);
    book_free(&b);
}

static void test_lines_are_held_against_rows(void **state)
{
    char name[] = "P1", organiser[] = "kainuu";
    struct night_line line = {.organiser = organiser,
                              .provider = name,
                              .charges_rows = 2,
                              .charges_cents = 300,
                              .found_rows = 2,
                              .found_cents = 300};

    (void)state;
    assert_true(night_line_agrees(&line, 17800));
    line.found_cents = 299;
    assert_false(night_line_agrees(&line, 17800));
    line.found_cents = 300;
    line.found_rows = 3;
    assert_false(night_line_agrees(&line, 17800));
    line.found_rows = 2;
    line.credits_rows = 1;
    assert_false(night_line_agrees(&line, 17800));
    line.found_credit_rows = 1;
    assert_true(night_line_agrees(&line, 17800));
    line.credits_cents = 76;
    assert_false(night_line_agrees(&line, 17800));
}

/* ---- Formats --------------------------------------------------------------------------------- */

/* A book of one entry, 0.05 euros on 2018-09-01, in a format. The caller frees it. */
static char *write_book(const char *format)
{
    struct book b = {.from = 17775, .to = 17775};
    struct writer w = {.format = writer_format(format), .book = &b, .path = "-"};
    char *text;
    size_t len;

    assert_non_null(w.format);
    w.file = open_memstream(&text, &len);
    book_add_payee(&b, "P1", "Hoiva");
    struct book_posting postings[2] = {{book_account(&b, "kainuu", BOOK_PENDING, ""), 5},
                                       {book_account(&b, "kainuu", BOOK_PAYABLE, "P1"), -5}};
    book_sort(&b);
    struct book_entry e = entry_of(17775, "Charge settled", postings);
    w.format->begin(&w);
    book_post(&b, &e);
    w.format->entry(&w, &e);
    w.format->end(&w);
    fclose(w.file);
    book_free(&b);
    return text;
}

static void test_formats(void **state)
{
    static const struct {
        const char *format, *parts[5];
    } rows[] = {
        {"hledger",
         {"account Liabilities:County:Kainuu:Payable:P1  ; type:L\n", "payee P1 Hoiva\n",
          "\n2018-09-01 * P1 Hoiva | Charge settled\n    ; kind: charge\n    ; voucher: "
          "0001000370\n",
          "    Liabilities:County:Kainuu:Payable:P1  -0.05 EUR\n",
          "    Liabilities:County:Kainuu:Pending  0.00 EUR = 0.05 EUR\n"}},
        {"ledger",
         {"commodity EUR\n    format 1000.00 EUR\n", "tag voucher\n",
          "\n2018-09-01 * P1 Hoiva\n    ; Charge settled\n    ; kind: charge\n",
          "    Liabilities:County:Kainuu:Pending  0.05 EUR\n",
          "    Liabilities:County:Kainuu:Payable:P1  0.00 EUR = -0.05 EUR\n"}},
        {"beancount",
         {"2018-09-01 open Liabilities:County:Kainuu:Payable:P1 EUR\n",
          "2018-09-01 * \"P1 Hoiva\" \"Charge settled\" ^00ff\n", "  voucher: \"0001000370\"\n",
          "  Liabilities:County:Kainuu:Payable:P1  -0.05 EUR\n",
          "2018-09-02 balance Liabilities:County:Kainuu:Payable:P1  -0.05 ~ 0 EUR\n"}},
        {"csv",
         {"date,transaction,payee,text,kind,voucher,",
          "2018-09-01,1,P1 Hoiva,Charge settled,charge,0001000370,,00ff,,,,42,"
          "Liabilities:County:Kainuu:Pending,kainuu,,0.05\n",
          "Liabilities:County:Kainuu:Payable:P1,kainuu,P1,-0.05\n",
          "2018-09-01,,Saldo,Closing balance,balance,,,,,,,,"
          "Liabilities:County:Kainuu:Payable:P1,kainuu,P1,-0.05\n",
          ",kainuu,,0.05\n"}},
        {"ndjson",
         {"{\"date\":\"2018-09-01\",\"transaction\":1,\"payee\":\"P1 Hoiva\",",
          "\"voucher\":\"0001000370\",\"request\":\"00ff\",\"entry\":\"42\",\"postings\":[{",
          "\"provider\":\"P1\",\"amount\":\"-0.05\"}]}\n",
          "\"amount\":\"0.05\",\"date\":\"2018-09-01\",\"kind\":\"balance\"}\n", "\n"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = write_book(rows[i].format);
        for (size_t k = 0; k < COUNT(rows[i].parts); k++)
            if (strstr(text, rows[i].parts[k]) == NULL)
                fail_msg("%s has no \"%s\":\n%s", rows[i].format, rows[i].parts[k], text);
        free(text);
    }
    assert_null(writer_format("gnucash"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_longest_codes_fit),
        cmocka_unit_test(test_clean_names),
        cmocka_unit_test(test_openings_and_sums),
        cmocka_unit_test(test_many_accounts_are_found_again),
        cmocka_unit_test(test_lines_are_held_against_rows),
        cmocka_unit_test(test_formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
