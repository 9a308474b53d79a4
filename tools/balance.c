/* saldo balance - posted, pending and available of one voucher or of all. */
#include <stdio.h>

#include "arguments.h"
#include "pager.h"
#include "text.h"

struct balance {
    struct session session;
    const char *voucher;
    const char *organiser;
    int32_t as_of;
    bool all;
};

static void write_balance(int32_t as_of, const Saldo__V1__Balance *b, struct output *o)
{
    void (*amount)(struct output *, int64_t) = b->units ? output_number : output_cents;
    char bucket[TEXT_BUCKET_MAX];

    output_day(o, as_of);
    output_text(o, b->voucher);
    output_text(o, text_bucket(b->bucket, bucket));
    amount(o, b->posted);
    amount(o, b->pending);
    amount(o, b->available);
}

static int write_balances(struct balance *b, struct output *o)
{
    Saldo__V1__BalanceQuery balance = SALDO__V1__BALANCE_QUERY__INIT;
    const Saldo__V1__Balance *row;
    struct pager pager;

    balance.as_of = b->as_of;
    if (b->voucher != NULL)
        balance.voucher = tool_lend(b->voucher);
    if (b->organiser != NULL)
        balance.organiser = tool_lend(b->organiser);
    pager_ask_balances(&pager, &b->session, &balance);
    while ((row = pager_balance(&pager)) != NULL)
        write_balance(pager_page(&pager)->balances->as_of, row, o);
    return pager_end(&pager);
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
        rc = write_balances(&b, o);
        if (!output_close(o) && rc == TOOL_OK)
            rc = tool_fail(TOOL_INTERNAL, "the result cannot be written");
    }
    session_close(&b.session);
    return rc;
}
