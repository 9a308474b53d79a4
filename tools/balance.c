/* saldo balance - posted, pending and available of one voucher or of all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "session.h"
#include "text.h"

struct balance {
    struct session session;
    const char *voucher;
    const char *organiser;
    int32_t as_of;
    bool all;
};

static void write_balances(const Saldo__V1__Balances *page, struct output *o)
{
    char bucket[TEXT_BUCKET_MAX];

    for (size_t i = 0; i < page->n_balances; i++) {
        const Saldo__V1__Balance *b = page->balances[i];
        void (*amount)(struct output *, int64_t) = b->units ? output_number : output_cents;
        output_day(o, page->as_of);
        output_text(o, b->voucher);
        output_text(o, text_bucket(b->bucket, bucket));
        amount(o, b->posted);
        amount(o, b->pending);
        amount(o, b->available);
    }
}

/* Page after page. */
static int write_pages(struct balance *b, struct output *o)
{
    Saldo__V1__BalanceQuery balance = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    char *after = NULL;
    int rc;

    balance.as_of = b->as_of;
    if (b->voucher != NULL)
        balance.voucher = tool_lend(b->voucher);
    if (b->organiser != NULL)
        balance.organiser = tool_lend(b->organiser);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BALANCE;
    query.balance = &balance;
    for (;;) {
        rc = session_query(&b->session, &query, SALDO__V1__REPLY__RESULT_BALANCES);
        if (rc != TOOL_OK)
            break;
        const Saldo__V1__Balances *page = b->session.reply->balances;
        write_balances(page, o);
        if (page->next[0] == '\0')
            break;
        free(after);
        after = strdup(page->next); /* the next query frees the page */
        if (after == NULL)
            exit(tool_fail(TOOL_INTERNAL, "out of memory"));
        balance.after = after;
    }
    free(after);
    return rc;
}

int run_balance(struct tool *tool, int argc, char **argv)
{
    static const char *const columns[] = {"day",    "voucher", "bucket",
                                          "posted", "pending", "available"};
    struct balance b = {0};
    const struct argument table[] = {
        {"VOUCHER", ARGUMENT_VOUCHER, &b.voucher, "its number", true, 0},
        {"--all", ARGUMENT_FLAG, &b.all, "every voucher, in the order of the number", 0, 0},
        {"--as-of", ARGUMENT_DAY, &b.as_of, "after that day was settled, not now", 0, "DAY"},
        {"--organiser", ARGUMENT_TEXT, &b.organiser, "only vouchers of this one", 0, "CODE"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"balance",
                            "Posted, pending and available: cents, or units of a unit voucher.",
                            table, sizeof(table) / sizeof(table[0])},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if ((b.voucher != NULL) == b.all)
        return tool_fail(TOOL_USAGE, "balance: name a voucher, or give --all");
    int rc = session_open(&b.session, tool, NULL);
    if (rc == TOOL_OK) {
        struct output *o =
            output_open(stdout, tool->format, &(struct output_shape){columns, 6, false});
        rc = write_pages(&b, o);
        if (!output_close(o) && rc == TOOL_OK)
            rc = tool_fail(TOOL_INTERNAL, "the result cannot be written");
    }
    session_close(&b.session);
    return rc;
}
