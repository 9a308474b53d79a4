/* saldo status - the ledger's state in one record. */
#include <stdio.h>

#include "arguments.h"
#include "session.h"

static int write_status(const struct tool *tool, const Saldo__V1__Status *s)
{
    static const char *const columns[] = {
        "ledger_id",         "simulated",
        "version",           "time",
        "settled_through",   "last_entry",
        "watermark",         "read_only",
        "charges_accepted",  "charges_refused",
        "charges_in_memory", "vouchers_in_memory",
        "buckets_in_memory", "head",
    };
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 14, true});

    output_text(o, s->ledger_id);
    output_flag(o, s->simulated);
    output_text(o, s->version);
    output_time(o, s->time_ms);
    output_day(o, s->settled_through);
    output_number(o, (int64_t)s->last_number);
    output_number(o, (int64_t)s->watermark);
    output_flag(o, s->read_only);
    output_number(o, s->charges_accepted);
    output_number(o, s->charges_refused);
    output_number(o, s->overlay_charges);
    output_number(o, s->overlay_vouchers);
    output_number(o, s->overlay_buckets);
    output_hex(o, s->head.data, s->head.len < 64 ? s->head.len : 64);
    return tool_written(output_close(o));
}

static int ask_status(struct session *s, void *arg)
{
    int rc = session_status(s);

    (void)arg;
    return rc == TOOL_OK ? write_status(s->tool, s->reply->status) : rc;
}

int run_status(struct tool *tool, int argc, char **argv)
{
    enum arguments_result parsed = arguments_parse(
        tool, &(struct arguments){"status", "What the ledger says of itself.", NULL, 0}, argc,
        argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    return session_ask(tool, ask_status, NULL);
}
