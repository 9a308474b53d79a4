/* saldo bank lines - what the ledger has of the bank's lines. */
#include "arguments.h"
#include "bank/commands.h"
#include "pager.h"

static const char *kind_text(const Saldo__V1__BankLine *line)
{
    static const char *const texts[] = {
        [SALDO__V1__BANK_EVENT_KIND__BANK_ACCEPTED] = "accepted",
        [SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED] = "rejected",
        [SALDO__V1__BANK_EVENT_KIND__BANK_NAME_MISMATCH] = "name",
        [SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED] = "booked",
        [SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED] = "returned",
        [SALDO__V1__BANK_EVENT_KIND__BANK_UNMATCHED] = "open",
        [SALDO__V1__BANK_EVENT_KIND__BANK_REPEATED] = "repeated",
        [SALDO__V1__BANK_EVENT_KIND__BANK_LUMP] = "lump",
    };

    if (line->closed)
        return "closed";
    return line->kind < sizeof(texts) / sizeof(texts[0]) && texts[line->kind] != NULL
               ? texts[line->kind]
               : "";
}

static void write_line(struct output *o, const Saldo__V1__BankLine *line)
{
    output_hex(o, line->line.data, line->line.len < 8 ? line->line.len : 8);
    output_text(o, kind_text(line));
    output_day(o, line->day);
    output_cents(o, line->credit ? line->cents : -line->cents);
    output_text(o, line->organiser);
    output_text(o, line->provider);
    output_day(o, line->run_day);
    output_text(o, line->closed ? line->closed_reason : line->reason);
    output_text(o, line->closed_by);
    output_text(o, line->file);
    output_flag(o, line->by_hand);
    output_number(o, (int64_t)line->number);
}

static int list_lines(struct tool *tool, const Saldo__V1__BankLinesQuery *query)
{
    static const char *const columns[] = {"line",      "kind",     "booked",  "cents",
                                          "organiser", "provider", "run_day", "reason",
                                          "closed_by", "file",     "by_hand", "entry"};
    const Saldo__V1__BankLine *line;
    struct session session;
    struct pager pager;
    int rc = session_open(&session, tool, NULL);

    if (rc == TOOL_OK) {
        struct output *o =
            output_open(stdout, tool->format, &(struct output_shape){columns, 12, false});
        pager_ask_bank_lines(&pager, &session, query);
        while ((line = pager_bank_line(&pager)) != NULL)
            write_line(o, line);
        rc = pager_end(&pager);
        bool good = output_close(o);
        rc = rc == TOOL_OK ? tool_written(good) : rc;
    }
    session_close(&session);
    return rc;
}

int run_bank_lines(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__BankLinesQuery query = SALDO__V1__BANK_LINES_QUERY__INIT;
    bool open = false;
    const struct argument table[] = {
        {"--open", ARGUMENT_FLAG, &open, "only what is open, and what it could be", 0, 0},
        {"--from", ARGUMENT_DAY, &query.from_day, "booked on this day and later", 0, "DAY"},
        {"--to", ARGUMENT_DAY, &query.to_day, "booked on this day and earlier", 0, "DAY"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"bank lines", "What the ledger has of the bank's lines.", table, 3},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    return open ? bank_open_lines(tool) : list_lines(tool, &query);
}
