/* saldo receipt - does a stored receipt prove what it says? Needs no connection: only the ledger's
 * id and public key, from the home folder or from the command line. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "base/limits.h"
#include "session.h"
#include "text.h"

struct receipt {
    uint8_t ledger_id[16];
    uint8_t public_key[32];
    uint8_t *bytes;
    size_t len;
};

enum { RECEIPT_BYTES_MAX = LIMIT_REQUEST_BYTES + LIMIT_REPLY_BYTES };

static int read_receipt(struct receipt *r, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    if (fd < 0)
        return tool_fail(TOOL_INPUT, "%s: %s", path, strerror(errno));
    r->bytes = tool_alloc(RECEIPT_BYTES_MAX, 1);
    while (r->len < RECEIPT_BYTES_MAX &&
           (n = read(fd, r->bytes + r->len, RECEIPT_BYTES_MAX - r->len)) > 0)
        r->len += (size_t)n;
    int saved = errno;
    close(fd);
    if (n < 0)
        return tool_fail(TOOL_INPUT, "%s: %s", path, strerror(saved));
    if (r->len == RECEIPT_BYTES_MAX)
        return tool_fail(TOOL_INPUT, "%s: too long for a receipt", path);
    return TOOL_OK;
}

static int ledger_of_home(struct session *s, void *arg)
{
    struct receipt *r = arg;

    saldo_ledger(s->saldo, r->ledger_id, r->public_key);
    return TOOL_OK;
}

static bool write_proof(const struct tool *tool, const struct saldo_proof *p)
{
    static const char *const columns[] = {"verified",  "entry",   "recorded",   "business_day",
                                          "simulated", "answers", "tree_first", "tree_count",
                                          "head",      "previous"};
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 10, true});

    output_flag(o, true);
    output_number(o, (int64_t)p->number);
    output_time(o, p->time_ms);
    output_day(o, p->business_day);
    output_flag(o, p->simulated);
    output_number(o, p->answers);
    output_number(o, (int64_t)p->tree_first);
    output_number(o, p->tree_count);
    output_hex(o, p->head, sizeof(p->head));
    output_hex(o, p->previous, sizeof(p->previous));
    return output_close(o);
}

static int write_answers(const struct tool *tool, const struct receipt *r, uint32_t count)
{
    static const char *const columns[] = {"place", "code", "have", "need", "pays_on", "duplicate"};
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 6, false});
    enum saldo_error error = SALDO_OK;

    for (uint32_t i = 0; i < count && error == SALDO_OK; i++) {
        struct saldo_answer a;
        error = saldo_receipt_answer(r->bytes, r->len, i, &a);
        if (error != SALDO_OK)
            break;
        output_number(o, i);
        output_text(o, saldo_outcome_name(a.code));
        output_number(o, a.have);
        output_number(o, a.need);
        output_day(o, a.pays_on);
        output_flag(o, a.duplicate);
    }
    if (!output_close(o))
        return tool_fail(TOOL_INTERNAL, "the result cannot be written");
    return error == SALDO_OK ? TOOL_OK : tool_fail(TOOL_PROOF, "%s", saldo_error_text(error));
}

static int verify(const struct tool *tool, const struct receipt *r)
{
    struct saldo_proof proof;
    const bool json = tool->format == OUTPUT_JSON;
    enum saldo_error error =
        saldo_receipt_verify(r->bytes, r->len, r->ledger_id, r->public_key, &proof);

    if (error != SALDO_OK)
        return tool_fail(error == SALDO_ERROR_MEMORY ? TOOL_INTERNAL : TOOL_PROOF,
                         "this receipt proves nothing: %s", saldo_error_text(error));
    if (json)
        fputs("{\"proof\":\n", stdout);
    if (!write_proof(tool, &proof))
        return tool_fail(TOOL_INTERNAL, "the result cannot be written");
    if (tool->format == OUTPUT_CSV) /* two tables are no CSV file: the proof alone */
        return TOOL_OK;
    fputs(json ? ",\"answers\":\n" : "\n", stdout);
    int rc = write_answers(tool, r, proof.answers);
    if (json)
        fputs("}\n", stdout);
    return rc;
}

int run_receipt(struct tool *tool, int argc, char **argv)
{
    struct receipt r = {0};
    const char *verb, *path, *ledger = NULL, *key = NULL;
    const struct argument table[] = {
        {"verify", ARGUMENT_TEXT, &verb, "the word itself", 0, 0},
        {"FILE", ARGUMENT_TEXT, &path, "a receipt as saldo submit --receipts keeps it", 0, 0},
        {"--ledger", ARGUMENT_TEXT, &ledger, "ledger id, where there is no home folder", 0, "HEX"},
        {"--public-key", ARGUMENT_TEXT, &key, "and the ledger's public key", 0, "HEX"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"receipt", "Verify a stored receipt, without a connection.", table, 4},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (strcmp(verb, "verify") != 0)
        return tool_fail(TOOL_USAGE, "receipt: say receipt verify FILE");
    if ((ledger != NULL) != (key != NULL))
        return tool_fail(TOOL_USAGE, "receipt: --ledger and --public-key go together");
    if (ledger != NULL && (!text_unhex(ledger, r.ledger_id, sizeof(r.ledger_id)) ||
                           !text_unhex(key, r.public_key, sizeof(r.public_key))))
        return tool_fail(TOOL_USAGE,
                         "receipt: --ledger has 32 hexadecimal digits, --public-key 64");
    int rc = ledger == NULL ? session_ask(tool, ledger_of_home, &r) : TOOL_OK;
    if (rc == TOOL_OK)
        rc = read_receipt(&r, path);
    if (rc == TOOL_OK)
        rc = verify(tool, &r);
    free(r.bytes);
    return rc;
}
