/* Reports: escaping, figures in two languages, what a voucher grants, and pages that hold together.
 */
#include "tests/support/unit.h"

#include "calendar.h"
#include "outcome.h"
#include "report/allotment.h"
#include "report/chart.h"
#include "report/rows.h"

/* ---- A page into memory ---------------------------------------------------------------------- */

struct page {
    struct paper paper;
    char *text;
    size_t len;
};

static void page_open(struct page *page, enum language language)
{
    *page = (struct page){.paper.language = language};
    page->paper.file = open_memstream(&page->text, &page->len);
    assert_non_null(page->paper.file);
}

/* The caller frees it. */
static char *page_close(struct page *page)
{
    assert_int_equal(fclose(page->paper.file), 0);
    return page->text;
}

static size_t times(const char *text, const char *what)
{
    size_t count = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        count++;
    return count;
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void test_escaping(void **state)
{
    static const struct {
        const char *text, *want;
    } table[] = {
        {"Hoiva & Säde <b>", "Hoiva &amp; Säde &lt;b&gt;"},
        {"\" onload='x'", "&quot; onload=&#39;x&#39;"},
        {"</title><script>", "&lt;/title&gt;&lt;script&gt;"},
        {"a\x01\n\x7f", "a\ufffd\ufffd\ufffd"},
        {"&amp;", "&amp;amp;"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct page page;
        page_open(&page, LANGUAGE_FI);
        paper_text(&page.paper, table[i].text);
        char *text = page_close(&page);
        assert_string_equal(text, table[i].want);
        free(text);
    }
}

/* Names come from outside, wherever they stand on the page. */
static void test_escaping_everywhere(void **state)
{
    static const char evil[] = "<script>alert('&')</script>";
    static const struct paper_column columns[] = {{WORD_SERVICE, false}, {WORD_PRICE, true}};
    static const struct paper_table table = {WORD_BY_SERVICE, columns, 2, true};
    const struct paper_head head = {WORD_STATEMENT, evil, evil, true};
    const struct chart_slice slice = {WORD_USED, 1, CHART_SOLID};
    struct page page;

    (void)state;
    page_open(&page, LANGUAGE_EN);
    struct paper *p = &page.paper;
    paper_begin(p, &head);
    paper_list(p, PAPER_FACTS);
    paper_item(p, WORD_PROVIDER, evil);
    paper_list_end(p);
    paper_table(p, &table);
    paper_group(p);
    paper_text(p, evil);
    paper_row(p, PAPER_ROW);
    paper_cell_text(p, evil);
    paper_cell_small(p, evil);
    paper_cell_id(p, evil);
    paper_table_end(p);
    chart_stack(p, WORD_BUDGET, &slice, 1);
    chart_stack_bar(p, evil, evil, &slice, 1);
    chart_stack_end(p);
    paper_note(p, evil);
    paper_end(p, evil);
    char *text = page_close(&page);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "http:"));
    assert_null(strstr(text, "https:"));
    assert_int_equal(times(text, "&lt;script&gt;"), 13);
    free(text);
}

static void test_words(void **state)
{
    enum language l;

    (void)state;
    for (int w = 0; w < WORDS; w++)
        for (int i = 0; i < LANGUAGES; i++) {
            const char *text = word((enum language)i, (enum word)w);
            assert_true(text[0] != '\0');
            assert_null(strpbrk(text, "<>&\"")); /* they stand in attributes as well */
        }
    assert_true(language_parse("fi", &l) && l == LANGUAGE_FI);
    assert_true(language_parse("en", &l) && l == LANGUAGE_EN);
    assert_false(language_parse("sv", &l));
    assert_string_equal(word_state(LANGUAGE_FI, "PAID"), "maksettu");
    assert_string_equal(word_state(LANGUAGE_FI, "NEW_ONE"), "NEW_ONE");
    for (int code = 2; code <= OUTCOME_COUNTY_BUDGET; code++)
        if (strcmp(outcome_name(code), "UNKNOWN") != 0 && code > OUTCOME_BAD_SIGNATURE)
            assert_string_not_equal(word_refusal(LANGUAGE_FI, code), outcome_name(code));
}

