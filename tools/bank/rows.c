#include "bank/rows.h"

#include <stdlib.h>
#include <string.h>

#include "bank/texts.h"
#include "base/check.h"
#include "base/limits.h"
#include "outcome.h"
#include "text.h"
#include "tool.h"

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Money that moved and is no payout's is told too, so that the ledger's books explain the account.
 * What a person or a later file can still decide is not: a line is told once. */
static Saldo__V1__BankEventKind event_of_line(const struct match_line *line)
{
    if (line->status == MATCH_MATCHED)
        return line->credit ? EVENT(RETURNED) : EVENT(BOOKED);
    if ((line->status == MATCH_UNMATCHED || line->status == MATCH_CONFLICT) && !line->recorded &&
        line->cents > 0)
        return EVENT(UNMATCHED);
    return EVENT(EVENT_NONE);
}

static Saldo__V1__BankEventKind event_of_verdict(const struct verdict *v)
{
    static const Saldo__V1__BankEventKind kinds[] = {
        [PAIN002_SILENT] = EVENT(EVENT_NONE),
        [PAIN002_ACCEPTED] = EVENT(ACCEPTED),
        [PAIN002_REJECTED] = EVENT(REJECTED),
        [PAIN002_NAME_MISMATCH] = EVENT(NAME_MISMATCH),
    };

    return v->status == MATCH_MATCHED ? kinds[v->kind] : EVENT(EVENT_NONE);
}

static int compare(const void *a, const void *b)
{
    const struct bank_row *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    if (x->event != y->event)
        return x->event < y->event ? -1 : 1;
    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    return order != 0 ? order : memcmp(x->id, y->id, MATCH_LINE_BYTES);
}

static void add(struct bank_rows *rows, struct bank_row row)
{
    rows->list = tool_grow(rows->list, rows->count, &rows->room, sizeof(*rows->list));
    rows->list[rows->count++] = row;
}

void rows_make(struct bank_rows *rows, const struct bank_lines *lines, const struct verdicts *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct verdict *one = &v->list[i];
        add(rows, (struct bank_row){one->id, one->path, one->name, one->line, one->status,
                                    one->payout, event_of_verdict(one), NULL, false, 0, 0,
                                    one->reason, one->note, OUTCOME_ACCEPTED});
    }
    for (size_t i = 0; i < lines->count; i++) {
        const struct match_line *line = &lines->list[i];
        const struct line_place *place = &lines->places[i];
        add(rows,
            (struct bank_row){line->id, place->path, place->name, place->line, line->status,
                              line->payout, event_of_line(line), line, line->credit, line->cents,
                              line->day, place->reason, line->note, OUTCOME_ACCEPTED});
    }
    if (rows->count > 0)
        qsort(rows->list, rows->count, sizeof(*rows->list), compare);
}

void rows_free(struct bank_rows *rows)
{
    free(rows->list);
    slab_free(&rows->slab);
    *rows = (struct bank_rows){0};
}

bool bank_row_open(const struct bank_row *row)
{
    return !match_status_settled(row->status) || row->code != OUTCOME_ACCEPTED;
}

/* ---- Telling the ledger ------------------------------------------------------------------------
 */

struct telling {
    Saldo__V1__RecordBankEvent event;
    Saldo__V1__BankLineFacts facts;
    Saldo__V1__Command command;
    uint8_t id[16];
    struct bank_row *row;
};

static const char *organiser_of(const struct holdings *h, const char *account)
{
    for (size_t i = 0; i < h->catalogue->n_organisers; i++)
        if (strcmp(h->catalogue->organisers[i]->iban, account) == 0)
            return h->catalogue->organisers[i]->code;
    return "";
}

static void tell_facts(struct telling *t, const struct match_line *line, struct slab *slab)
{
    Saldo__V1__BankLineFacts *f = &t->facts;

    saldo__v1__bank_line_facts__init(f);
    f->notification = line->notification;
    f->returned = line->returned;
    f->whole = line->whole;
    f->account = tool_lend(texts_cut(slab, line->account));
    f->end_to_end_id = tool_lend(texts_cut(slab, line->end_to_end_id));
    f->instruction_id = tool_lend(texts_cut(slab, line->instruction_id));
    f->payment_id = tool_lend(texts_cut(slab, line->payment_id));
    f->reference = tool_lend(texts_cut(slab, line->reference));
    f->iban = tool_lend(texts_cut(slab, line->iban));
    f->entry_ref = tool_lend(texts_cut(slab, line->entry_ref));
    f->entry_cents = line->entry_cents;
    t->event.facts = f;
}

