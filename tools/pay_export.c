/* saldo pay export - the payment file of a released run: written, read back, and only then there.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "iso20022/pain001.h"
#include "pay.h"
#include "released.h"
#include "text.h"

struct export
{
    struct session session;
    struct output *list;
    enum pain_version version;
    const char *path; /* NULL: the message's id and ".xml", in the working folder */
};

/* The payments come page by page. */
struct source {
    struct released *released;
};

static bool payment_at(const void *arg, size_t index, struct pain_payment *out)
{
    struct released *r = ((const struct source *)arg)->released;

    if (index == 0)
        released_begin(r);
    const Saldo__V1__Payout *p = released_next(r);
    if (p == NULL)
        return false;
    *out = (struct pain_payment){
        .provider = p->provider,
        .name = p->account_name,
        .iban = p->iban,
        .reference = p->reference,
        .end_to_end_id = p->end_to_end_id,
        .cents = p->cents,
    };
    return true;
}

static void make_run(const struct source *source, struct pain_run *run)
{
    const struct released *r = source->released;
    struct pain_key key = {.organiser = r->run->organiser, .run_day = r->run->run_day};

    memcpy(key.ledger_id, r->ledger_id, sizeof(key.ledger_id));
    *run = (struct pain_run){
        .created_ms = r->run->released_ms,
        .execution_day = r->run->execution_day,
        .name = r->name,
        .iban = r->run->iban,
        .count = (size_t)r->run->payouts,
        .cents = r->run->cents,
        .payment = payment_at,
        .arg = source,
    };
    pain001_ids(&key, &run->ids);
}

/* The writer's word is not enough: read what stands on the disk, and compare. */
static int read_back(const struct draft *draft, const struct pain_run *run, const char *path)
{
    struct report report = {.out = stderr, .file = path};
    struct pain_checker *checker = pain_checker_open(&report);
    struct pain_totals totals;
    bool clean = pain_check_file(checker, draft_where(draft), &totals);

    pain_checker_close(checker);
    if (clean && totals.payments == run->count && totals.cents == run->cents)
        return TOOL_OK;
    return tool_fail(TOOL_INTERNAL,
                     "%s: %zu payments of %" PRId64 " cents were written, %zu of %" PRId64
                     " read back; there is no file",
                     path, run->count, run->cents, totals.payments, totals.cents);
}

static int write_file(const struct export *x, const struct pain_run *run, struct released *r,
                      const char *path)
{
    struct progress progress;
    struct draft *draft = draft_open(path);

    if (draft == NULL)
        return TOOL_INTERNAL;
    progress_start(&progress, "payments", run->count, x->session.tool->quiet);
    bool good = pain001_write(run, x->version, draft_file(draft), &progress);
    progress_end(&progress);
    int rc = released_end(r);
    if (rc == TOOL_OK)
        rc = good ? read_back(draft, run, path)
                  : tool_fail(TOOL_INTERNAL, "%s: cannot be written", path);
    if (rc == TOOL_OK)
        return draft_publish(draft, DRAFT_SAME);
    draft_drop(draft);
    return rc;
}

static void list_file(struct export *x, const struct pain_run *run, const struct released *r,
                      const char *path)
{
    output_text(x->list, r->run->organiser);
    output_day(x->list, r->run->run_day);
    output_day(x->list, run->execution_day);
    output_number(x->list, (int64_t)run->count);
    output_cents(x->list, run->cents);
    output_text(x->list, run->ids.message);
    output_text(x->list, path);
}

static int export_run(struct export *x, const struct released_name *name)
{
    struct report report = {.out = stderr, .file = name->organiser};
    char own_path[PAIN_ID_BYTES + 4];
    struct released released;
    const struct source source = {&released};
    struct pain_run run;

    int rc = released_load(&x->session, name->organiser, name->run_day, &released);
    if (rc == TOOL_OK) {
        make_run(&source, &run);
        snprintf(own_path, sizeof(own_path), "%s.xml", run.ids.message);
        const char *path = x->path != NULL ? x->path : own_path;
        bool good = pain001_judge(&run, &report);
        if (released.asking)
            rc = released_end(&released);
        if (rc == TOOL_OK && !good)
            rc = tool_fail(TOOL_INPUT, "no file was made");
        if (rc == TOOL_OK)
            rc = write_file(x, &run, &released, path);
        if (rc == TOOL_OK)
            list_file(x, &run, &released, path);
    }
    released_free(&released);
    return rc;
}

static int export_all(struct export *x, struct tool *tool, const struct argument_words *words)
{
    static const char *const columns[] = {"organiser", "run_day",    "execution_day", "payments",
                                          "cents",     "message_id", "file"};
    struct released_name *names;
    size_t count;

    int rc = released_names(words, &names, &count);
    if (rc == TOOL_OK && count > 1 && x->path != NULL)
        rc = tool_fail(TOOL_USAGE, "pay export: --out names the file of one run only");
    if (rc == TOOL_OK) {
        rc = session_open(&x->session, tool, NULL);
        x->list = output_open(stdout, tool->format, &(struct output_shape){columns, 7, false});
        for (size_t i = 0; i < count && rc == TOOL_OK; i++)
            rc = export_run(x, &names[i]);
        bool good = output_close(x->list);
        rc = rc == TOOL_OK ? tool_written(good) : rc;
        session_close(&x->session);
    }
    free(names);
    return rc;
}

int run_pay_export(struct tool *tool, int argc, char **argv)
{
    struct export x = {.version = PAIN_VERSION_09};
    struct argument_words words = {0};
    const char *version = "09";
    const struct argument table[] = {
        {"RUN...", ARGUMENT_WORDS, &words, "ORGANISER DAY: a released run; one file each", 0, 0},
        {"--version", ARGUMENT_TEXT, &version, "pain.001.001.09, or .03", 0, "09|03"},
        {"--out", ARGUMENT_TEXT, &x.path, "instead of the message's id and .xml", 0, "FILE"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"pay export", "Write the payment file of a released run.", table, 3},
        argc, argv);
    int rc = arguments_exit(parsed);

    if (parsed == ARGUMENTS_GO) {
        x.version = strcmp(version, "03") == 0 ? PAIN_VERSION_03 : PAIN_VERSION_09;
        if (strcmp(version, "03") != 0 && strcmp(version, "09") != 0)
            rc = tool_fail(TOOL_USAGE, "pay export: --version is 09 or 03");
        else
            rc = export_all(&x, tool, &words);
    }
    free(words.list);
    return rc;
}
