/* The pager of the tools, with a ledger that is played: every row once and in order, one page in
 * memory at a time however long the list is, and an end that tells what went wrong.
 *
 * ROWS=100000 makes the list that long; /usr/bin/time -v tells the memory. */
#include "tests/support/unit.h"

#include "base/limits.h"
#include "outcome.h"
#include "pager.h"

#define ROWS_USUAL 2500
#define PAGE       100

/* Called instead of the tools' own, and the library's: the Makefile wraps them for this test. */
int __wrap_session_try(struct session *s, const Saldo__V1__QueryRequest *query,
                       Saldo__V1__Reply__ResultCase wanted, int *code);
void __wrap_saldo__v1__reply__free_unpacked(Saldo__V1__Reply *message,
                                            ProtobufCAllocator *allocator);
void __real_saldo__v1__reply__free_unpacked(Saldo__V1__Reply *message,
                                            ProtobufCAllocator *allocator);

/* The ledger: payouts with the run days 1 to `rows`. */
static struct {
    int rows, asked;
    int empty_each; /* every so many pages one is empty; 0: none */
    int fail_at;    /* which page fails, and how; 0: none */
    int fail_rc;
    bool stands_still; /* a page leads to itself */
    int live, most;    /* pages in memory */
} ledger;

/* As if it had come over the wire. */
static Saldo__V1__Reply *received(Saldo__V1__Reply *reply)
{
    size_t len = saldo__v1__reply__get_packed_size(reply);
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    saldo__v1__reply__pack(reply, bytes);
    Saldo__V1__Reply *copy = saldo__v1__reply__unpack(NULL, len, bytes);
    assert_non_null(copy);
    free(bytes);
    ledger.most = ++ledger.live > ledger.most ? ledger.live : ledger.most;
    return copy;
}

static Saldo__V1__Reply *page_after(const char *after)
{
    static char account[LIMIT_NAME_BYTES + 1];
    Saldo__V1__Payout rows[PAGE], *list[PAGE];
    Saldo__V1__Payouts payouts = SALDO__V1__PAYOUTS__INIT;
    Saldo__V1__Reply reply = SALDO__V1__REPLY__INIT;
    int last = atoi(after);
    bool empty = ledger.empty_each != 0 && ledger.asked % ledger.empty_each == 0;
    char next[16] = "";

    memset(account, 'n', sizeof(account) - 1);
    for (; !empty && payouts.n_payouts < PAGE && last < ledger.rows; payouts.n_payouts++) {
        Saldo__V1__Payout *p = &rows[payouts.n_payouts];
        saldo__v1__payout__init(p);
        p->run_day = ++last;
        p->account_name = account;
        list[payouts.n_payouts] = p;
    }
    if (last < ledger.rows) /* an empty page has looked at something too, and goes on behind it */
        snprintf(next, sizeof(next), "%d%s", last, empty ? "x" : "");
    if (ledger.stands_still && after[0] != '\0')
        snprintf(next, sizeof(next), "%s", after);
    payouts.payouts = list;
    payouts.next = next;
    reply.result_case = SALDO__V1__REPLY__RESULT_PAYOUTS;
    reply.payouts = &payouts;
    return received(&reply);
}

int __wrap_session_try(struct session *s, const Saldo__V1__QueryRequest *query,
                       Saldo__V1__Reply__ResultCase wanted, int *code)
{
    assert_int_equal(query->body_case, SALDO__V1__QUERY_REQUEST__BODY_PAYOUTS);
    assert_int_equal(wanted, SALDO__V1__REPLY__RESULT_PAYOUTS);
    assert_string_equal(query->payouts->organiser, "kainuu"); /* asked for on every page */
    *code = OUTCOME_ACCEPTED;
    if (++ledger.asked == ledger.fail_at) {
        if (ledger.fail_rc == TOOL_REFUSED)
            *code = OUTCOME_ROLE_NOT_ALLOWED;
        return ledger.fail_rc;
    }
    s->reply = page_after(query->payouts->after);
    return TOOL_OK;
}

