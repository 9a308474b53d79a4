/* saldo pay posting - released runs as rows for the bookkeeping. */
#include <stdlib.h>

#include "draft.h"
#include "pay.h"
#include "posting.h"
#include "released.h"

struct posting_job {
    struct argument_words words;
    const char *columns; /* NULL: the defaults */
    const char *path;    /* NULL: standard output */
    bool comma;
    struct posting posting;
    struct session session;
};

static int write_run(const struct posting *posting, struct released *r, FILE *file)
{
    const Saldo__V1__Payout *p;

    posting_header(posting, file);
    released_begin(r);
    while ((p = released_next(r)) != NULL)
        posting_line(posting,
                     &(struct posting_row){
                         .organiser = r->run->organiser,
                         .organiser_name = r->organiser_name,
                         .run_day = r->run->run_day,
                         .execution_day = r->run->execution_day,
                         .provider = p->provider,
                         .business_id = p->business_id,
                         .provider_name = p->account_name,
                         .iban = p->iban,
                         .reference = p->reference,
                         .end_to_end_id = p->end_to_end_id,
                         .cents = p->cents,
                     },
                     file);
    return released_end(r);
}

/* All runs into one stream; the header stands before the first. */
static int write_runs(struct posting_job *q, FILE *file)
{
    struct released_name *names;
    size_t count;

    int rc = released_names(&q->words, &names, &count);
    for (size_t i = 0; i < count && rc == TOOL_OK; i++) {
        struct released r;
        rc = released_load(&q->session, names[i].organiser, names[i].run_day, &r);
        if (rc == TOOL_OK)
            rc = write_run(&q->posting, &r, file);
        q->posting.header = false;
        released_free(&r);
    }
    free(names);
    return rc;
}

/* Standard output gets nothing either while a later run may still be refused. */
static int write_output(struct posting_job *q)
{
    char *bytes = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&bytes, &len);

    if (file == NULL)
        return tool_fail(TOOL_INTERNAL, "out of memory");
    int rc = write_runs(q, file);
    if (fclose(file) != 0 && rc == TOOL_OK)
        rc = tool_fail(TOOL_INTERNAL, "out of memory");
    if (rc == TOOL_OK)
        rc = tool_written(fwrite(bytes, 1, len, stdout) == len && fflush(stdout) == 0);
    free(bytes);
    return rc;
}

static int write_file(struct posting_job *q)
{
    struct draft *draft = draft_open(q->path);

    if (draft == NULL)
        return TOOL_INTERNAL;
    int rc = write_runs(q, draft_file(draft));
    if (rc == TOOL_OK)
        return draft_publish(draft, DRAFT_REPLACE);
    draft_drop(draft);
    return rc;
}

static int post(struct posting_job *q, struct tool *tool)
{
    struct report report = {.out = stderr, .file = q->columns};

    posting_defaults(&q->posting);
    if (q->columns != NULL && !posting_read(&q->posting, q->columns, &report))
        return TOOL_INPUT;
    if (q->comma) {
        q->posting.decimal = ',';
        q->posting.separator = ';';
    }
    int rc = session_open(&q->session, tool, NULL);
    if (rc == TOOL_OK)
        rc = q->path != NULL ? write_file(q) : write_output(q);
    session_close(&q->session);
    return rc;
}

int run_pay_posting(struct tool *tool, int argc, char **argv)
{
    struct posting_job q = {0};
    const struct argument table[] = {
        {"RUN...", ARGUMENT_WORDS, &q.words, "ORGANISER DAY: released runs; all in one file", 0, 0},
        {"--columns", ARGUMENT_TEXT, &q.columns, "an INI file with columns and their settings", 0,
         "FILE"},
        {"--comma", ARGUMENT_FLAG, &q.comma, "euros as 0,00 and fields apart by semicolons", 0, 0},
        {"--out", ARGUMENT_TEXT, &q.path, "instead of standard output", 0, "FILE"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"pay posting",
                            "Write the payouts of released runs as CSV for the bookkeeping.", table,
                            4},
        argc, argv);
    int rc = parsed == ARGUMENTS_GO ? post(&q, tool) : arguments_exit(parsed);

    free(q.words.list);
    return rc;
}
