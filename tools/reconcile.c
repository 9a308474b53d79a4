/* saldo reconcile - journal against tables, batches against payouts, payouts against the bank. */
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "calendar.h"
#include "check.h"
#include "exits.h"
#include "reconcile/findings.h"
#include "text.h"

enum { STALE_BANK_DAYS = 3, JOURNAL_TRIES = 3 };

struct reconcile {
    struct tool *tool;
    int32_t from, to;
    int64_t stale;
    const char *journal;
    bool days, lines;
    struct holdings holdings;
    struct figures figures;
    struct findings findings;
    struct findings_options options;
};

/* ---- Journal against tables ------------------------------------------------------------------ */

static void journal_differs(struct reconcile *r, const char *detail)
{
    findings_add(&r->findings, &(struct finding){.kind = FINDING_JOURNAL,
                                                 .row = r->journal,
                                                 .day = r->holdings.settled_through,
                                                 .detail = detail});
}

/* The state made of the journal alone, and the one that goes on from the tables, must be one. A
 * daemon at work may write between the two: then once more. */
static int check_journal(struct reconcile *r)
{
    struct check_result whole, tables;

    for (int i = 0; i < JOURNAL_TRIES; i++) {
        int code = check_ledger(r->journal, false, &whole);
        if (code == EXITS_OK)
            code = check_ledger(r->journal, true, &tables);
        if (code == EXITS_DAMAGED) {
            journal_differs(r, "the journal or its tables are damaged");
            return TOOL_OK;
        }
        if (code != EXITS_OK)
            return tool_fail(TOOL_INPUT, "%s: the ledger's folder cannot be checked", r->journal);
        if (memcmp(whole.genesis.ledger_id, r->holdings.ledger_id, LEDGER_ID_BYTES) != 0)
            return tool_fail(TOOL_INPUT, "%s: that is another ledger", r->journal);
        if (whole.last != tables.last)
            continue;
        if (memcmp(whole.digest.bytes, tables.digest.bytes, sizeof(whole.digest.bytes)) != 0)
            journal_differs(r, "the tables are not what the journal makes");
        return TOOL_OK;
    }
    return tool_fail(TOOL_NETWORK, "%s: the ledger writes all the time: ask again", r->journal);
}

/* ---- Days ------------------------------------------------------------------------------------ */

/* The control identity as it stood each evening: batches = paid + in transit + open. */
static bool write_days(const struct reconcile *r)
{
    static const char *const columns[] = {"day",         "organiser",  "batch_cents",
                                          "all_batches", "paid_cents", "in_transit_cents",
                                          "open_cents"};
    const struct figures *g = &r->figures;
    struct output *o = output_open(stdout, r->tool->format, &(struct output_shape){columns, 7, 0});

    for (size_t i = 0; g->days != NULL && i < r->holdings.catalogue->n_organisers; i++) {
        int64_t batches = 0, paid = 0, in_transit = 0;
        for (int32_t day = g->first_day; day <= g->last_day; day++) {
            const struct day_figures *d = figures_day(g, i, day);
            batches += d->batches;
            paid += d->booked - d->returned;
            in_transit += d->sent - d->booked;
            if (day < r->from || (r->to != 0 && day > r->to) ||
                (d->batches == 0 && d->sent == 0 && d->booked == 0 && d->returned == 0))
                continue;
            output_day(o, day);
            output_text(o, r->holdings.catalogue->organisers[i]->code);
            output_cents(o, d->batches);
            output_cents(o, batches);
            output_cents(o, paid);
            output_cents(o, in_transit);
            output_cents(o, batches - paid - in_transit);
        }
    }
    return output_close(o);
}

/* ---- Exceptions ------------------------------------------------------------------------------ */

static bool in_range(const struct reconcile *r, const struct finding *f)
{
    return f->day >= r->from && (r->to == 0 || f->day <= r->to);
}

static bool write_findings(const struct reconcile *r)
{
    static const char *const columns[] = {
        "exception",  "organiser",  "provider",         "row",    "since",  "age_days",
        "want_cents", "have_cents", "difference_cents", "favour", "detail", "what_to_do"};
    struct output *o = output_open(stdout, r->tool->format, &(struct output_shape){columns, 12, 0});

    for (size_t i = 0; i < r->findings.count; i++) {
        const struct finding *f = &r->findings.list[i];
        if (!in_range(r, f))
            continue;
        output_text(o, finding_text(f->kind));
        output_text(o, f->organiser);
        output_text(o, f->provider);
        output_text(o, f->row);
        output_day(o, f->day);
        output_number(o, r->options.today > f->day ? r->options.today - f->day : 0);
        output_cents(o, f->want);
        output_cents(o, f->have);
        output_cents(o, f->have - f->want);
        output_text(o, f->favour);
        output_text(o, f->detail);
        output_text(o, finding_advice(f->kind));
    }
    return output_close(o);
}

