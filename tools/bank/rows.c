#include "bank/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "outcome.h"
#include "text.h"
#include "tool.h"

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Whatever was booked on our accounts is told once: with what it is, or as an open line, and that
 * again once it is explained. */
static Saldo__V1__BankEventKind event_of_line(const struct match_line *line)
{
    bool told = line->record < MATCH_TOLD_OPEN || line->same_as != MATCH_NONE;

    if (told || line->status == MATCH_KNOWN || match_status_outside(line->status))
        return EVENT(EVENT_NONE);
    if (line->status == MATCH_MATCHED)
        return line->credit ? EVENT(RETURNED) : EVENT(BOOKED);
    if (line->status == MATCH_REPEATED)
        return EVENT(REPEATED);
    if (line->status == MATCH_DETAILED)
        return EVENT(LUMP);
    return line->record == MATCH_NEW ? EVENT(UNMATCHED) : EVENT(EVENT_NONE);
}

static Saldo__V1__BankEventKind event_of_verdict(const struct verdict *v)
{
    static const Saldo__V1__BankEventKind kinds[] = {
        [PAIN002_SILENT] = EVENT(EVENT_NONE),           [PAIN002_COPY] = EVENT(EVENT_NONE),
        [PAIN002_ACCEPTED] = EVENT(ACCEPTED),           [PAIN002_REJECTED] = EVENT(REJECTED),
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

static void add_verdict(struct bank_rows *rows, const struct verdict *v)
{
    add(rows, (struct bank_row){.id = v->id,
                                .path = v->path,
                                .name = v->name,
                                .line = v->line,
                                .status = v->status,
                                .payout = v->payout,
                                .run = MATCH_NONE,
                                .event = event_of_verdict(v),
                                .reason = v->reason,
                                .note = v->note});
}

static void add_line(struct bank_rows *rows, const struct match_line *line,
                     const struct line_place *place, const Saldo__V1__BankLine *open)
{
    add(rows, (struct bank_row){.id = line->id,
                                .path = place->path,
                                .name = place->name,
                                .line = place->line,
                                .status = line->status,
                                .payout = line->payout,
                                .run = line->run,
                                .event = event_of_line(line),
                                .facts = line,
                                .open = open,
                                .credit = line->credit,
                                .cents = line->cents,
                                .day = line->day,
                                .reason = place->reason,
                                .note = line->note,
                                .by_hand = line->assigned != MATCH_NONE});
}

void rows_make(struct bank_rows *rows, const struct holdings *h, const struct bank_lines *lines,
               const struct verdicts *v)
{
    for (size_t i = 0; i < v->count; i++)
        add_verdict(rows, &v->list[i]);
    for (size_t i = 0; i < lines->count; i++)
        if (lines->list[i].record >= MATCH_TOLD_OPEN)
            add_line(rows, &lines->list[i], &lines->places[i],
                     i < h->line_count ? h->lines[i] : NULL);
    if (rows->count > 0)
        qsort(rows->list, rows->count, sizeof(*rows->list), compare);
}

void rows_free(struct bank_rows *rows)
{
    free(rows->list);
    *rows = (struct bank_rows){0};
}

bool bank_row_open(const struct bank_rows *rows, const struct bank_row *row)
{
    if (row->status == MATCH_FOREIGN && rows->skip_foreign)
        return false;
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

static void tell_facts(Saldo__V1__BankLineFacts *f, const struct match_line *line)
{
    saldo__v1__bank_line_facts__init(f);
    f->notification = line->notification;
    f->returned = line->returned;
    f->whole = line->whole;
    f->account = tool_lend(line->account);
    f->end_to_end_id = tool_lend(line->end_to_end_id);
    f->instruction_id = tool_lend(line->instruction_id);
    f->payment_id = tool_lend(line->payment_id);
    f->reference = tool_lend(line->reference);
    f->iban = tool_lend(line->iban);
    f->entry_ref = tool_lend(line->entry_ref);
    f->entry_cents = line->entry_cents;
}

/* Whose account it is; where organisers share one, by the payout or run that it could be about. */
static char *organiser_of(const struct bank_row *row, const struct holdings *h)
{
    size_t about = row->payout != MATCH_NONE ? row->payout : row->run;

    if (row->open != NULL)
        return row->open->organiser; /* as it was told */
    if (about != MATCH_NONE && strcmp(h->runs_of[about]->iban, row->facts->account) == 0)
        return h->payouts[about]->organiser;
    return tool_lend(holdings_organiser(h, row->facts->account));
}

/* Of a payout, or of an account and perhaps a run. */
static void tell_whose(Saldo__V1__RecordBankEvent *event, const struct bank_row *row,
                       const struct holdings *h)
{
    bool lump = row->event == EVENT(LUMP);

    if (!lump && row->event != EVENT(UNMATCHED)) {
        event->organiser = h->payouts[row->payout]->organiser;
        event->provider = h->payouts[row->payout]->provider;
        event->run_day = h->payouts[row->payout]->run_day;
        return;
    }
    event->organiser = organiser_of(row, h);
    if (lump && row->facts->run_whole &&
        strcmp(h->payouts[row->run]->organiser, event->organiser) == 0)
        event->run_day = h->payouts[row->run]->run_day;
}

static void tell(struct telling *t, struct bank_row *row, const struct holdings *h,
                 const struct session *s)
{
    saldo__v1__record_bank_event__init(&t->event);
    saldo__v1__command__init(&t->command);
    t->row = row;
    t->event.line = (ProtobufCBinaryData){MATCH_LINE_BYTES, (uint8_t *)(uintptr_t)row->id};
    t->event.kind = row->event;
    tell_whose(&t->event, row, h);
    t->event.cents = row->facts != NULL ? row->cents : h->payouts[row->payout]->cents;
    t->event.credit = row->credit;
    t->event.day = row->day;
    t->event.reason = tool_lend(row->reason);
    t->event.file = tool_lend(row->name);
    t->event.by_hand = row->by_hand;
    if (row->facts != NULL) {
        tell_facts(&t->facts, row->facts);
        t->event.facts = &t->facts;
    }
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
            tell(&list[count++], &rows->list[i], h, s);
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

int rows_refused(const struct bank_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->list[i].code != OUTCOME_ACCEPTED)
            return TOOL_REFUSED;
    return TOOL_OK;
}

/* ---- Showing -----------------------------------------------------------------------------------
 */

static void write_row(const struct bank_row *row, const struct holdings *h, struct output *o)
{
    static const Saldo__V1__Payout none = SALDO__V1__PAYOUT__INIT;
    const Saldo__V1__Payout *p = row->payout != MATCH_NONE ? h->payouts[row->payout] : &none;
    bool refused = row->code != OUTCOME_ACCEPTED;
    const char *organiser = p->organiser;

    if (organiser[0] == '\0' && row->facts != NULL)
        organiser = holdings_organiser(h, row->facts->account);
    output_text(o, refused ? outcome_name(row->code) : match_status_text(row->status));
    output_text(o, row->path);
    output_number(o, (int64_t)row->line);
    output_day(o, row->day);
    output_cents(o, row->credit ? row->cents : -row->cents);
    output_text(o, organiser);
    output_text(o, p->provider);
    output_text(o, p->end_to_end_id);
    output_text(o, row->reason);
    output_hex(o, row->id, 8);
    output_text(o, refused ? outcome_text(row->code) : row->note);
}

static bool is_shown(const struct bank_rows *rows, const struct bank_row *row,
                     enum bank_rows_shown shown)
{
    bool open = bank_row_open(rows, row);

    if (shown == ROWS_OPEN)
        return row->open != NULL && open;
    if (row->open != NULL && row->event == EVENT(EVENT_NONE))
        return false; /* still open, and not of these files */
    return shown == ROWS_READ || open;
}

bool rows_write(const struct bank_rows *rows, const struct holdings *h, FILE *file,
                enum output_format format, enum bank_rows_shown shown)
{
    static const char *const columns[] = {"status", "file",      "row",      "booked",
                                          "cents",  "organiser", "provider", "end_to_end_id",
                                          "reason", "line",      "note"};
    struct output *o = output_open(file, format, &(struct output_shape){columns, 11, false});

    for (size_t i = 0; i < rows->count; i++)
        if (is_shown(rows, &rows->list[i], shown))
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
    struct sum each[MATCH_STATUSES] = {0}, all = {0}, explained = {0};

    for (size_t i = 0; i < rows->count; i++) {
        const struct bank_row *row = &rows->list[i];
        if (row->open != NULL && row->event != EVENT(EVENT_NONE))
            sum_add(&explained, row);
        if (row->open != NULL)
            continue;
        sum_add(&each[row->status], row);
        sum_add(&all, row);
    }
    CHECK(each[MATCH_UNDECIDED].count == 0);
    for (enum match_status s = MATCH_UNDECIDED + 1; s < MATCH_STATUSES; s++)
        if (each[s].count > 0 || format != OUTPUT_PEOPLE)
            write_sum(o, match_status_text(s), &each[s]);
    write_sum(o, "read", &all);
    if (explained.count > 0 || format != OUTPUT_PEOPLE)
        write_sum(o, "open lines explained", &explained);
    return output_close(o);
}
