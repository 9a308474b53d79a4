/* saldo import - a folder of CSV files into the ledger, each of them whole or not at all.
 *
 * Three steps: read all files and find everything that is wrong with them; ask the ledger what it
 * would answer to each row; send the rows. A file is sent only when every row of it would be
 * accepted, and the files after a refused one are not looked at. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "base/limits.h"
#include "enrol.h"
#include "import_rows.h"
#include "outcome.h"
#include "progress.h"
#include "session.h"

enum {
    IMPORT_FILES_MAX = 16,
    IMPORT_CHUNK_ROWS = LIMIT_QUERY_ROWS,         /* other clients wait for one chunk at most */
    IMPORT_CHUNK_BYTES = LIMIT_REQUEST_BYTES / 2, /* leaves room for ids and the envelope */
};

struct import {
    struct tool *tool;
    struct session session;
    const char *folder;
    struct report report;
    struct import_table tables[IMPORT_FILES_MAX];
    size_t count;
    bool enrol; /* make and register a key for each provider */
};

/* ---- Reading --------------------------------------------------------------------------------- */

static void read_file(struct import *im, const struct import_kind *kind)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", im->folder, import_kind_name(kind)) < 0)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    if (access(path, F_OK) == 0) {
        im->report.file = path;
        struct csv_reader *csv = csv_reader_open(path, &im->report);
        if (csv != NULL)
            import_read(&im->tables[im->count++], kind, csv, &im->report);
    }
    free(path);
}

static bool known_file(const char *name)
{
    const struct import_kind *kind;

    for (size_t i = 0; (kind = import_kind(i)) != NULL; i++)
        if (strcmp(name, import_kind_name(kind)) == 0)
            return true;
    return strcmp(name, "events.csv") == 0; /* for saldo submit */
}

/* A misspelt name must not look like success. */
static void warn_unknown(const struct import *im, const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    if (len > 4 && strcmp(entry->d_name + len - 4, ".csv") == 0 && !known_file(entry->d_name))
        tool_fail(0, "warning: %s/%s is no file of an import and is left out", im->folder,
                  entry->d_name);
}

static int read_folder(struct import *im)
{
    const struct import_kind *kind;
    struct dirent *entry;
    DIR *dir = opendir(im->folder);

    if (dir == NULL)
        return tool_fail(TOOL_INPUT, "%s: %s", im->folder, strerror(errno));
    while ((entry = readdir(dir)) != NULL)
        warn_unknown(im, entry);
    closedir(dir);
    for (size_t i = 0; (kind = import_kind(i)) != NULL; i++)
        read_file(im, kind);
    if (im->report.count > 0)
        return tool_fail(TOOL_INPUT, "%zu error%s: nothing was changed", im->report.count,
                         im->report.count == 1 ? "" : "s");
    if (im->count == 0)
        return tool_fail(TOOL_INPUT, "%s: no file to import", im->folder);
    return TOOL_OK;
}

/* ---- The ledger's opinion, and its act ---------------------------------------------------------
 */

/* A run of rows that fits into one request. */
struct chunk {
    const struct import_table *table;
    size_t first, count;
    Saldo__V1__Command **list;
    struct saldo_answer *answers;
};

static void next_chunk(struct chunk *c)
{
    size_t bytes = 0;

    c->first += c->count;
    c->count = 0;
    while (c->count < IMPORT_CHUNK_ROWS && c->first + c->count < c->table->count) {
        Saldo__V1__Command *command = &c->table->rows[c->first + c->count].command;
        bytes += saldo__v1__command__get_packed_size(command);
        if (c->count > 0 && bytes > IMPORT_CHUNK_BYTES)
            break;
        c->list[c->count++] = command;
    }
}

static int ask(struct import *im, struct chunk *c)
{
    Saldo__V1__CheckQuery check = SALDO__V1__CHECK_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    check.n_commands = c->count;
    check.commands = c->list;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CHECK;
    query.check = &check;
    int rc = session_query(&im->session, &query, SALDO__V1__REPLY__RESULT_CHECK);
    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__Decision *decision = im->session.reply->check;
    if (decision->n_answers != c->count)
        return tool_fail(TOOL_INTERNAL, "the ledger answered another number of rows");
    for (size_t i = 0; i < c->count; i++)
        c->answers[i].code = decision->answers[i]->code;
    return TOOL_OK;
}

static int send_chunk(struct import *im, struct chunk *c)
{
    return session_commands(
        &im->session, &(struct session_commands){.list = c->list, .count = c->count}, c->answers);
}

static void report_refused(struct import *im, const struct chunk *c)
{
    for (size_t i = 0; i < c->count; i++) {
        int code = c->answers[i].code;
        if (code != OUTCOME_ACCEPTED)
            report_at(&im->report, c->table->rows[c->first + i].line,
                      import_field_of(c->table->kind, code), "%s: %s", outcome_name(code),
                      outcome_text(code));
    }
}

