/* saldo voucher - one voucher: what was decided, its versions, suspensions and approvals. */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "session.h"
#include "text.h"

/* A list inside the record: one more table for people, one more member in JSON. CSV has only the
 * record, because a file of two shapes is none. */
struct part {
    const char *title;
    struct output_shape shape;
    void (*write)(const Saldo__V1__Voucher *v, struct output *o);
};

static void write_optional_cents(struct output *o, const Saldo__V1__Value *value)
{
    if (value == NULL)
        output_empty(o);
    else
        output_cents(o, value->value);
}

static void join(char **codes, size_t count, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && len < size; i++) {
        int n = snprintf(out + len, size - len, "%s%s", i > 0 ? ";" : "", codes[i]);
        len += n > 0 ? (size_t)n : 0;
    }
}

static void write_versions(const Saldo__V1__Voucher *v, struct output *o)
{
    char services[2048];

    for (size_t i = 0; i < v->n_versions; i++) {
        const Saldo__V1__VoucherVersion *version = v->versions[i];
        output_day(o, version->effective_from);
        output_day(o, version->valid_to);
        if (v->kind == SALDO__V1__VOUCHER_KIND__BALANCE)
            output_cents(o, version->amount_cents);
        else
            output_number(o, version->quota);
        write_optional_cents(o, version->unit_value_cents);
        join(version->services, version->n_services, services, sizeof(services));
        output_text(o, services);
    }
}

static void write_suspensions(const Saldo__V1__Voucher *v, struct output *o)
{
    for (size_t i = 0; i < v->n_suspensions; i++) {
        output_day(o, v->suspensions[i]->from_day);
        output_day(o, v->suspensions[i]->to_day);
    }
}

static void write_approvals(const Saldo__V1__Voucher *v, struct output *o)
{
    for (size_t i = 0; i < v->n_prior_approvals; i++) {
        const Saldo__V1__PriorApproval *p = v->prior_approvals[i];
        output_text(o, p->service);
        output_day(o, p->valid_from);
        output_day(o, p->valid_to);
        output_text(o, p->approved_by);
    }
}

static const char *const version_columns[] = {"effective_from", "valid_to", "amount",
                                              "unit_value_cents", "services"};
static const char *const suspension_columns[] = {"from", "to"};
static const char *const approval_columns[] = {"service", "valid_from", "valid_to", "approved_by"};
static const struct part parts[] = {
    {"versions", {version_columns, 5, false}, write_versions},
    {"suspensions", {suspension_columns, 2, false}, write_suspensions},
    {"prior_approvals", {approval_columns, 4, false}, write_approvals},
};

/* What one reads first. */
static bool write_facts(const struct tool *tool, const Saldo__V1__Voucher *v)
{
    static const char *const columns[] = {
        "number",       "organiser",  "client",    "state",        "kind",
        "period",       "valid_from", "closed_on", "reserved_for", "carry_over",
        "live_charges", "decision",   "cost_code",
    };
    bool balance = v->kind == SALDO__V1__VOUCHER_KIND__BALANCE;
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 13, true});

    output_text(o, v->number);
    output_text(o, v->organiser);
    output_text(o, v->client);
    output_text(o, v->state);
    output_text(o, balance ? "BALANCE" : "UNIT");
    output_text(o, v->period == SALDO__V1__PERIOD__WHOLE ? "WHOLE" : "MONTH");
    output_day(o, v->valid_from);
    output_day(o, v->closed_on);
    output_text(o, v->reserved_for);
    output_flag(o, v->carry_over);
    output_number(o, v->live_charges);
    output_text(o, v->decision);
    output_text(o, v->cost_code);
    return output_close(o);
}

/* People see a heading and a table for each list that is not empty; JSON is an object of the record
 * and all lists. */
static int write_voucher(const struct tool *tool, const Saldo__V1__Voucher *v)
{
    const size_t counts[] = {v->n_versions, v->n_suspensions, v->n_prior_approvals};
    const bool json = tool->format == OUTPUT_JSON;

    if (json)
        fputs("{\"voucher\":\n", stdout);
    bool good = write_facts(tool, v);
    for (size_t i = 0; i < 3 && tool->format != OUTPUT_CSV; i++) {
        if (counts[i] == 0 && !json)
            continue;
        printf(json ? ",\"%s\":\n" : "\n%s\n", parts[i].title);
        struct output *o = output_open(stdout, tool->format, &parts[i].shape);
        parts[i].write(v, o);
        good = output_close(o) && good;
    }
    if (json)
        fputs("}\n", stdout);
    return tool_written(good && fflush(stdout) == 0);
}

static int ask_voucher(struct session *s, void *arg)
{
    const Saldo__V1__QueryRequest *query = arg;
    int rc = session_query(s, query, SALDO__V1__REPLY__RESULT_VOUCHER);

    return rc == TOOL_OK ? write_voucher(s->tool, s->reply->voucher) : rc;
}

int run_voucher(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__VoucherQuery voucher = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    const char *number;
    const struct argument table[] = {
        {"NUMBER", ARGUMENT_VOUCHER, &number, "nine digits and the check character", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"voucher", "A voucher with its versions, suspensions and approvals.",
                            table, 1},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    voucher.number = tool_lend(number);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_VOUCHER;
    query.voucher = &voucher;
    return session_ask(tool, ask_voucher, &query);
}
