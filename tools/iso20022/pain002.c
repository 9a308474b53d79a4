#include "iso20022/pain002.h"

#include <stdlib.h>
#include <string.h>

#include "iso20022/xml.h"
#include "tool.h"

struct pain002_reader {
    struct pain002_file *file;
    size_t at[3]; /* the status under way at each level, in the list */
};

static struct pain002_status *under_way(struct pain002_reader *r, enum pain002_level level)
{
    return &r->file->list[r->at[level]];
}

static bool one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static const char *const mismatch[] = {"RVNM", "RVMC", NULL};

/* A second upload of the same file, or what the bank takes for one. The names of a payout are used
 * once, so another payment of these names has come before it. */
static const char *const copies[] = {"AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL", NULL};

static bool is_rejected(const struct pain002_status *s)
{
    return strcmp(s->status, "RJCT") == 0;
}

/* Is what is refused a copy, or a part of one? */
static bool is_copy(struct pain002_reader *r, enum pain002_level level)
{
    for (unsigned l = PAIN002_GROUP; l <= level; l++) {
        const struct pain002_status *s = under_way(r, (enum pain002_level)l);
        if (is_rejected(s) && s->copy)
            return true;
    }
    return false;
}

/* The result of the payee-name check may stand as a status or as a reason. What the bank rejects
 * for its name is rejected; anything else with such a result waits for a person. */
static enum pain002_verdict verdict_of(struct pain002_reader *r, enum pain002_level level)
{
    const struct pain002_status *s = under_way(r, level);
    static const char *const accepted[] = {"ACTC", "ACCP", "ACSP", "ACSC", "ACWC",
                                           "ACFC", "ACCC", "ACWP", NULL};

    if (is_rejected(s))
        return is_copy(r, level) ? PAIN002_COPY : PAIN002_REJECTED;
    if (one_of(s->status, mismatch) || one_of(s->reason, mismatch))
        return PAIN002_NAME_MISMATCH;
    return one_of(s->status, accepted) ? PAIN002_ACCEPTED : PAIN002_SILENT;
}

/* ---- Elements -------------------------------------------------------------------------------- */

static void begin_status(struct pain002_reader *r, const struct xml_element *e,
                         enum pain002_level level)
{
    struct pain002_file *f = r->file;

    if (f->count == PAIN002_STATUSES_MAX) {
        xml_refuse(e, "there are more than %d statuses in the file", PAIN002_STATUSES_MAX);
        return;
    }
    f->list = tool_grow(f->list, f->count, &f->room, sizeof(*f->list));
    r->at[level] = f->count;
    f->list[f->count++] = (struct pain002_status){
        .level = level,
        .payment_id = level == PAIN002_TRANSACTION ? under_way(r, PAIN002_PAYMENT)->payment_id : "",
        .end_to_end_id = "",
        .instruction_id = "",
        .status = "",
        .reason = "",
        .cents = -1,
        .line = e->line,
    };
}

static void begin_document(const struct xml_element *e)
{
    static const char prefix[] = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.";
    const char *version = e->name_space + sizeof(prefix) - 1;
    char quoted[REPORT_QUOTE_BYTES];

    if (strncmp(e->name_space, prefix, sizeof(prefix) - 1) != 0 ||
        strcmp(e->name, "Document") != 0 ||
        (strcmp(version, "03") != 0 && strcmp(version, "10") != 0))
        xml_refuse(e, "a message of the kind %s is not read here; pain.002 is, .03 and .10",
                   report_quote(e->name_space, quoted));
}

static const char root[] = "Document/CstmrPmtStsRpt/";

/* The level an element belongs to, and its path below that level's element. False: to none. */
static bool level_of(const char *path, enum pain002_level *level, const char **below)
{
    static const char *const of[] = {"OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts",
                                     "OrgnlPmtInfAndSts/TxInfAndSts"};

    if (strncmp(path, root, sizeof(root) - 1) != 0)
        return false;
    path += sizeof(root) - 1;
    for (int i = 2; i >= 0; i--) {
        size_t len = strlen(of[i]);
        if (strncmp(path, of[i], len) != 0 || (path[len] != '\0' && path[len] != '/'))
            continue;
        *level = (enum pain002_level)i;
        *below = path[len] == '/' ? path + len + 1 : "";
        return true;
    }
    return false;
}

static void on_begin(void *arg, const struct xml_element *e)
{
    enum pain002_level level;
    const char *below;

    if (e->depth == 1)
        begin_document(e);
    if (level_of(e->path, &level, &below) && *below == '\0')
        begin_status(arg, e, level);
}

