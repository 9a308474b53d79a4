#include "pager.h"

#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static Saldo__V1__Reply *add(struct pager_pages *pages, Saldo__V1__Reply *reply)
{
    pages->list = tool_grow(pages->list, pages->count, &pages->room, sizeof(*pages->list));
    pages->list[pages->count++] = reply;
    return reply;
}

Saldo__V1__Reply *pager_pages_add(struct pager_pages *pages, struct session *s)
{
    Saldo__V1__Reply *reply = add(pages, s->reply);

    s->reply = NULL;
    return reply;
}

void pager_pages_free(struct pager_pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        saldo__v1__reply__free_unpacked(pages->list[i], NULL);
    free(pages->list);
    *pages = (struct pager_pages){0};
}

/* ---- Places to go on from ----------------------------------------------------------------------
 *
 * A copy, for the page that says them goes. False: a page that leads nowhere, or to itself. */

static bool go_on_bytes(struct pager *p, ProtobufCBinaryData *after, ProtobufCBinaryData next)
{
    bool again =
        next.len == after->len && next.len > 0 && memcmp(next.data, after->data, next.len) == 0;

    if (again || next.len > sizeof(p->after))
        return false;
    p->last = next.len == 0;
    if (!p->last)
        memcpy(p->after, next.data, next.len);
    *after = (ProtobufCBinaryData){next.len, (uint8_t *)p->after};
    return true;
}

static bool go_on_text(struct pager *p, char **after, const char *next)
{
    size_t len = strlen(next);

    if (len >= sizeof(p->after) || (len > 0 && strcmp(next, *after) == 0))
        return false;
    p->last = len == 0;
    memcpy(p->after, next, len + 1);
    *after = p->after;
    return true;
}

static bool go_on_number(struct pager *p, uint64_t *after, uint64_t next)
{
    p->last = next == 0;
    if (!p->last && next <= *after)
        return false;
    *after = next;
    return true;
}

/* ---- The kinds --------------------------------------------------------------------------------
 */

/* X(query message, its name, BODY_, RESULT_, list in the reply, rows in the list, type of a row,
 * name of a row, how to go on, the place) */
#define PAGER_KINDS(X)                                                                             \
    X(BalanceQuery, balance, BALANCE, BALANCES, balances, balances, Balance, balance, text, after) \
    X(BatchQuery, batch, BATCH, BATCH, batch, lines, BatchLine, batch_line, text, after)           \
    X(PayablesQuery, payables, PAYABLES, PAYABLES, payables, payables, Payable, payable, text,     \
      after)                                                                                       \
    X(KeysQuery, keys, KEYS, KEYS, keys, keys, KeyInfo, key, text, after)                          \
    X(PayoutsQuery, payouts, PAYOUTS, PAYOUTS, payouts, payouts, Payout, payout, text, after)      \
    X(RunsQuery, runs, RUNS, RUNS, runs, runs, Run, run, text, after)                              \
    X(BankLinesQuery, bank_lines, BANK_LINES, BANK_LINES, bank_lines, lines, BankLine, bank_line,  \
      bytes, after)                                                                                \
    X(ChargesQuery, charges, CHARGES, CHARGES, charges, charges, ChargeStatus, charge, text,       \
      after)                                                                                       \
    X(CorrectionsQuery, corrections, CORRECTIONS, CORRECTIONS, corrections, corrections,           \
      Correction, correction, number, after_number)

/* The page's rows, and the place that the next one begins at. False: the reply makes no sense. */
static bool take_page(struct pager *p, Saldo__V1__Reply__ResultCase *wanted)
{
    const Saldo__V1__Reply *page = p->page;

    switch ((int)p->request.body_case) {
#define X(query_type, name, body, result, list, items, type, row, how, place)                      \
    case SALDO__V1__QUERY_REQUEST__BODY_##body:                                                    \
        *wanted = SALDO__V1__REPLY__RESULT_##result;                                               \
        if (page == NULL)                                                                          \
            return true;                                                                           \
        p->rows = (void **)page->list->items;                                                      \
        p->count = page->list->n_##items;                                                          \
        return go_on_##how(p, &p->query.name.place, page->list->next);
        PAGER_KINDS(X)
#undef X
    default:
        return false;
    }
}

/* ---- Pages ------------------------------------------------------------------------------------
 */

static void drop_page(struct pager *p)
{
    if (p->page != NULL && !p->kept)
        saldo__v1__reply__free_unpacked(p->page, NULL);
    p->page = NULL;
    p->kept = false;
    p->count = p->at = 0;
}

static void next_page(struct pager *p)
{
    Saldo__V1__Reply__ResultCase wanted = SALDO__V1__REPLY__RESULT__NOT_SET;

    drop_page(p);
    (void)take_page(p, &wanted);
    p->rc = session_try(p->session, &p->request, wanted, &p->code);
    if (p->rc != TOOL_OK)
        return;
    p->page = p->session->reply;
    p->session->reply = NULL;
    if (!take_page(p, &wanted))
        p->rc = tool_fail(TOOL_INTERNAL, "the page of a long list does not say how it goes on");
}

static const void *next_row(struct pager *p)
{
    while (p->rc == TOOL_OK && p->at == p->count) {
        if (p->last)
            return NULL;
        next_page(p); /* a page may be empty, and others follow */
    }
    return p->rc == TOOL_OK ? p->rows[p->at++] : NULL;
}

void pager_keep(struct pager *p, struct pager_pages *pages)
{
    if (!p->kept)
        (void)add(pages, p->page);
    p->kept = true;
}

void pager_took(struct pager *p, int rc)
{
    if (p->rc == TOOL_OK)
        p->rc = rc;
}

const Saldo__V1__Reply *pager_page(const struct pager *p)
{
    return p->page;
}

#define X(query_type, name, body, result, list, items, type, row, how, place)                      \
    void pager_ask_##list(struct pager *p, struct session *s,                                      \
                          const Saldo__V1__##query_type *query)                                    \
    {                                                                                              \
        *p = (struct pager){.session = s, .request = SALDO__V1__QUERY_REQUEST__INIT};              \
        p->query.name = *query;                                                                    \
        p->request.body_case = SALDO__V1__QUERY_REQUEST__BODY_##body;                              \
        p->request.name = &p->query.name;                                                          \
    }                                                                                              \
    const Saldo__V1__##type *pager_##row(struct pager *p)                                          \
    {                                                                                              \
        return next_row(p);                                                                        \
    }
PAGER_KINDS(X)
#undef X

int pager_end_try(struct pager *p, int *code)
{
    int rc = p->rc;

    *code = p->code;
    drop_page(p);
    return rc;
}

int pager_end(struct pager *p)
{
    int code;
    int rc = pager_end_try(p, &code);

    if (code != OUTCOME_ACCEPTED)
        return session_fail(p->session->saldo, SALDO_ERROR_REFUSED);
    return rc;
}