void __wrap_saldo__v1__reply__free_unpacked(Saldo__V1__Reply *message,
                                            ProtobufCAllocator *allocator)
{
    ledger.live -= message != NULL;
    __real_saldo__v1__reply__free_unpacked(message, allocator);
}

/* ---- Tests ---- */

struct read {
    int rows, rc, code;
};

/* All rows; `stop_at` is the row whose taking fails. */
static struct read read_all(struct pager_pages *keep, int stop_at)
{
    struct session s = {0};
    struct pager pager;
    Saldo__V1__PayoutsQuery query = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *p;
    struct read r = {0, 0, 0};

    query.organiser = tool_lend("kainuu");
    pager_ask_payouts(&pager, &s, &query);
    while ((p = pager_payout(&pager)) != NULL) {
        assert_int_equal(p->run_day, ++r.rows);
        assert_int_equal(strlen(p->account_name), LIMIT_NAME_BYTES);
        if (keep != NULL && p->run_day % (3 * PAGE) == 1)
            pager_keep(&pager, keep);
        if (p->run_day == stop_at)
            pager_took(&pager, TOOL_INPUT);
    }
    assert_null(pager_payout(&pager)); /* and so it stays */
    r.rc = pager_end_try(&pager, &r.code);
    return r;
}

static int setup(void **state)
{
    (void)state;
    const char *rows = getenv("ROWS");
    memset(&ledger, 0, sizeof(ledger));
    ledger.rows = rows == NULL ? ROWS_USUAL : atoi(rows);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(ledger.live, 0);
    return 0;
}

static void test_one_page_at_a_time(void **state)
{
    (void)state;
    struct read r = read_all(NULL, 0);
    assert_int_equal(r.rc, TOOL_OK);
    assert_int_equal(r.rows, ledger.rows);
    assert_int_equal(ledger.most, 1);
    assert_int_equal(ledger.asked, (ledger.rows + PAGE - 1) / PAGE);
}

static void test_no_rows(void **state)
{
    (void)state;
    ledger.rows = 0;
    struct read r = read_all(NULL, 0);
    assert_int_equal(r.rc, TOOL_OK);
    assert_int_equal(r.rows, 0);
}

static void test_empty_pages(void **state)
{
    (void)state;
    ledger.empty_each = 2;
    struct read r = read_all(NULL, 0);
    assert_int_equal(r.rc, TOOL_OK);
    assert_int_equal(r.rows, ledger.rows);
    assert_int_equal(ledger.most, 1);
}

static void test_kept_pages(void **state)
{
    (void)state;
    struct pager_pages pages = {0};
    struct read r = read_all(&pages, 0);
    int kept = (ledger.rows + 3 * PAGE - 1) / (3 * PAGE);
    assert_int_equal(r.rc, TOOL_OK);
    assert_int_equal(pages.count, kept);
    assert_int_equal(ledger.live, kept);
    for (size_t i = 0; i < pages.count; i++)
        assert_int_equal(pages.list[i]->payouts->payouts[0]->run_day, 3 * PAGE * (int)i + 1);
    pager_pages_free(&pages);
}

static void test_what_goes_wrong(void **state)
{
    (void)state;
    struct read r = read_all(NULL, 5);
    assert_int_equal(r.rc, TOOL_INPUT);
    assert_int_equal(r.rows, 5);
    assert_int_equal(ledger.asked, 1);

    ledger.asked = 0;
    ledger.fail_at = 3;
    ledger.fail_rc = TOOL_REFUSED;
    r = read_all(NULL, 0);
    assert_int_equal(r.rc, TOOL_REFUSED);
    assert_int_equal(r.code, OUTCOME_ROLE_NOT_ALLOWED);
    assert_int_equal(r.rows, 2 * PAGE);

    ledger.fail_at = 0;
    ledger.stands_still = true;
    r = read_all(NULL, 0);
    assert_int_equal(r.rc, TOOL_INTERNAL);
    assert_int_equal(r.rows, PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_page_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kept_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_goes_wrong, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
