/* saldo bank read - the bank's files against the payouts, and what is news into the ledger. */
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "bank/commands.h"
#include "bank/rows.h"
#include "base/check.h"
#include "iso20022/xml.h"
#include "outcome.h"
#include "text.h"

enum bank_message { MESSAGE_CAMT, MESSAGE_PAIN002 };

struct bank_file {
    const char *path;
    enum bank_message kind;
    struct camt_file camt;
    struct pain002_file pain002;
};

struct bank {
    struct tool *tool;
    struct argument_words paths;
    bool dry_run, all, sums;
    const char *assign; /* the first digits of an open line, or NULL: it is about this payout */
    const char *end_to_end_id;
    struct bank_file *files; /* owned, one for each path */
    struct holdings holdings;
    struct match_input input;
    struct bank_lines lines;
    struct verdicts verdicts;
    struct bank_rows rows;
};

/* ---- Reading --------------------------------------------------------------------------------- */

static void see_root(void *arg, const struct xml_element *e)
{
    enum bank_message *kind = arg;

    if (strstr(e->name_space, ":pain.002.") != NULL)
        *kind = MESSAGE_PAIN002;
    xml_refuse(e, "seen");
}

/* What a file is stands in its root; whatever else is wrong with it its reader says. */
static enum bank_message kind_of(const char *path, FILE *null)
{
    enum bank_message kind = MESSAGE_CAMT;
    struct xml_handler handler = {see_root, NULL, &kind};
    struct report report = {.out = null, .file = path};

    xml_read_file(path, &handler, &report);
    return kind;
}

/* All files before anything else: one that is broken stops them all. */
static int read_files(struct bank *b)
{
    struct report report = {.out = stderr}, notes = {.out = stderr};
    FILE *null = fopen("/dev/null", "w");

    if (null == NULL)
        return tool_fail(TOOL_INTERNAL, "/dev/null cannot be opened");
    if (b->tool->quiet)
        notes.out = null;
    b->files = tool_alloc(b->paths.count, sizeof(*b->files));
    for (size_t i = 0; i < b->paths.count; i++) {
        struct bank_file *f = &b->files[i];
        f->path = report.file = notes.file = b->paths.list[i];
        f->kind = kind_of(f->path, null);
        if (f->kind == MESSAGE_CAMT)
            camt_read(&f->camt, f->path, &report, &notes);
        else
            pain002_read(&f->pain002, f->path, &report);
    }
    fclose(null);
    if (report.count == 0)
        return TOOL_OK;
    return tool_fail(TOOL_INPUT, "%zu error%s: nothing was changed", report.count,
                     report.count == 1 ? "" : "s");
}

/* ---- Matching -------------------------------------------------------------------------------- */

/* What the entries of the files make must stand in the rows: no cent gets lost on the way. */
static void check_sums(const struct bank *b)
{
    int64_t files = 0, rows = 0;

    for (size_t i = 0; i < b->paths.count; i++)
        for (size_t e = 0; e < b->files[i].camt.entry_count; e++) {
            const struct camt_entry *n = &b->files[i].camt.entries[e];
            if (n->booked)
                files += n->credit ? n->cents : -n->cents;
        }
    for (size_t i = 0; i < b->rows.count; i++)
        if (b->rows.list[i].open == NULL)
            rows += b->rows.list[i].credit ? b->rows.list[i].cents : -b->rows.list[i].cents;
    CHECK(files == rows);
}

/* What a person has released stays so, however often the same report is read. */
static int know_names(struct bank *b, struct session *s)
{
    int rc = TOOL_OK;

    for (size_t i = 0; i < b->verdicts.count && rc == TOOL_OK; i++)
        if (b->verdicts.list[i].kind == PAIN002_NAME_MISMATCH)
            rc = holdings_recorded(s, b->verdicts.list[i].id, &b->verdicts.list[i].recorded);
    return rc;
}

static int ask(struct bank *b, struct session *s)
{
    struct bank_lines lines = {0}; /* only to see what is wanted */
    struct wanted wanted = {0};
    int rc = holdings_open(&b->holdings, s);

    for (size_t i = 0; i < b->paths.count; i++)
        if (b->files[i].kind == MESSAGE_CAMT)
            lines_add(&lines, &b->files[i].camt, b->files[i].path);
        else
            wanted_file(&wanted, &b->files[i].pain002);
    for (size_t i = 0; i < lines.count; i++)
        wanted_line(&wanted, &lines.list[i]);
    lines_free(&lines);
    wanted_name(&wanted, b->end_to_end_id != NULL ? b->end_to_end_id : "");
    if (rc == TOOL_OK)
        rc = holdings_ask(&b->holdings, s, &wanted);
    if (rc == TOOL_OK)
        holdings_remark(&b->holdings, b->tool);
    wanted_free(&wanted);
    return rc;
}

static int assign(struct bank *b)
{
    size_t line = 0, payout = match_find(&b->input, b->end_to_end_id);
    int rc = holdings_find_open(&b->holdings, b->assign, &line);

    if (rc == TOOL_OK && payout == MATCH_NONE)
        rc = tool_fail(TOOL_REFUSED, "no payout of a run has the EndToEndId %s", b->end_to_end_id);
    if (rc == TOOL_OK)
        b->lines.list[line].assigned = payout;
    return rc;
}

