#include "export/night.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "pager.h"
#include "settled_day.h"
#include "text.h"

enum { NIGHT_PLACES = 1 << 14 };

struct night_charge {
    int32_t settle_day;
    uint64_t number;
    int64_t cents;
    char request_id[33];
    char voucher[16];
    char provider[48];
    char service[48];
};

struct night_place {
    char voucher[16];
    char organiser[48];
};

static void put_text(char *to, size_t size, const char *from)
{
    size_t len = strnlen(from, size - 1);

    memcpy(to, from, len);
    to[len] = '\0';
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(tool_alloc(size, 1), text, size);
}

static void drop_lines(struct night *n)
{
    for (size_t i = 0; i < n->lines_count; i++) {
        free(n->lines[i].organiser);
        free(n->lines[i].provider);
    }
    n->lines_count = 0;
}

static int compare_lines(const void *a, const void *b)
{
    const struct night_line *x = a, *y = b;
    int order = strcmp(x->provider, y->provider);

    return order != 0 ? order : strcmp(x->organiser, y->organiser);
}

static int keep_line(void *arg, const Saldo__V1__BatchLine *from, int32_t day)
{
    struct night *n = arg;

    (void)day;
    n->lines = tool_grow(n->lines, n->lines_count, &n->lines_room, sizeof(*n->lines));
    n->lines[n->lines_count++] = (struct night_line){
        .organiser = copy(from->organiser),
        .provider = copy(from->provider),
        .charges_rows = from->rows - from->credit_rows,
        .charges_cents = from->cents + from->credit_cents,
        .credits_rows = from->credit_rows,
        .credits_cents = from->credit_cents,
    };
    return TOOL_OK;
}

static int read_lines(struct night *n)
{
    struct settled_day day;

    drop_lines(n);
    int rc = settled_day_ask(n->source->session, n->day, &day, keep_line, n);
    if (rc == TOOL_OK && !day.known)
        rc = tool_fail(TOOL_INTERNAL, "a settled day is no longer there");
    n->number = day.number;
    if (n->lines_count > 0)
        qsort(n->lines, n->lines_count, sizeof(*n->lines), compare_lines);
    return rc;
}

/* The first line of a provider; the others follow it. NULL: it has none. */
static struct night_line *provider_lines(struct night *n, const char *provider, size_t *count)
{
    size_t low = 0, high = n->lines_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(n->lines[middle].provider, provider) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < n->lines_count && strcmp(n->lines[low + *count].provider, provider) == 0)
        ++*count;
    return *count > 0 ? &n->lines[low] : NULL;
}

bool night_line_agrees(const struct night_line *line, int32_t day)
{
    char date[TEXT_DAY_MAX], found[TEXT_EUROS_MAX], settled[TEXT_EUROS_MAX];

    if (line->found_credit_rows != line->credits_rows ||
        line->found_credit_cents != line->credits_cents) {
        tool_fail(0,
                  "%s %s %s: the batch has %" PRId64 " credits of %s, found were %" PRId64 " of %s",
                  text_day(day, date), line->organiser, line->provider, line->credits_rows,
                  text_euros(line->credits_cents, settled), line->found_credit_rows,
                  text_euros(line->found_credit_cents, found));
        return false;
    }
    if (line->found_rows == line->charges_rows && line->found_cents == line->charges_cents)
        return true;
    tool_fail(0, "%s %s %s: the batch has %" PRId64 " charges of %s, found were %" PRId64 " of %s",
              text_day(day, date), line->organiser, line->provider, line->charges_rows,
              text_euros(line->charges_cents, settled), line->found_rows,
              text_euros(line->found_cents, found));
    return false;
}

static bool complete(const struct night *n)
{
    for (size_t i = 0; i < n->lines_count; i++)
        if (n->lines[i].found_rows < n->lines[i].charges_rows)
            return false;
    return true;
}

/* ---- Which organiser --------------------------------------------------------------------------
 */

/* A charge does not name it, its voucher does; most providers have one organiser a night, and then
 * nobody needs to be asked. Vouchers come again: the last answers are kept. */
static int organiser_of(struct night *n, const char *voucher, const char **out)
{
    Saldo__V1__VoucherQuery number = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    size_t hash = 0;

    if (n->places == NULL)
        n->places = tool_alloc(NIGHT_PLACES, sizeof(*n->places));
    for (const char *at = voucher; *at != '\0'; at++)
        hash = hash * 31 + (unsigned char)*at;
    struct night_place *place = &n->places[hash % NIGHT_PLACES];
    *out = place->organiser;
    if (strcmp(place->voucher, voucher) == 0)
        return TOOL_OK;
    number.number = tool_lend(voucher);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_VOUCHER;
    query.voucher = &number;
    int rc = session_query(n->source->session, &query, SALDO__V1__REPLY__RESULT_VOUCHER);
    if (rc != TOOL_OK)
        return rc;
    put_text(place->voucher, sizeof(place->voucher), voucher);
    put_text(place->organiser, sizeof(place->organiser),
             n->source->session->reply->voucher->organiser);
    return TOOL_OK;
}

