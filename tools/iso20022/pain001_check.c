#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "iso20022/pain001_inside.h"
#include "text.h"
#include "tool.h"

#define NAME_SPACE "urn:iso:std:iso:20022:tech:xsd:pain.001.001."

static bool seen(const struct pain_checker *c, size_t row)
{
    return (c->seen >> row & 1) != 0;
}

/* A level ends: was everything there? What it has is forgotten for the next one. */
static void end_level(struct pain_checker *c, const struct xml_element *e, enum pain_level level)
{
    for (size_t i = 0; i < PAIN_ROWS; i++) {
        const struct pain_row *row = &pain_rows[i];
        if (row->level != level)
            continue;
        if (row->needed && !seen(c, i) && (row->version == 0 || row->version == c->totals->version))
            xml_complain(e, "%s is missing", row->path);
        c->seen &= ~(UINT64_C(1) << i);
    }
}

/* ---- Levels -------------------------------------------------------------------------------- */

static void compare(const struct xml_element *e, const struct sums *s)
{
    char said[TEXT_EUROS_MAX], found[TEXT_EUROS_MAX];

    if (s->has_count && s->said_count != s->count)
        xml_complain(e,
                     "NbOfTxs in line %zu says %" PRId64 ", but there are %" PRId64
                     " payments: is one missing or too many?",
                     s->said_count_line, s->said_count, s->count);
    if (s->has_cents && !s->unreadable && s->said_cents != s->cents)
        xml_complain(e,
                     "CtrlSum in line %zu says %s, but the payments come to %s: was an amount "
                     "changed?",
                     s->said_cents_line, text_euros(s->said_cents, said),
                     text_euros(s->cents, found));
}

static void end_payment(struct pain_checker *c, const struct xml_element *e)
{
    c->information.count++;
    c->totals->payments++;
    if (!seen(c, PAIN_INFORMATION_CHARGES) && !seen(c, PAIN_PAYMENT_CHARGES))
        xml_complain(e, "ChrgBr is missing, here and in PmtInf: it is SLEV");
    if (seen(c, PAIN_REFERENCE) && seen(c, PAIN_UNSTRUCTURED))
        xml_complain(e, "a reference and a free text: a bank takes one of the two");
    if (seen(c, PAIN_REFERENCE) && !seen(c, PAIN_REFERENCE_CODE))
        xml_complain(e, "the reference has no type: write Tp/CdOrPrtry/Cd SCOR");
    if (seen(c, PAIN_REFERENCE) && c->reference_rf && !c->issuer_iso)
        xml_complain(e, "an RF reference has the issuer ISO (Tp/Issr)");
    if (seen(c, PAIN_REFERENCE) && !c->reference_rf && seen(c, PAIN_ISSUER))
        xml_complain(e, "a national reference number has no issuer: leave Tp/Issr out");
    c->reference_rf = c->issuer_iso = false;
    end_level(c, e, PAIN_PAYMENT);
    if (c->totals->payments > PAIN_PAYMENTS_MAX)
        xml_refuse(e, "more than %d payments: make several files", PAIN_PAYMENTS_MAX);
}

static void end_information(struct pain_checker *c, const struct xml_element *e)
{
    c->informations++;
    end_level(c, e, PAIN_INFORMATION);
    compare(e, &c->information);
    c->group.count += c->information.count;
    c->group.cents += c->information.cents;
    c->group.unreadable = c->group.unreadable || c->information.unreadable;
    c->totals->cents = c->group.cents;
    c->information = (struct sums){0};
}

static void end_message(struct pain_checker *c, const struct xml_element *e)
{
    if (c->groups != 1)
        xml_complain(e, "GrpHdr stands %zu times: a message has one", c->groups);
    if (c->informations == 0)
        xml_complain(e, "PmtInf is missing");
    compare(e, &c->group);
}

static void end_address(struct pain_checker *c, const struct xml_element *e)
{
    if (!c->town || !c->country)
        xml_complain(e, "an address without town (TwnNm) and country (Ctry) is refused since "
                        "November 2026: give both, or no address");
    c->town = c->country = false;
}