static int match(struct bank *b, struct session *s)
{
    holdings_input(&b->holdings, &b->input);
    holdings_lines(&b->holdings, &b->lines);
    for (size_t i = 0; i < b->paths.count; i++)
        if (b->files[i].kind == MESSAGE_CAMT)
            lines_add(&b->lines, &b->files[i].camt, b->files[i].path);
        else
            verdicts_add(&b->verdicts, &b->input, &b->files[i].pain002, b->files[i].path);
    b->input.lines = b->lines.list;
    b->input.line_count = b->lines.count;
    int rc = know_names(b, s);
    if (rc == TOOL_OK && b->assign != NULL)
        rc = assign(b);
    if (rc != TOOL_OK)
        return rc;
    match_lines(&b->input);
    verdicts_settle(&b->verdicts, &b->input);
    rows_make(&b->rows, &b->holdings, &b->lines, &b->verdicts);
    check_sums(b);
    return TOOL_OK;
}

/* ---- The command ----------------------------------------------------------------------------- */

/* Lines of earlier files that are still open are the business of saldo bank lines. */
static bool is_news(const struct bank_row *row, bool open)
{
    return open && (row->open == NULL || row->code != OUTCOME_ACCEPTED);
}

static int write_result(const struct bank *b)
{
    enum output_format format = b->tool->format;
    bool people = format == OUTPUT_PEOPLE, good = true, open = false;

    for (size_t i = 0; i < b->rows.count; i++)
        open = open || is_news(&b->rows.list[i], bank_row_open(&b->rows, &b->rows.list[i]));
    if (!b->sums && (!people || b->all || open))
        good = rows_write(&b->rows, &b->holdings, stdout, format,
                          people && !b->all ? ROWS_READ_OPEN : ROWS_READ);
    if (people && !b->sums && (b->all || open))
        printf("\n");
    if (b->sums || people)
        good = rows_write_sums(&b->rows, stdout, format) && good;
    if (!good)
        return tool_written(false);
    return open ? TOOL_REFUSED : TOOL_OK;
}

/* What the line could not be is said, and nothing is told. */
static int judge_assigned(const struct bank *b)
{
    for (size_t i = 0; i < b->lines.count; i++) {
        const struct match_line *line = &b->lines.list[i];
        if (line->assigned != MATCH_NONE && !match_status_settled(line->status))
            return tool_fail(TOOL_REFUSED, "%s: %s, %s", b->assign, match_status_text(line->status),
                             line->note);
    }
    return TOOL_OK;
}

/* Ask, match, and unless it is only to be seen tell the ledger. */
static int bank_match(struct bank *b)
{
    struct session session;
    int rc = session_open(&session, b->tool, NULL);

    if (rc == TOOL_OK)
        rc = ask(b, &session);
    if (rc == TOOL_OK)
        rc = match(b, &session);
    if (rc == TOOL_OK)
        rc = judge_assigned(b);
    if (rc == TOOL_OK && !b->dry_run)
        rc = rows_send(&b->rows, &b->holdings, &session);
    session_close(&session);
    return rc;
}

static void bank_free(struct bank *b)
{
    rows_free(&b->rows);
    verdicts_free(&b->verdicts);
    lines_free(&b->lines);
    holdings_free(&b->holdings);
    for (size_t i = 0; b->files != NULL && i < b->paths.count; i++) {
        camt_free(&b->files[i].camt);
        pain002_free(&b->files[i].pain002);
    }
    free(b->files);
    free(b->paths.list);
}

int run_bank_read(struct tool *tool, int argc, char **argv)
{
    struct bank b = {.tool = tool};
    const struct argument table[] = {
        {"FILE...", ARGUMENT_WORDS, &b.paths, "pain.002, camt.053 and camt.054, in any order", true,
         0},
        {"--dry-run", ARGUMENT_FLAG, &b.dry_run, "match, and tell the ledger nothing", 0, 0},
        {"--skip-foreign", ARGUMENT_FLAG, &b.rows.skip_foreign,
         "lines of accounts of no organiser are no exceptions", 0, 0},
        {"--all", ARGUMENT_FLAG, &b.all, "show what is settled too", 0, 0},
        {"--sums", ARGUMENT_FLAG, &b.sums, "only the sums", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"bank read", "Match the bank's files with the payouts.", table, 5},
        argc, argv);
    int rc = parsed == ARGUMENTS_GO ? read_files(&b) : arguments_exit(parsed);

    if (parsed == ARGUMENTS_GO && rc == TOOL_OK) {
        rc = bank_match(&b);
        rc = rc == TOOL_OK ? write_result(&b) : rc;
    }
    bank_free(&b);
    return rc;
}

int bank_open_lines(struct tool *tool)
{
    struct bank b = {.tool = tool, .dry_run = true};
    int rc = bank_match(&b);

    if (rc == TOOL_OK)
        rc = tool_written(rows_write(&b.rows, &b.holdings, stdout, tool->format, ROWS_OPEN));
    bank_free(&b);
    return rc;
}

int bank_assign(struct tool *tool, const char *line, const char *end_to_end_id)
{
    struct bank b = {.tool = tool, .assign = line, .end_to_end_id = end_to_end_id};
    int rc = bank_match(&b);

    if (rc == TOOL_OK)
        rc = rows_write(&b.rows, &b.holdings, stdout, tool->format, ROWS_READ)
                 ? rows_refused(&b.rows)
                 : tool_written(false);
    bank_free(&b);
    return rc;
}