static int find_line(struct night *n, const struct night_charge *c, struct night_line **out)
{
    size_t count;
    const char *organiser = NULL;
    struct night_line *lines = provider_lines(n, c->provider, &count);
    int rc = count > 1 ? organiser_of(n, c->voucher, &organiser) : TOOL_OK;

    *out = count == 1 ? lines : NULL;
    for (size_t i = 0; rc == TOOL_OK && count > 1 && i < count; i++)
        if (strcmp(lines[i].organiser, organiser) == 0)
            *out = &lines[i];
    if (rc == TOOL_OK && *out == NULL)
        rc = tool_fail(TOOL_REFUSED, "charge %s of %s: the batch has no line for it", c->request_id,
                       c->provider);
    return rc;
}

/* ---- Entries --------------------------------------------------------------------------------- */

static struct book_entry blank(const struct night *n, const char *kind, const char *text)
{
    return (struct book_entry){.day = n->day,
                               .kind = kind,
                               .text = text,
                               .payee = "",
                               .voucher = "",
                               .service = "",
                               .request_id = "",
                               .end_to_end_id = "",
                               .reference = "",
                               .reason = "",
                               .number = n->number};
}

/* Postings of 0 are left out, unless the entry has no others. */
static void write_entry(struct night *n, struct book_entry *e, const struct book_posting *all)
{
    struct book_posting postings[BOOK_POSTINGS_MAX];

    e->count = 0;
    for (size_t i = 0; i < BOOK_POSTINGS_MAX; i++)
        if (all[i].account != NULL && all[i].cents != 0)
            postings[e->count++] = all[i];
    for (size_t i = 0; e->count == 0 && i < 2; i++)
        postings[i] = all[i];
    if (e->count == 0)
        e->count = 2;
    e->postings = postings;
    book_post(n->source->book, e);
    n->writer->format->entry(n->writer, e);
}

static struct book_account *own(const struct night *n, const char *organiser, enum book_place place)
{
    return book_account(n->source->book, organiser, place, "");
}

static struct book_account *payable(const struct night *n, const struct night_line *line)
{
    return book_account(n->source->book, line->organiser, BOOK_PAYABLE, line->provider);
}

/* What the commitment let through that day, by organiser: before the rows, which take it on. */
static void write_use(struct night *n, const char *organiser)
{
    int64_t charges = 0, credits = 0;
    struct book_entry e = blank(n, "use", "Vouchers used, less what came back");

    for (size_t i = 0; i < n->lines_count; i++) {
        if (strcmp(n->lines[i].organiser, organiser) != 0)
            continue;
        charges += n->lines[i].charges_cents;
        credits += n->lines[i].credits_cents;
    }
    if (charges == 0 && credits == 0)
        return;
    const struct book_posting postings[BOOK_POSTINGS_MAX] = {
        {own(n, organiser, BOOK_COMMITMENT), charges - credits},
        {own(n, organiser, BOOK_ALLOTTED), credits},
        {own(n, organiser, BOOK_PENDING), -charges},
    };
    e.payee = book_payee(n->source->book, organiser);
    write_entry(n, &e, postings);
}

static void write_uses(struct night *n)
{
    const struct book *b = n->source->book;

    for (size_t i = 0; i < b->count; i++)
        if (b->accounts[i]->place == BOOK_COMMITMENT)
            write_use(n, b->accounts[i]->organiser);
}

static void write_charge(struct night *n, const struct night_line *line,
                         const struct night_charge *c)
{
    struct book_entry e = blank(n, "charge", "Charge settled");
    const struct book_posting postings[BOOK_POSTINGS_MAX] = {
        {own(n, line->organiser, BOOK_PENDING), c->cents},
        {payable(n, line), -c->cents},
    };

    e.payee = book_payee(n->source->book, line->provider);
    e.voucher = c->voucher;
    e.service = c->service;
    e.request_id = c->request_id;
    e.number = c->number;
    write_entry(n, &e, postings);
}

/* All of the line in one. */
static void write_line(struct night *n, const struct night_line *line)
{
    char text[64];
    struct book_entry e = blank(n, "day", text);
    const struct book_posting postings[BOOK_POSTINGS_MAX] = {
        {payable(n, line), line->credits_cents - line->charges_cents},
        {own(n, line->organiser, BOOK_PENDING), line->charges_cents},
        {own(n, line->organiser, BOOK_ALLOTTED), -line->credits_cents},
    };

    snprintf(text, sizeof(text), "Settled charges %" PRId64 ", credits %" PRId64,
             line->charges_rows, line->credits_rows);
    e.payee = book_payee(n->source->book, line->provider);
    write_entry(n, &e, postings);
}

/* ---- Credits --------------------------------------------------------------------------------- */

