/* Posting files: settings, and the rows that follow from them. */
#include "tests/support/unit.h"

#include <unistd.h>

#include "calendar.h"
#include "posting.h"

static const struct posting_row ROW = {
    .organiser = "KAINUU",
    .organiser_name = "Kainuun hyvinvointialue",
    .provider = "P1",
    .business_id = "2077474-0",
    .provider_name = "Kotihoiva \"Säde\", Oy",
    .iban = "FI2112345600000785",
    .reference = "RF341234561",
    .end_to_end_id = "SLD260402A",
    .cents = 24805,
};

/* Header and one row; the caller frees them. */
static char *written(const struct posting *p)
{
    char *text;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    struct posting_row row = ROW;

    row.run_day = calendar_day((struct date){2026, 4, 2});
    row.execution_day = calendar_day((struct date){2026, 4, 7});
    posting_header(p, file);
    posting_line(p, &row, file);
    fclose(file);
    return text;
}

/* The settings over the defaults; the complaints are the caller's to free. */
static char *read_settings(struct posting *p, const char *settings)
{
    char path[] = "/tmp/saldo_posting_XXXXXX";
    char *text;
    size_t len;
    struct report report = {.out = open_memstream(&text, &len), .file = "f"};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, settings, strlen(settings)), strlen(settings));
    close(fd);
    posting_defaults(p);
    bool good = posting_read(p, path, &report);
    assert_int_equal(good, report.count == 0);
    unlink(path);
    fclose(report.out);
    return text;
}

static void test_defaults(void **state)
{
    struct posting p;

    (void)state;
    posting_defaults(&p);
    char *text = written(&p);
    assert_string_equal(text,
                        "organiser,run_day,account,cost_code,business_id,provider_name,reference,"
                        "end_to_end_id,euros,text\r\n"
                        "KAINUU,2026-04-02,,,2077474-0,\"Kotihoiva \"\"Säde\"\", Oy\",RF341234561,"
                        "SLD260402A,248.05,Palvelusetelit 2026-04-02\r\n");
    free(text);
}

static void test_settings(void **state)
{
    static const struct {
        const char *settings, *want;
    } table[] = {
        {"[posting]\nseparator = semicolon\ndecimal = comma\n[columns]\nY-tunnus = business_id\n"
         "Summa = euros\nLaji = \"K;R\"\n",
         "Y-tunnus;Summa;Laji\r\n2077474-0;248,05;\"K;R\"\r\n"},
        {"[posting]\ndecimal = comma\nheader = no\n[columns]\nSumma = euros\nX = provider\n",
         "\"248,05\",P1\r\n"},
        {"[posting]\nseparator = tab\naccount = 2871\ncost_code = 5500\n[columns]\nTili = account\n"
         "KP = cost_code\nPäivä = execution_day\nTilinro = iban\nAlue = organiser_name\n",
         "Tili\tKP\tPäivä\tTilinro\tAlue\r\n2871\t5500\t2026-04-07\tFI2112345600000785\tKainuun "
         "hyvinvointialue\r\n"},
        {"[posting]\ntext =\n[columns]\nT = text\nE = \" \"\n", "T,E\r\n2026-04-02,\" \"\r\n"},
    };
    struct posting p;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        char *complaints = read_settings(&p, table[i].settings);
        char *text = written(&p);
        assert_string_equal(complaints, "");
        assert_string_equal(text, table[i].want);
        free(complaints);
        free(text);
    }
}

static void test_bad_settings(void **state)
{
    static const struct {
        const char *settings, *want;
    } table[] = {
        {"[columns]\nA = iban\nB = colour\n", "f:3: colour is nothing that a column can hold"},
        {"[columns]\nA = iban\nA = euros\n", "f:3: the heading A stands twice"},
        {"[posting]\ndecimal = ;\n", "f:2: [posting] decimal ="},
        {"[posting]\nheader = maybe\n", "f:2: [posting] header = maybe is not understood"},
        {"[posting]\ncolour = red\n", "f:2: [posting] colour = red is not understood"},
        {"[elsewhere]\na = b\n", "f:2: [elsewhere] a = b is not understood"},
        {"[columns]\nnonsense\n", "f:2: not name = value"},
    };
    struct posting p;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        char *complaints = read_settings(&p, table[i].settings);
        if (strstr(complaints, table[i].want) == NULL)
            fail_msg("\"%s\" lacks \"%s\"", complaints, table[i].want);
        free(complaints);
    }
}

static void test_too_many_columns(void **state)
{
    char settings[4096] = "[columns]\n";
    struct posting p;

    (void)state;
    for (int i = 0; i <= POSTING_COLUMNS_MAX; i++)
        snprintf(settings + strlen(settings), sizeof(settings) - strlen(settings), "C%d = iban\n",
                 i);
    char *complaints = read_settings(&p, settings);
    assert_non_null(strstr(complaints, "too many columns"));
    assert_int_equal(p.count, POSTING_COLUMNS_MAX);
    free(complaints);
}

static void test_negative_amounts(void **state)
{
    struct posting p;
    struct posting_row row = ROW;
    char *text;
    size_t len;
    FILE *file = open_memstream(&text, &len);

    (void)state;
    free(read_settings(&p, "[posting]\ndecimal = comma\nseparator = semicolon\nheader = no\n"
                           "[columns]\nE = euros\n"));
    row.cents = -5;
    posting_line(&p, &row, file);
    row.cents = INT64_MIN;
    posting_line(&p, &row, file);
    fclose(file);
    assert_string_equal(text, "-0,05\r\n-92233720368547758,08\r\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_settings),
        cmocka_unit_test(test_bad_settings),     cmocka_unit_test(test_too_many_columns),
        cmocka_unit_test(test_negative_amounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