/* ---- Figures --------------------------------------------------------------------------------- */

#define S "\u00a0"

static void test_euros(void **state)
{
    static const struct {
        int64_t cents;
        const char *fi, *en;
    } table[] = {
        {0, "0,00" S "€", "€0.00"},
        {5, "0,05" S "€", "€0.05"},
        {99999, "999,99" S "€", "€999.99"},
        {123456, "1" S "234,56" S "€", "€1,234.56"},
        {-123456, "\u22121" S "234,56" S "€", "\u2212€1,234.56"},
        {100000000, "1" S "000" S "000,00" S "€", "€1,000,000.00"},
        {INT64_MIN, "\u221292" S "233" S "720" S "368" S "547" S "758,08" S "€",
         "\u2212€92,233,720,368,547,758.08"},
    };
    char out[FIGURE_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_string_equal(figure_euros(LANGUAGE_FI, table[i].cents, out), table[i].fi);
        assert_string_equal(figure_euros(LANGUAGE_EN, table[i].cents, out), table[i].en);
    }
    assert_string_equal(figure_whole_euros(LANGUAGE_FI, 123450, out), "1" S "235" S "€");
    assert_string_equal(figure_whole_euros(LANGUAGE_EN, -123449, out), "\u2212€1,234");
    assert_string_equal(figure_count(LANGUAGE_FI, 12345, out), "12" S "345");
    assert_string_equal(figure_count(LANGUAGE_EN, -1234567, out), "\u22121,234,567");
}

static void test_percent(void **state)
{
    static const struct {
        struct ratio r;
        const char *fi, *en;
    } table[] = {
        {{1, 2}, "50,0" S "%", "50.0%"},   {{1, 3}, "33,3" S "%", "33.3%"},
        {{2, 3}, "66,7" S "%", "66.7%"},   {{0, 5}, "0,0" S "%", "0.0%"},
        {{5, 0}, "\u2013", "\u2013"},      {{-1, 4}, "\u221225,0" S "%", "\u221225.0%"},
        {{7, 7}, "100,0" S "%", "100.0%"}, {{INT64_MAX, INT64_MAX}, "100,0" S "%", "100.0%"},
    };
    char out[FIGURE_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_string_equal(figure_percent(LANGUAGE_FI, table[i].r, out), table[i].fi);
        assert_string_equal(figure_percent(LANGUAGE_EN, table[i].r, out), table[i].en);
    }
}

static void test_dates(void **state)
{
    int32_t day = calendar_day((struct date){2018, 9, 5});
    struct span span = {calendar_instant_ms(day, 555), calendar_instant_ms(day, 600)};
    char out[FIGURE_MAX];

    (void)state;
    assert_string_equal(figure_day(LANGUAGE_FI, day, out), "5.9.2018");
    assert_string_equal(figure_day(LANGUAGE_EN, day, out), "5" S "Sep" S "2018");
    assert_string_equal(figure_day(LANGUAGE_FI, 0, out), "");
    assert_string_equal(figure_month(LANGUAGE_FI, calendar_month(day), out), "syyskuu 2018");
    assert_string_equal(figure_month(LANGUAGE_EN, calendar_month(day), out), "September 2018");
    assert_string_equal(figure_span(LANGUAGE_FI, span, out), "9.15\u201310.00");
    assert_string_equal(figure_span(LANGUAGE_EN, span, out), "09:15\u201310:00");
    span.end_ms = 0;
    assert_string_equal(figure_span(LANGUAGE_FI, span, out), "9.15");
    span.start_ms = calendar_midnight_ms(day);
    assert_string_equal(figure_span(LANGUAGE_FI, span, out), "");
}