/* ---- Elements ------------------------------------------------------------------------------ */

static void check_row(struct pain_checker *c, const struct xml_element *e, const char *path)
{
    for (size_t i = 0; i < PAIN_ROWS; i++) {
        if (strcmp(pain_rows[i].path, path) != 0 ||
            (pain_rows[i].version != 0 && pain_rows[i].version != c->totals->version))
            continue;
        if (seen(c, i))
            xml_complain(e, "it stands twice: leave one");
        c->seen |= UINT64_C(1) << i;
        pain_rows[i].rule(c, e);
        return;
    }
    if (!e->parent)
        pain_rule_other(c, e);
}

static void on_begin(void *arg, const struct xml_element *e)
{
    struct pain_checker *c = arg;
    size_t len = strlen(NAME_SPACE);

    if (e->depth == 1 && strncmp(e->name_space, NAME_SPACE, len) == 0)
        c->totals->version = strcmp(e->name_space + len, "03") == 0   ? 3
                             : strcmp(e->name_space + len, "09") == 0 ? 9
                                                                      : 0;
    if (e->depth == 1 && (strcmp(e->name, "Document") != 0 || c->totals->version == 0))
        xml_refuse(e, "this is no pain.001.001.03 and no pain.001.001.09");
    else if (e->depth == 2 && strcmp(e->path, PAIN_ROOT) != 0)
        xml_refuse(e, "this is no credit transfer (CstmrCdtTrfInitn)");
}

static void on_end(void *arg, const struct xml_element *e)
{
    struct pain_checker *c = arg;
    const char *path = e->depth > 2 ? e->path + sizeof(PAIN_ROOT) : "";

    if (e->depth == 1) {
        end_message(c, e);
    } else if (strcmp(path, "GrpHdr") == 0) {
        c->groups++;
        end_level(c, e, PAIN_GROUP);
    } else if (strcmp(path, "PmtInf") == 0) {
        end_information(c, e);
    } else if (strcmp(path, "PmtInf/CdtTrfTxInf") == 0) {
        end_payment(c, e);
    } else if (strcmp(e->name, "PstlAdr") == 0) {
        end_address(c, e);
    } else if (e->depth > 2) {
        check_row(c, e, path);
    }
    if (c->report->count - c->findings_before >= PAIN_FINDINGS_MAX)
        xml_refuse(e, "so much is wrong that the rest was not read");
}

/* ---- Files --------------------------------------------------------------------------------- */

struct pain_checker *pain_checker_open(struct report *report)
{
    struct pain_checker *c = tool_alloc(1, sizeof(*c));

    c->report = report;
    return c;
}

void pain_checker_close(struct pain_checker *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->files_count; i++)
        free(c->files[i]);
    free(c->files);
    idset_free(&c->ids);
    free(c);
}

/* Everything that belongs to one file starts anew; the ids stay. */
static void start(struct pain_checker *c, struct pain_totals *totals)
{
    char *name = strdup(c->report->file);

    if (name == NULL)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    c->files = tool_grow(c->files, c->files_count, &c->files_room, sizeof(*c->files));
    c->files[c->files_count++] = name;
    *totals = (struct pain_totals){0};
    c->totals = totals;
    c->findings_before = c->report->count;
    c->groups = c->informations = 0;
    c->seen = 0;
    c->group = c->information = (struct sums){0};
    c->reference_rf = c->issuer_iso = c->town = c->country = false;
}

bool pain_check_file(struct pain_checker *c, const char *path, struct pain_totals *totals)
{
    const struct xml_handler handler = {on_begin, on_end, c};

    start(c, totals);
    return xml_read_file(path, &handler, c->report) && c->report->count == c->findings_before;
}

bool pain_check_bytes(struct pain_checker *c, const void *bytes, size_t len,
                      struct pain_totals *totals)
{
    const struct xml_handler handler = {on_begin, on_end, c};

    start(c, totals);
    return xml_read_bytes(bytes, len, &handler, c->report) &&
           c->report->count == c->findings_before;
}
