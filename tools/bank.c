/* saldo bank read - the bank's files against the payouts, and what is news into the ledger. */
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "bank/rows.h"
#include "base/check.h"
#include "iso20022/xml.h"
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
    const char *word; /* "read" */
    struct argument_words paths;
    const char *assign;
    bool dry_run, all, sums;
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

/* "LINE=ENDTOENDID", the line by its first digits. */
static int assign(struct bank *b)
{
    const char *sign = b->assign != NULL ? strchr(b->assign, '=') : NULL;
    size_t found = 0, payout;

    if (b->assign == NULL)
        return TOOL_OK;
    if (sign == NULL || sign - b->assign < 8 || sign - b->assign > 2 * MATCH_LINE_BYTES)
        return tool_fail(TOOL_USAGE, "--assign: write LINE=ENDTOENDID, at least 8 digits of LINE");
    payout = match_find(&b->input, sign + 1);
    if (payout == MATCH_NONE)
        return tool_fail(TOOL_USAGE, "--assign: no payout has the EndToEndId %s", sign + 1);
    for (size_t i = 0; i < b->lines.count; i++) {
        char hex[TEXT_HEX_MAX];
        text_hex(b->lines.list[i].id, MATCH_LINE_BYTES, hex);
        if (strncmp(hex, b->assign, (size_t)(sign - b->assign)) != 0)
            continue;
        b->lines.list[i].assigned = payout;
        found++;
    }
    return found == 1 ? TOOL_OK
                      : tool_fail(TOOL_USAGE, "--assign: %zu lines begin with %.*s", found,
                                  (int)(sign - b->assign), b->assign);
}

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
        rows += b->rows.list[i].credit ? b->rows.list[i].cents : -b->rows.list[i].cents;
    CHECK(files == rows);
}

static int match(struct bank *b)
{
    holdings_input(&b->holdings, &b->input);
    for (size_t i = 0; i < b->paths.count; i++)
        if (b->files[i].kind == MESSAGE_CAMT)
            lines_add(&b->lines, &b->files[i].camt, b->files[i].path);
    b->input.lines = b->lines.list;
    b->input.line_count = b->lines.count;
    int rc = assign(b);
    if (rc != TOOL_OK)
        return rc;
    match_lines(&b->input);
    for (size_t i = 0; i < b->paths.count; i++)
        if (b->files[i].kind == MESSAGE_PAIN002)
            verdicts_add(&b->verdicts, &b->input, &b->files[i].pain002, b->files[i].path);
    verdicts_settle(&b->verdicts, &b->input);
    rows_make(&b->rows, &b->lines, &b->verdicts);
    check_sums(b);
    return TOOL_OK;
}

/* ---- The command ----------------------------------------------------------------------------- */

static int write_result(const struct bank *b)
{
    enum output_format format = b->tool->format;
    bool people = format == OUTPUT_PEOPLE, good = true, open = false;

    for (size_t i = 0; i < b->rows.count; i++)
        open = open || bank_row_open(&b->rows.list[i]);
    if (!b->sums && (!people || b->all || open))
        good = rows_write(&b->rows, &b->holdings, stdout, format, people && !b->all);
    if (people && !b->sums && (b->all || open))
        printf("\n");
    if (b->sums || people)
        good = rows_write_sums(&b->rows, stdout, format) && good;
    if (!good)
        return tool_written(false);
    return open ? TOOL_REFUSED : TOOL_OK;
}

static int bank_read(struct bank *b)
{
    struct session session;
    int rc = read_files(b);

    if (rc != TOOL_OK)
        return rc;
    rc = session_open(&session, b->tool, NULL);
    if (rc == TOOL_OK)
        rc = holdings_ask(&b->holdings, &session);
    if (rc == TOOL_OK)
        rc = match(b);
    if (rc == TOOL_OK && !b->dry_run)
        rc = rows_send(&b->rows, &b->holdings, &session);
    session_close(&session);
    return rc == TOOL_OK ? write_result(b) : rc;
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

int run_bank(struct tool *tool, int argc, char **argv)
{
    struct bank b = {.tool = tool};
    const struct argument table[] = {
        {"read", ARGUMENT_TEXT, &b.word, "read files that the bank sent", 0, 0},
        {"FILE...", ARGUMENT_WORDS, &b.paths, "pain.002, camt.053 and camt.054, in any order", 0,
         0},
        {"--dry-run", ARGUMENT_FLAG, &b.dry_run, "match, and tell the ledger nothing", 0, 0},
        {"--assign", ARGUMENT_TEXT, &b.assign, "a line is about this payout: your decision", 0,
         "LINE=ID"},
        {"--all", ARGUMENT_FLAG, &b.all, "show what is settled too", 0, 0},
        {"--sums", ARGUMENT_FLAG, &b.sums, "only the sums", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool, &(struct arguments){"bank", "Match the bank's files with the payouts.", table, 6},
        argc, argv);
    int rc = arguments_exit(parsed);

    if (parsed == ARGUMENTS_GO && strcmp(b.word, "read") != 0)
        rc = tool_fail(TOOL_USAGE, "bank: %s is unknown; saldo bank read FILE...", b.word);
    else if (parsed == ARGUMENTS_GO)
        rc = bank_read(&b);
    bank_free(&b);
    return rc;
}