static void test_quantities(void **state)
{
    static const struct {
        struct amount a;
        const char *fi, *en;
    } table[] = {
        {{SALDO__V1__UNIT__HOUR, 45}, "45" S "min", "45" S "min"},
        {{SALDO__V1__UNIT__HOUR, 60}, "1" S "t", "1" S "h"},
        {{SALDO__V1__UNIT__HOUR, 75}, "1" S "t" S "15" S "min", "1" S "h" S "15" S "min"},
        {{SALDO__V1__UNIT__VISIT, 1}, "1" S "käynti", "1" S "visit"},
        {{SALDO__V1__UNIT__VISIT, 3}, "3" S "käyntiä", "3" S "visits"},
        {{SALDO__V1__UNIT__DAY, 0}, "0" S "päivää", "0" S "days"},
        {{SALDO__V1__UNIT__UNIT_NONE, 1200}, "1" S "200", "1,200"},
    };
    char out[FIGURE_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_string_equal(figure_quantity(LANGUAGE_FI, table[i].a, out), table[i].fi);
        assert_string_equal(figure_quantity(LANGUAGE_EN, table[i].a, out), table[i].en);
    }
}

/* ---- Sums and tables ------------------------------------------------------------------------- */

static void test_sums(void **state)
{
    const struct row rows[] = {
        {.service = "B", .unit = SALDO__V1__UNIT__HOUR, .quantity = 30, .county_cents = 100},
        {.service = "A",
         .unit = SALDO__V1__UNIT__HOUR,
         .quantity = 45,
         .county_cents = 250,
         .copay_cents = 50},
        {.service = "B",
         .unit = SALDO__V1__UNIT__VISIT,
         .quantity = 1,
         .county_cents = 100,
         .copay_cents = 7},
    };
    struct bins bins = {0};
    struct page page;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        bins_add(&bins, rows[i].service, &rows[i]);
    bins_sort(&bins);
    assert_int_equal(bins.count, 2);
    assert_string_equal(bins.list[0].key, "A");
    assert_int_equal(bins.list[0].quantity, 45);
    assert_int_equal(bins.list[1].rows, 2);
    assert_int_equal(bins.list[1].unit, SALDO__V1__UNIT__UNIT_NONE); /* minutes and visits */
    page_open(&page, LANGUAGE_EN);
    paper_services(&page.paper, &bins);
    char *text = page_close(&page);
    assert_non_null(strstr(text, "<tr class=\"total\""));
    assert_non_null(strstr(strstr(text, "class=\"total\""), "€5.07")); /* price of all */
    assert_non_null(strstr(strstr(text, "class=\"total\""), "€4.50"));
    assert_non_null(strstr(strstr(text, "class=\"total\""), "€0.57"));
    assert_int_equal(times(text, "<caption>"), 1);
    assert_int_equal(times(text, "scope=\"col\""), 6);
    assert_int_equal(times(text, "scope=\"row\""), 3);
    assert_int_equal(times(text, "<tr"), times(text, "</tr>"));
    assert_int_equal(times(text, "<td"), times(text, "</td>"));
    assert_int_equal(times(text, "<tbody"), times(text, "</tbody>"));
    assert_int_equal(times(text, "<td"), 3 * 5);
    free(text);
    free(bins.list);
}

static void test_bars(void **state)
{
    const struct chart_slice slices[] = {{WORD_USED, 1, CHART_SOLID},
                                         {WORD_PENDING, -5, CHART_HATCH},
                                         {WORD_AVAILABLE, 3, CHART_DOTS}};
    struct page page;

    (void)state;
    page_open(&page, LANGUAGE_EN);
    chart_stack_bar(&page.paper, "4310", "25.0%", slices, 3);
    chart_bar(&page.paper, (struct ratio){9, 4}, 4); /* never longer than its place */
    char *text = page_close(&page);
    assert_non_null(strstr(text, "<rect x=\"0.00%\" width=\"25.00%\""));
    assert_non_null(strstr(text, "<rect x=\"25.00%\" width=\"75.00%\""));
    assert_non_null(strstr(text, "width=\"100.00%\""));
    assert_int_equal(times(text, "<rect"), 3);
    free(text);
}