/* Each organiser's identity in one line, which is all that people want to see where it holds. */
static bool write_totals(const struct reconcile *r)
{
    static const char *const columns[] = {"organiser",        "batch_cents",      "paid_cents",
                                          "in_transit_cents", "in_payouts_cents", "waiting_cents",
                                          "difference_cents"};
    struct output *o = output_open(stdout, r->tool->format, &(struct output_shape){columns, 7, 0});

    for (size_t i = 0; i < r->holdings.catalogue->n_organisers; i++) {
        const char *code = r->holdings.catalogue->organisers[i]->code;
        struct tally sum = {0};
        for (size_t t = 0; t < r->figures.count; t++) {
            const struct tally *one = r->figures.tallies[t];
            if (strcmp(one->organiser, code) != 0)
                continue;
            sum.batches += one->batches;
            sum.paid += one->paid;
            sum.in_transit += one->in_transit;
            sum.in_payouts += one->in_payouts;
            sum.waiting += one->waiting;
        }
        output_text(o, code);
        output_cents(o, sum.batches);
        output_cents(o, sum.paid);
        output_cents(o, sum.in_transit);
        output_cents(o, sum.in_payouts);
        output_cents(o, sum.waiting);
        output_cents(o, sum.paid + sum.in_transit + sum.in_payouts + sum.waiting - sum.batches);
    }
    return output_close(o);
}

/* What the bank's lines are: all that it booked, to the cent. Both kinds of message tell of one
 * account; what the one has told and the other repeats is money only once. */
static bool write_lines(const struct reconcile *r)
{
    static const char *const columns[] = {"organiser", "bank_lines", "rows", "in_cents",
                                          "out_cents"};
    struct output *o = output_open(stdout, r->tool->format, &(struct output_shape){columns, 5, 0});

    for (size_t i = 0; i < r->holdings.catalogue->n_organisers; i++) {
        struct line_sums all = {0};
        for (int kind = 0; kind <= LINES_KINDS; kind++) {
            const struct line_sums *sums = kind < LINES_KINDS ? &r->figures.lines[i][kind] : &all;
            output_text(o, r->holdings.catalogue->organisers[i]->code);
            output_text(o,
                        kind < LINES_KINDS ? figures_lines_text((enum figures_lines)kind) : "all");
            output_number(o, sums->count);
            output_cents(o, sums->in);
            output_cents(o, sums->out);
            all.count += kind < LINES_KINDS ? sums->count : 0;
            all.in += kind < LINES_KINDS ? sums->in : 0;
            all.out += kind < LINES_KINDS ? sums->out : 0;
        }
    }
    return output_close(o);
}

static int write_result(const struct reconcile *r)
{
    size_t open = 0;
    bool good;

    for (size_t i = 0; i < r->findings.count; i++)
        open += in_range(r, &r->findings.list[i]);
    if (r->days) {
        good = write_days(r);
    } else if (r->lines) {
        good = write_lines(r);
    } else if (r->tool->format != OUTPUT_PEOPLE) {
        good = write_findings(r);
    } else {
        good = write_totals(r);
        printf("\n%zu exception%s\n", open, open == 1 ? "" : "s");
        if (open > 0)
            good = write_findings(r) && good;
    }
    if (!good)
        return tool_written(false);
    return open > 0 ? TOOL_REFUSED : TOOL_OK;
}

/* ---- The command ----------------------------------------------------------------------------- */

static int ask(struct reconcile *r)
{
    struct session session;
    struct wanted wanted = {0};
    int rc = session_open(&session, r->tool, NULL);

    if (rc == TOOL_OK)
        rc = holdings_open(&r->holdings, &session);
    if (rc == TOOL_OK)
        rc = holdings_ask(&r->holdings, &session, &wanted);
    wanted_free(&wanted);
    if (rc == TOOL_OK) {
        holdings_remark(&r->holdings, r->tool);
        rc = figures_ask(&r->figures, &r->holdings, &session);
    }
    r->options = (struct findings_options){calendar_local_day(r->holdings.time_ms), r->stale};
    if (rc == TOOL_OK)
        rc = findings_make(&r->findings, &r->holdings, &r->figures, &session, &r->options);
    session_close(&session);
    return rc;
}

static int reconcile(struct reconcile *r)
{
    int rc = ask(r);

    if (rc == TOOL_OK && r->journal != NULL)
        rc = check_journal(r);
    return rc == TOOL_OK ? write_result(r) : rc;
}

int run_reconcile(struct tool *tool, int argc, char **argv)
{
    struct reconcile r = {.tool = tool, .stale = STALE_BANK_DAYS};
    const struct argument table[] = {
        {"--day-from", ARGUMENT_DAY, &r.from, "show this day and later ones", 0, "DAY"},
        {"--day-to", ARGUMENT_DAY, &r.to, "show this day and earlier ones", 0, "DAY"},
        {"--days", ARGUMENT_FLAG, &r.days, "the control identity by organiser and day", 0, 0},
        {"--lines", ARGUMENT_FLAG, &r.lines, "what the bank's lines are, by organiser", 0, 0},
        {"--stale", ARGUMENT_NUMBER, &r.stale, "bank days without news; 3 unless given", 0, "N"},
        {"--journal", ARGUMENT_TEXT, &r.journal, "check the ledger's folder too", 0, "DIR"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"reconcile", "Explain every cent between charge and bank.", table, 6},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = reconcile(&r);
    findings_free(&r.findings);
    figures_free(&r.figures);
    holdings_free(&r.holdings);
    return rc;
}