static void take(struct pain002_reader *r, const struct xml_element *e, const char **target)
{
    const char *text = xml_line(e->text);

    if (**target != '\0' || *text == '\0' || strcmp(text, "NOTPROVIDED") == 0)
        return;
    size_t len = strlen(text) + 1;
    char *copy = slab_alloc(&r->file->slab, len);
    memcpy(copy, text, len);
    *target = copy;
}

/* The first of several reasons is kept, unless a later one speaks of the name. */
static void take_reason(struct pain002_reader *r, const struct xml_element *e,
                        struct pain002_status *s)
{
    s->copy = s->copy || one_of(xml_trim(e->text), copies);
    if (one_of(xml_trim(e->text), mismatch))
        s->reason = "";
    take(r, e, &s->reason);
}

static void take_amount(const struct xml_element *e, struct pain002_status *s)
{
    char quoted[REPORT_QUOTE_BYTES];
    int64_t cents;

    if (!xml_cents(xml_trim(e->text), &cents))
        xml_complain(e, "%s is no amount", report_quote(e->text, quoted));
    else if (strcmp(e->currency, "EUR") == 0)
        s->cents = cents;
}

static void take_field(struct pain002_reader *r, const struct xml_element *e,
                       struct pain002_status *s, const char *path)
{
    static const char *const statuses[] = {"GrpSts", "PmtInfSts", "TxSts"};

    if (strcmp(path, statuses[s->level]) == 0)
        take(r, e, &s->status);
    else if (strcmp(path, "StsRsnInf/Rsn/Cd") == 0 || strcmp(path, "StsRsnInf/Rsn/Prtry") == 0)
        take_reason(r, e, s);
    else if (strcmp(path, "OrgnlMsgId") == 0 && s->level == PAIN002_GROUP)
        take(r, e, &r->file->original_id);
    else if (strcmp(path, "OrgnlPmtInfId") == 0 && s->level == PAIN002_PAYMENT)
        take(r, e, &s->payment_id);
    else if (strcmp(path, "OrgnlEndToEndId") == 0)
        take(r, e, &s->end_to_end_id);
    else if (strcmp(path, "OrgnlInstrId") == 0)
        take(r, e, &s->instruction_id);
    else if (strcmp(path, "OrgnlTxRef/Amt/InstdAmt") == 0)
        take_amount(e, s);
}

static void on_end(void *arg, const struct xml_element *e)
{
    struct pain002_reader *r = arg;
    enum pain002_level level;
    const char *below;

    if (strcmp(e->path, "Document/CstmrPmtStsRpt/GrpHdr/MsgId") == 0)
        take(r, e, &r->file->message_id);
    if (!level_of(e->path, &level, &below))
        return;
    struct pain002_status *s = under_way(r, level);
    if (*below != '\0')
        take_field(r, e, s, below);
    else
        s->verdict = verdict_of(r, level);
    if (*below == '\0' && level == PAIN002_GROUP && *r->file->original_id == '\0')
        xml_complain(e, "there is no OrgnlMsgId: the payment file is not named");
}

/* ---- Files ----------------------------------------------------------------------------------- */

static struct xml_handler start(struct pain002_reader *r, struct pain002_file *f)
{
    *f = (struct pain002_file){.message_id = "", .original_id = ""};
    *r = (struct pain002_reader){.file = f};
    return (struct xml_handler){on_begin, on_end, r};
}

static bool finish(const struct pain002_file *f, bool good, size_t before, struct report *report)
{
    if (good && report->count == before && f->count == 0)
        report_at(report, 0, "Document/CstmrPmtStsRpt", "there is no status in it");
    return good && report->count == before;
}

bool pain002_read(struct pain002_file *f, const char *path, struct report *report)
{
    struct pain002_reader r;
    struct xml_handler handler = start(&r, f);
    size_t before = report->count;

    return finish(f, xml_read_file(path, &handler, report), before, report);
}

bool pain002_read_bytes(struct pain002_file *f, const void *bytes, size_t len,
                        struct report *report)
{
    struct pain002_reader r;
    struct xml_handler handler = start(&r, f);
    size_t before = report->count;

    return finish(f, xml_read_bytes(bytes, len, &handler, report), before, report);
}

void pain002_free(struct pain002_file *f)
{
    free(f->list);
    slab_free(&f->slab);
    *f = (struct pain002_file){0};
}