/* What was taken back is seen: it hangs below the line of zero, in another pattern. */
static void test_days_below_zero(void **state)
{
    const int64_t cents[] = {10000, -5000};
    struct page page;

    (void)state;
    page_open(&page, LANGUAGE_EN);
    chart_days(&page.paper, &(struct chart_days){WORD_BY_DAY, 17800, cents, 2});
    char *text = page_close(&page);
    assert_non_null(strstr(text, ">€100</text>"));
    assert_non_null(strstr(text, ">€0</text>"));
    assert_non_null(strstr(text, ">\u2212€50</text>"));
    assert_non_null(strstr(text, "y=\"16\" height=\"87\" fill=\"url(#solid)\""));
    assert_non_null(strstr(text, "y=\"103\" height=\"43\" fill=\"url(#hatch)\""));
    free(text);
    page_open(&page, LANGUAGE_EN);
    chart_days(&page.paper, &(struct chart_days){WORD_BY_DAY, 17800, cents + 1, 1});
    text = page_close(&page);
    assert_int_equal(times(text, ">€"), 1); /* only zero, on top */
    assert_non_null(strstr(text, "y=\"16\" height=\"130\" fill=\"url(#hatch)\""));
    free(text);
}

/* ---- What a voucher grants ------------------------------------------------------------------- */

static int32_t day_of(int32_t month, int32_t day)
{
    return calendar_day((struct date){2018, month, day});
}

static void test_allotment(void **state)
{
    Saldo__V1__VoucherVersion first = SALDO__V1__VOUCHER_VERSION__INIT;
    Saldo__V1__VoucherVersion second = SALDO__V1__VOUCHER_VERSION__INIT;
    Saldo__V1__VoucherVersion *versions[] = {&first, &second};
    Saldo__V1__Voucher v = SALDO__V1__VOUCHER__INIT;
    const int32_t september = calendar_month(day_of(9, 1));

    (void)state;
    v.kind = SALDO__V1__VOUCHER_KIND__BALANCE;
    v.period = SALDO__V1__PERIOD__MONTHLY;
    v.valid_from = first.effective_from = day_of(9, 16);
    first.valid_to = second.valid_to = day_of(11, 10);
    first.amount_cents = 10000;
    second.amount_cents = 20000;
    second.effective_from = day_of(10, 11);
    v.versions = versions;
    v.n_versions = 1;
    assert_int_equal(allotment_of(&v, september), 5000); /* 15 days of 30 */
    assert_int_equal(allotment_of(&v, september + 1), 10000);
    assert_int_equal(allotment_of(&v, september + 2), 3333); /* 10 of 30 */
    assert_int_equal(allotment_of(&v, september + 3), 0);
    assert_false(allotment_touches(&v, september - 1));
    assert_true(allotment_touches(&v, september + 2));
    v.n_versions = 2;
    assert_int_equal(allotment_of(&v, september + 1),
                     16774); /* 10 days of the one, 21 of the other */
    v.carry_over = true;
    assert_int_equal(allotment_of(&v, september + 9), 5000 + 16774 + 6667);
    v.period = SALDO__V1__PERIOD__WHOLE;
    assert_int_equal(allotment_of(&v, september), 20000);
    v.kind = SALDO__V1__VOUCHER_KIND__QUANTITY;
    v.period = SALDO__V1__PERIOD__MONTHLY;
    first.quota = 7;
    second.quota = 9;
    assert_int_equal(allotment_of(&v, september), 7); /* a quota is not cut */
    assert_int_equal(allotment_of(&v, september + 1), 9);
    assert_int_equal(allotment_of(&v, september + 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escaping),   cmocka_unit_test(test_escaping_everywhere),
        cmocka_unit_test(test_words),      cmocka_unit_test(test_euros),
        cmocka_unit_test(test_percent),    cmocka_unit_test(test_dates),
        cmocka_unit_test(test_quantities), cmocka_unit_test(test_sums),
        cmocka_unit_test(test_bars),       cmocka_unit_test(test_days_below_zero),
        cmocka_unit_test(test_allotment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