static void write_credit(struct night *n, const struct night_line *line,
                         const Saldo__V1__Correction *c)
{
    const ProtobufCEnumValue *reason =
        protobuf_c_enum_descriptor_get_value(&saldo__v1__credit_reason__descriptor, (int)c->reason);
    struct book_entry e = blank(n, "credit", "Charge credited");
    const struct book_posting postings[BOOK_POSTINGS_MAX] = {
        {payable(n, line), c->cents},
        {own(n, line->organiser, BOOK_ALLOTTED), -c->cents},
    };
    char request_id[33];

    text_hex(c->charge.data, c->charge.len <= 16 ? c->charge.len : 16, request_id);
    e.payee = book_payee(n->source->book, line->provider);
    e.voucher = c->voucher;
    e.service = c->service;
    e.request_id = request_id;
    e.reason = reason != NULL ? reason->name : "";
    e.number = c->number;
    write_entry(n, &e, postings);
}

static int take_credit(struct night *n, const Saldo__V1__Correction *c)
{
    size_t count;
    struct night_line *lines = provider_lines(n, c->provider, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].organiser, c->organiser) != 0)
            continue;
        lines[i].found_credit_rows++;
        lines[i].found_credit_cents += c->cents;
        write_credit(n, &lines[i], c);
        return TOOL_OK;
    }
    return tool_fail(TOOL_REFUSED, "entry %" PRIu64 ": the batch has no line for its credit",
                     c->number);
}

static int write_credits(struct night *n)
{
    Saldo__V1__CorrectionsQuery corrections = SALDO__V1__CORRECTIONS_QUERY__INIT;
    const Saldo__V1__Correction *c;
    struct pager pager;

    corrections.business_day = n->day;
    pager_ask_corrections(&pager, n->source->session, &corrections);
    while ((c = pager_correction(&pager)) != NULL)
        if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED)
            pager_took(&pager, take_credit(n, c));
    return pager_end(&pager);
}

/* ---- Charges --------------------------------------------------------------------------------- */

/* A charge of this night is written, one of a later night of the period waits. */
static int take_charge(struct night *n, const struct night_charge *c)
{
    struct night_line *line;

    if (c->settle_day > n->day && c->settle_day <= n->source->book->to) {
        n->waiting = tool_grow(n->waiting, n->waiting_count, &n->waiting_room, sizeof(*n->waiting));
        n->waiting[n->waiting_count++] = *c;
    }
    if (c->settle_day != n->day)
        return TOOL_OK;
    int rc = find_line(n, c, &line);
    if (line == NULL)
        return rc;
    line->found_rows++;
    line->found_cents += c->cents;
    write_charge(n, line, c);
    return TOOL_OK;
}

static struct night_charge night_charge_of(const Saldo__V1__ChargeStatus *from)
{
    struct night_charge c = {
        .settle_day = from->settle_day, .number = from->number, .cents = from->county_cents};

    text_hex(from->charge.data, from->charge.len <= 16 ? from->charge.len : 16, c.request_id);
    put_text(c.voucher, sizeof(c.voucher), from->voucher);
    put_text(c.provider, sizeof(c.provider), from->provider);
    put_text(c.service, sizeof(c.service), from->service);
    return c;
}

/* All charges of a business day. */
static int look(struct night *n, int32_t day)
{
    Saldo__V1__ChargesQuery charges = SALDO__V1__CHARGES_QUERY__INIT;
    const Saldo__V1__ChargeStatus *from;
    struct pager pager;

    charges.business_day = day;
    pager_ask_charges(&pager, n->source->session, &charges);
    while ((from = pager_charge(&pager)) != NULL) {
        struct night_charge c = night_charge_of(from);
        pager_took(&pager, take_charge(n, &c));
    }
    return pager_end(&pager);
}

static int take_waiting(struct night *n)
{
    size_t left = 0;
    int rc = TOOL_OK;

    for (size_t i = 0; i < n->waiting_count; i++) {
        struct night_charge c = n->waiting[i];
        if (c.settle_day != n->day)
            n->waiting[left++] = c;
        else if (rc == TOOL_OK)
            rc = take_charge(n, &c);
    }
    n->waiting_count = left;
    return rc;
}

static int write_rows(struct night *n)
{
    int rc = take_waiting(n);
    bool good = true;

    if (n->looked == 0)
        n->looked = n->day;
    if (rc == TOOL_OK)
        rc = look(n, n->day);
    while (rc == TOOL_OK && n->looked > n->source->first && !complete(n))
        rc = look(n, --n->looked);
    if (rc == TOOL_OK)
        rc = write_credits(n);
    if (rc != TOOL_OK)
        return rc;
    for (size_t i = 0; i < n->lines_count; i++)
        good = night_line_agrees(&n->lines[i], n->day) && good;
    return good ? TOOL_OK : TOOL_REFUSED;
}

int night_write(struct night *n, int32_t day)
{
    n->day = day;
    int rc = read_lines(n);
    if (rc != TOOL_OK)
        return rc;
    write_uses(n);
    if (n->rows)
        return write_rows(n);
    for (size_t i = 0; i < n->lines_count; i++)
        write_line(n, &n->lines[i]);
    return TOOL_OK;
}

void night_free(struct night *n)
{
    drop_lines(n);
    free(n->lines);
    free(n->waiting);
    free(n->places);
    *n = (struct night){0};
}