typedef int chunk_act(struct import *im, struct chunk *c);

/* Each row has an id of its own; the check uses none up. */
static void give_ids(struct import *im, const struct chunk *c, uint8_t (*ids)[16])
{
    for (size_t i = 0; i < c->count; i++) {
        session_id(&im->session, ids[i]);
        c->list[i]->request_id = (ProtobufCBinaryData){sizeof(ids[i]), ids[i]};
    }
}

static int each_chunk(struct import *im, const struct import_table *table, chunk_act *act,
                      struct progress *progress)
{
    struct chunk c = {.table = table};
    uint8_t(*ids)[16] = tool_alloc(IMPORT_CHUNK_ROWS, sizeof(*ids));
    int rc = TOOL_OK;

    c.list = tool_alloc(IMPORT_CHUNK_ROWS, sizeof(*c.list));
    c.answers = tool_alloc(IMPORT_CHUNK_ROWS, sizeof(*c.answers));
    for (next_chunk(&c); c.count > 0 && rc == TOOL_OK; next_chunk(&c)) {
        give_ids(im, &c, ids);
        rc = act(im, &c);
        if (rc == TOOL_OK)
            report_refused(im, &c);
        progress_add(progress, c.count);
    }
    free(c.answers);
    free(c.list);
    free(ids);
    return rc;
}

static int import_table(struct import *im, const struct import_table *table)
{
    const char *name = import_kind_name(table->kind);
    struct progress progress;
    char *path = NULL;

    if (asprintf(&path, "%s/%s", im->folder, name) < 0)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    im->report.file = path;
    progress_start(&progress, name, 2 * table->count, im->tool->quiet);
    int rc = each_chunk(im, table, ask, &progress);
    if (rc == TOOL_OK && im->report.count > 0)
        rc = tool_fail(TOOL_REFUSED,
                       "%s: the ledger would refuse %zu of %zu rows: nothing of it "
                       "was changed",
                       path, im->report.count, table->count);
    if (rc == TOOL_OK)
        rc = each_chunk(im, table, send_chunk, &progress);
    if (rc == TOOL_OK && im->report.count > 0)
        rc = tool_fail(TOOL_REFUSED,
                       "%s: %zu of %zu rows were refused after all: somebody else "
                       "changed the ledger meanwhile; correct them and import again",
                       path, im->report.count, table->count);
    progress_end(&progress);
    free(path);
    return rc;
}

/* ---- Providers' keys ---------------------------------------------------------------------------
 */

static int enrol_providers(struct import *im, const struct import_table *table)
{
    const char **ids = tool_alloc(table->count, sizeof(*ids));

    for (size_t i = 0; i < table->count; i++)
        ids[i] = table->rows[i].command.set_provider->id;
    int rc = enrol_providers_keys(&im->session, ids, table->count);
    free(ids);
    return rc;
}

/* ---- The subcommand ----------------------------------------------------------------------------
 */

static int import_all(struct import *im)
{
    static const char *const columns[] = {"file", "rows", "result"};
    struct output *o =
        output_open(stdout, im->tool->format, &(struct output_shape){columns, 3, false});
    int rc = TOOL_OK;

    for (size_t i = 0; i < im->count && rc == TOOL_OK; i++) {
        const struct import_table *table = &im->tables[i];
        rc = import_table(im, table);
        if (rc == TOOL_OK && im->enrol && table->count > 0 &&
            table->rows[0].command.body_case == SALDO__V1__COMMAND__BODY_SET_PROVIDER)
            rc = enrol_providers(im, table);
        output_text(o, import_kind_name(table->kind));
        output_number(o, (int64_t)table->count);
        output_text(o, rc == TOOL_OK ? "imported" : rc == TOOL_REFUSED ? "refused" : "failed");
    }
    if (!output_close(o) && rc == TOOL_OK)
        rc = tool_fail(TOOL_INTERNAL, "the result cannot be written");
    return rc;
}

int run_import(struct tool *tool, int argc, char **argv)
{
    struct import im = {.tool = tool, .report = {.out = stderr}};
    const struct argument table[] = {
        {"DIR", ARGUMENT_TEXT, &im.folder, "folder with organisers.csv, services.csv, ...", 0, 0},
        {"--enrol", ARGUMENT_FLAG, &im.enrol,
         "make and register keys/ID.key for each provider (always on a simulated ledger)", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){
            "import",
            "Bring organisers, services, rates, providers, prices and vouchers into "
            "the ledger.",
            table, sizeof(table) / sizeof(table[0])},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = read_folder(&im);
    if (rc == TOOL_OK && (rc = session_open(&im.session, tool, NULL)) == TOOL_OK &&
        (rc = session_status(&im.session)) == TOOL_OK) {
        im.enrol = im.enrol || im.session.reply->status->simulated;
        rc = import_all(&im);
    }
    session_close(&im.session);
    for (size_t i = 0; i < im.count; i++)
        import_free(&im.tables[i]);
    return rc;
}
