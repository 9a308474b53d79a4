/* saldo pay check - what a bank would refuse in a payment file, without a connection. */
#include <stdlib.h>

#include "arguments.h"
#include "iso20022/pain001.h"
#include "pay.h"

static int check_all(const struct tool *tool, const struct argument_words *files)
{
    static const char *const columns[] = {"file", "version", "payments", "cents", "findings"};
    static const char *const versions[] = {[3] = "pain.001.001.03", [9] = "pain.001.001.09"};
    struct report report = {.out = stderr};
    struct pain_checker *checker = pain_checker_open(&report);
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 5, false});

    for (size_t i = 0; i < files->count; i++) {
        struct pain_totals totals;
        size_t before = report.count;
        report.file = files->list[i];
        pain_check_file(checker, files->list[i], &totals);
        output_text(o, files->list[i]);
        output_text(o, totals.version != 0 ? versions[totals.version] : "");
        output_number(o, (int64_t)totals.payments);
        output_cents(o, totals.cents);
        output_number(o, (int64_t)(report.count - before));
    }
    pain_checker_close(checker);
    int rc = tool_written(output_close(o));
    return rc == TOOL_OK && report.count > 0 ? TOOL_INPUT : rc;
}

int run_pay_check(struct tool *tool, int argc, char **argv)
{
    struct argument_words files = {0};
    const struct argument table[] = {
        {"FILE...", ARGUMENT_WORDS, &files, "pain.001.001.09 or .03", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"pay check",
                            "Read payment files, from wherever they come, and tell what a bank "
                            "would refuse.",
                            table, 1},
        argc, argv);
    int rc = parsed == ARGUMENTS_GO ? check_all(tool, &files) : arguments_exit(parsed);

    free(files.list);
    return rc;
}
