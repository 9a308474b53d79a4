/* query_bank.c - lines of the bank, a page at a time, in the order of their hashes. */
#include "ledger/bank_line.h"
#include "ledger/query_page.h"

struct lines {
    struct page page;
    int32_t from; /* booking days, both included; 0: also lines that have none */
    int32_t to;
};

static bool line_wanted(const struct lines *s, const struct bank_line *b)
{
    if (!query_in_scope(s->page.q, b->organiser))
        return false;
    return s->from == 0 || (b->day >= s->from && b->day <= s->to);
}

static bool line_seen(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                      size_t value_len)
{
    struct lines *s = arg;
    struct query *q = s->page.q;
    struct bank_line b;

    if (!query_peek(q, ROW_BANK_LINE, (struct row_bytes){key, key_len, value, value_len}, &b))
        return false;
    uint32_t item = bank_line_find(q->ledger, b.line);
    if (page_wants(&s->page, b.line) && line_wanted(s, &b) &&
        !query_row_changed(q, ROW_BANK_LINE, item))
        page_add(&s->page, b.line, &b, sizeof(b));
    return page_look(&s->page, b.line);
}

static void line_changed(struct query *q, uint32_t item, void *arg)
{
    struct lines *s = arg;
    const struct bank_line *b = ROW_AT(bank_line, q->ledger, ROW_BANK_LINE, item);

    if (page_wants(&s->page, b->line) && line_wanted(s, b))
        page_add(&s->page, b->line, b, sizeof(*b));
}

/* The open lines are known in memory: the lowest of them are asked for one by one. */
static void lines_open(struct query *q, struct lines *s)
{
    const struct ledger *l = q->ledger;
    size_t left = 0;

    for (uint32_t at = 1, item; (item = open_line_next(l, &at)) != 0;) {
        const struct open_line *o = ROW_AT(open_line, l, ROW_OPEN_LINE, item);
        struct bank_line b = {.organiser = o->organiser, .day = o->day};
        memcpy(b.line, o->line, sizeof(b.line));
        if (page_wants(&s->page, b.line) && line_wanted(s, &b))
            page_add(&s->page, b.line, &b, sizeof(b));
    }
    page_cut(&s->page);
    for (size_t i = 0; i < s->page.count; i++) {
        uint32_t item = query_bank_line_row(q, s->page.rows[i]->key);
        if (item == 0) /* the tables are at fault, and the query says so */
            break;
        memcpy(s->page.rows[left++]->row, ROW_AT(bank_line, l, ROW_BANK_LINE, item),
               sizeof(struct bank_line));
    }
    if (left < s->page.count && q->fault == FAULT_NONE)
        q->fault = FAULT_CORRUPT;
}

static void lines_scan(struct lines *s)
{
    const size_t len = s->page.started ? LIMIT_HASH_BYTES : 0;

    page_fill(&s->page, (struct scan){ROW_BANK_LINE, NULL, 0, s->page.after, len}, line_seen,
              line_changed, s);
}

static Saldo__V1__BankLineFacts *facts_of(struct query *q, const struct bank_facts *f)
{
    Saldo__V1__BankLineFacts *out = NULL;

    if (f->entry_cents == 0 || (out = QUERY_NEW(q, bank_line_facts)) == NULL)
        return NULL;
    out->notification = f->notification;
    out->returned = f->returned;
    out->whole = f->whole;
    out->account = query_text(q, f->text[FACT_ACCOUNT].text);
    out->end_to_end_id = query_text(q, f->text[FACT_END_TO_END_ID].text);
    out->instruction_id = query_text(q, f->text[FACT_INSTRUCTION_ID].text);
    out->payment_id = query_text(q, f->text[FACT_PAYMENT_ID].text);
    out->reference = query_text(q, f->text[FACT_REFERENCE].text);
    out->iban = query_text(q, f->text[FACT_IBAN].text);
    out->entry_ref = query_text(q, f->text[FACT_ENTRY_REF].text);
    out->entry_cents = f->entry_cents;
    return out;
}

static Saldo__V1__BankLine *bank_line_of(struct query *q, const struct bank_line *b)
{
    Saldo__V1__BankLine *out = QUERY_NEW(q, bank_line);

    if (out == NULL)
        return NULL;
    out->line = query_bytes(q, b->line, sizeof(b->line));
    out->kind = (Saldo__V1__BankEventKind)b->kind;
    out->organiser = query_organiser(q, b->organiser);
    out->provider = query_provider(q, b->provider);
    out->run_day = b->run_day;
    out->cents = b->cents;
    out->credit = b->credit;
    out->day = b->day;
    out->reason = query_text(q, b->reason.text);
    out->file = query_text(q, b->file.text);
    out->number = b->number;
    out->facts = facts_of(q, &b->facts);
    out->by_hand = b->by_hand;
    out->decided_number = b->decided_number;
    out->closed = b->closed_by != 0;
    out->closed_reason = query_text(q, b->closed_reason.text);
    out->closed_by = query_person(q, b->closed_by);
    return out;
}

enum outcome query_bank_lines(struct query *q, const Saldo__V1__BankLinesQuery *in,
                              Saldo__V1__Reply *reply)
{
    struct lines s = {.page = {.q = q, .started = in->after.len != 0}};
    Saldo__V1__BankLines *out = QUERY_NEW(q, bank_lines);
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;
    size_t limit;

    if (!query_is_office(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if ((s.page.started && in->after.len != LIMIT_HASH_BYTES) || !page_limit(in->limit, &limit) ||
        !query_days(in->from_day, in->to_day, &s.from, &s.to))
        return OUTCOME_FIELD_INVALID;
    if (in->to_day != 0 && s.from == 0)
        s.from = 1; /* a line without a day is in no span of them */
    if (out == NULL || !page_begin(&s.page, limit, sizeof(struct bank_line)))
        return OUTCOME_LIMIT_REACHED;
    if (s.page.started)
        memcpy(s.page.after, in->after.data, LIMIT_HASH_BYTES);
    if (in->open_only)
        lines_open(q, &s);
    else
        lines_scan(&s);
    for (size_t i = 0; i < s.page.count; i++)
        pile_add(q, &pile, bank_line_of(q, s.page.rows[i]->row));
    out->n_lines = pile.count;
    out->lines = (Saldo__V1__BankLine **)pile.items;
    if ((next = page_next(&s.page)) != NULL)
        out->next = query_bytes(q, next, LIMIT_HASH_BYTES);
    reply->result_case = SALDO__V1__REPLY__RESULT_BANK_LINES;
    reply->bank_lines = out;
    return OUTCOME_ACCEPTED;
}