static void tell(struct telling *t, struct bank_row *row, const struct holdings *h,
                 const struct session *s, struct slab *slab)
{
    bool unmatched = row->event == EVENT(UNMATCHED);
    const Saldo__V1__Payout *p = unmatched ? NULL : h->payouts[row->payout];

    saldo__v1__record_bank_event__init(&t->event);
    saldo__v1__command__init(&t->command);
    t->row = row;
    t->event.line = (ProtobufCBinaryData){MATCH_LINE_BYTES, (uint8_t *)(uintptr_t)row->id};
    t->event.kind = row->event;
    t->event.organiser =
        tool_lend(unmatched ? organiser_of(h, row->booked->account) : p->organiser);
    t->event.provider = tool_lend(unmatched ? "" : p->provider);
    t->event.run_day = unmatched ? 0 : p->run_day;
    t->event.cents = unmatched ? row->cents : p->cents;
    t->event.credit = row->credit;
    t->event.day = row->day;
    t->event.reason = tool_lend(row->reason);
    t->event.file = tool_lend(row->name);
    if (row->booked != NULL)
        tell_facts(t, row->booked, slab);
    session_id(s, t->id);
    t->command.request_id = (ProtobufCBinaryData){sizeof(t->id), t->id};
    t->command.body_case = SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT;
    t->command.record_bank_event = &t->event;
}

static int send_chunk(struct telling *list, size_t count, struct session *s)
{
    struct saldo_answer *answers = tool_alloc(count, sizeof(*answers));
    Saldo__V1__Command **commands = tool_alloc(count, sizeof(*commands));

    for (size_t i = 0; i < count; i++)
        commands[i] = &list[i].command;
    int rc =
        session_commands(s, &(struct session_commands){.list = commands, .count = count}, answers);
    for (size_t i = 0; rc == TOOL_OK && i < count; i++)
        list[i].row->code = answers[i].code;
    free(commands);
    free(answers);
    return rc;
}

int rows_send(struct bank_rows *rows, const struct holdings *h, struct session *s)
{
    struct telling *list = tool_alloc(LIMIT_QUERY_ROWS, sizeof(*list));
    size_t count = 0;
    int rc = TOOL_OK;

    for (size_t i = 0; i < rows->count && rc == TOOL_OK; i++) {
        if (rows->list[i].event != EVENT(EVENT_NONE))
            tell(&list[count++], &rows->list[i], h, s, &rows->slab);
        if (count < LIMIT_QUERY_ROWS)
            continue;
        rc = send_chunk(list, count, s);
        count = 0;
    }
    if (rc == TOOL_OK && count > 0)
        rc = send_chunk(list, count, s);
    free(list);
    return rc;
}

/* ---- Showing -----------------------------------------------------------------------------------
 */

static void write_row(const struct bank_row *row, const struct holdings *h, struct output *o)
{
    static const Saldo__V1__Payout none = SALDO__V1__PAYOUT__INIT;
    const Saldo__V1__Payout *p = row->payout != MATCH_NONE ? h->payouts[row->payout] : &none;
    bool refused = row->code != OUTCOME_ACCEPTED;

    output_text(o, refused ? outcome_name(row->code) : match_status_text(row->status));
    output_text(o, row->path);
    output_number(o, (int64_t)row->line);
    output_day(o, row->day);
    output_cents(o, row->credit ? row->cents : -row->cents);
    output_text(o, p->organiser);
    output_text(o, p->provider);
    output_text(o, p->end_to_end_id);
    output_text(o, row->reason);
    output_hex(o, row->id, 8);
    output_text(o, refused ? outcome_text(row->code) : row->note);
}

bool rows_write(const struct bank_rows *rows, const struct holdings *h, FILE *file,
                enum output_format format, bool open_only)
{
    static const char *const columns[] = {"status", "file",      "row",      "booked",
                                          "cents",  "organiser", "provider", "end_to_end_id",
                                          "reason", "line",      "note"};
    struct output *o = output_open(file, format, &(struct output_shape){columns, 11, false});

    for (size_t i = 0; i < rows->count; i++)
        if (!open_only || bank_row_open(&rows->list[i]))
            write_row(&rows->list[i], h, o);
    return output_close(o);
}

struct sum {
    int64_t count, in, out;
};

static void sum_add(struct sum *s, const struct bank_row *row)
{
    s->count++;
    *(row->credit ? &s->in : &s->out) += row->cents;
}

static void write_sum(struct output *o, const char *name, const struct sum *s)
{
    output_text(o, name);
    output_number(o, s->count);
    output_cents(o, s->in);
    output_cents(o, s->out);
}

bool rows_write_sums(const struct bank_rows *rows, FILE *file, enum output_format format)
{
    static const char *const columns[] = {"status", "rows", "in_cents", "out_cents"};
    struct output *o = output_open(file, format, &(struct output_shape){columns, 4, false});
    struct sum each[MATCH_STATUSES] = {0}, all = {0};

    for (size_t i = 0; i < rows->count; i++) {
        sum_add(&each[rows->list[i].status], &rows->list[i]);
        sum_add(&all, &rows->list[i]);
    }
    CHECK(each[MATCH_UNDECIDED].count == 0);
    for (enum match_status s = MATCH_UNDECIDED + 1; s < MATCH_STATUSES; s++)
        if (each[s].count > 0 || format != OUTPUT_PEOPLE)
            write_sum(o, match_status_text(s), &each[s]);
    write_sum(o, "read", &all);
    return output_close(o);
}
