/* command.c - saldo audit: the command line. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "audit/audit.h"
#include "text.h"

/* NUMBER:HASH, as an audit prints it. */
static bool read_head(const char *text, struct audit_asked *asked)
{
    const char *colon = strchr(text, ':');
    char digits[24];
    int64_t number;

    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof(digits))
        return false;
    memcpy(digits, text, (size_t)(colon - text));
    digits[colon - text] = '\0';
    if (!text_integer(digits, 1, INT64_MAX, &number) ||
        !text_unhex(colon + 1, asked->head.bytes, sizeof(asked->head.bytes)))
        return false;
    asked->head_number = (uint64_t)number;
    asked->head_given = true;
    return true;
}

static int read_words(struct audit_asked *asked, const char *ledger, const char *key,
                      const char *head)
{
    if ((ledger != NULL) != (key != NULL))
        return tool_fail(TOOL_USAGE, "audit: --ledger and --public-key go together");
    asked->key_given = ledger != NULL;
    if (ledger != NULL && (!text_unhex(ledger, asked->ledger_id, sizeof(asked->ledger_id)) ||
                           !text_unhex(key, asked->public_key, sizeof(asked->public_key))))
        return tool_fail(TOOL_USAGE, "audit: --ledger has 32 hexadecimal digits, --public-key 64");
    if (head != NULL && !read_head(head, asked))
        return tool_fail(TOOL_USAGE, "audit: --head is NUMBER:HASH, as an audit prints it");
    return TOOL_OK;
}

int run_audit(struct tool *tool, int argc, char **argv)
{
    struct audit_asked asked = {.quiet = tool->quiet};
    const char *ledger = NULL, *key = NULL, *head = NULL;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t threads = cores > 0 ? cores : 1;
    const struct argument table[] = {
        {"JOURNAL", ARGUMENT_TEXT, &asked.journal, "folder with a copy of the journal", 0, 0},
        {"--ledger", ARGUMENT_TEXT, &ledger, "the ledger's id, from a saldo.conf", 0, "HEX"},
        {"--public-key", ARGUMENT_TEXT, &key, "and its public key (ledger_key)", 0, "HEX"},
        {"--head", ARGUMENT_TEXT, &head, "a head that an earlier audit printed", 0, "NUMBER:HASH"},
        {"--receipts", ARGUMENT_TEXT, &asked.receipts, "receipts that providers kept", 0, "DIR"},
        {"--tables", ARGUMENT_TEXT, &asked.tables, "a copy of the tables", 0, "DIR"},
        {"--live", ARGUMENT_FLAG, &asked.live, "read a running daemon's journal", 0, 0},
        {"--threads", ARGUMENT_NUMBER, &threads, "for signatures; a core each", 0, "N"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"audit",
                            "Check a journal from its first entry, trusting nobody: signatures, "
                            "chain, decisions, sums.",
                            table, sizeof(table) / sizeof(table[0])},
        argc, argv);
    struct audit_result result = {0};

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    asked.quiet = tool->quiet;
    asked.threads = threads < 1 ? 1 : threads > 64 ? 64 : (unsigned)threads;
    int rc = read_words(&asked, ledger, key, head);
    if (rc == TOOL_OK) {
        tool_expect_damage("saldo: audit: the journal's file is damaged so that it cannot be read "
                           "(or saldo has a fault): take another copy",
                           TOOL_USAGE);
        rc = audit_run(&asked, &result);
    }
    if (rc == TOOL_OK)
        rc = audit_report(tool, &asked, &result);
    flaws_free(&result.findings);
    return rc;
}
