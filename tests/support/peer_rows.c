/* peer_rows.c - commands as SQL statements, charges and answers as lines of COPY. */
#include "tests/support/peer_rows.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "calendar.h"
#include "envelope.h"

static void print_day(FILE *sql, int32_t day)
{
    struct date d = calendar_date(day);
    if (day == CALENDAR_DAY_OPEN)
        fputs("'infinity'", sql);
    else
        fprintf(sql, "'%04d-%02d-%02d'", d.year, d.month, d.day);
}

static void print_text(FILE *sql, const char *s)
{
    fputc('\'', sql);
    for (; *s != '\0'; s++) {
        if (*s == '\'')
            fputc('\'', sql);
        fputc(*s, sql);
    }
    fputc('\'', sql);
}

static void print_hex(FILE *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(out, "%02x", bytes[i]);
}

/* A statement with its values in place of letters after %: t a text, n a text or NULL where it is
 * empty, d a day, e a last day (0: open), i an int64_t, v a Value, b a truth, k 32 bytes' key id,
 * x a key id, l a list of texts (its count first). */
static void print_value(FILE *sql, char what, va_list *args)
{
    int32_t day;
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    const char *s;
    switch (what) {
    case 't':
        print_text(sql, va_arg(*args, const char *));
        break;
    case 'n':
        s = va_arg(*args, const char *);
        s[0] == '\0' ? fputs("null", sql) : print_text(sql, s);
        break;
    case 'd':
        print_day(sql, va_arg(*args, int32_t));
        break;
    case 'e':
        day = va_arg(*args, int32_t);
        print_day(sql, day == 0 ? CALENDAR_DAY_OPEN : day);
        break;
    case 'i':
        fprintf(sql, "%" PRId64, va_arg(*args, int64_t));
        break;
    case 'v': {
        const Saldo__V1__Value *v = va_arg(*args, const Saldo__V1__Value *);
        v == NULL ? fputs("null", sql) : fprintf(sql, "%" PRId64, v->value);
        break;
    }
    case 'b':
        fputs(va_arg(*args, int) != 0 ? "true" : "false", sql);
        break;
    case 'k':
        envelope_key_id(va_arg(*args, const uint8_t *), key_id);
        print_hex(sql, key_id, sizeof(key_id));
        break;
    case 'x':
        print_hex(sql, va_arg(*args, const uint8_t *), LIMIT_KEY_ID_BYTES);
        break;
    case 'l': {
        size_t count = va_arg(*args, size_t);
        char **list = va_arg(*args, char **);
        fputs("array[", sql);
        for (size_t i = 0; i < count; i++) {
            fputs(i > 0 ? ", " : "", sql);
            print_text(sql, list[i]);
        }
        fputs("]::text[]", sql);
        break;
    }
    default:
        abort();
    }
}

static void statement(FILE *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%')
            fputc(*f, sql);
        else
            print_value(sql, *++f, &args);
    }
    va_end(args);
    fputs(";\n", sql);
}

void peer_rows_calendar(FILE *sql, int32_t from_year, int32_t to_year)
{
    int32_t last = calendar_day((struct date){to_year, 12, 31});
    for (int32_t day = calendar_day((struct date){from_year, 1, 1}); day <= last; day++)
        statement(sql, "insert into calendar values (%d, %i, %d)", day,
                  (int64_t)calendar_day_kind(day), calendar_next_bank_day(day));
}

/* ---- Catalogue ----------------------------------------------------------------------------- */

static void set_organiser(FILE *sql, const Saldo__V1__SetOrganiser *o)
{
    statement(sql,
              "insert into organisers values (%t, %i, %i, %i) on conflict (code) do update set "
              "payout_calendar = excluded.payout_calendar, payout_day = excluded.payout_day",
              o->code, o->grace_days == NULL ? (int64_t)30 : o->grace_days->value,
              (int64_t)o->payout_calendar, (int64_t)o->payout_day);
}

static void set_service(FILE *sql, const Saldo__V1__SetService *s)
{
    statement(sql, "delete from services where organiser = %t and code = %t", s->organiser,
              s->code);
    statement(sql, "insert into services values (%t, %t, %i, %i, %b, %b, %b, %b, %b, %v)",
              s->organiser, s->code, (int64_t)s->unit, (int64_t)s->increment, s->copay_allowed,
              s->prior_approval, s->review, s->overlap_allowed,
              s->share_rule == SALDO__V1__SHARE_RULE__COPAY_FIRST, s->max_charge_cents);
}

static void register_key(FILE *sql, const Saldo__V1__RegisterKey *k)
{
    statement(sql, "insert into keys values ('%k', %t, %i, %n, %i, %i) on conflict do nothing",
              k->signing_key.data, k->owner, (int64_t)k->role, k->organiser, k->valid_from_ms,
              k->valid_to_ms == 0 ? INT64_MAX : k->valid_to_ms);
}

static bool catalogue(FILE *sql, const Saldo__V1__Command *c, int64_t time_ms)
{
    switch ((int)c->body_case) {
    case SALDO__V1__COMMAND__BODY_SET_ORGANISER:
        set_organiser(sql, c->set_organiser);
        return true;
    case SALDO__V1__COMMAND__BODY_SET_SERVICE:
        set_service(sql, c->set_service);
        return true;
    case SALDO__V1__COMMAND__BODY_ADD_RATE_WINDOW:
        statement(sql,
                  "insert into rate_windows values (%t, %t, %i, %i, %i) on conflict do nothing",
                  c->add_rate_window->organiser, c->add_rate_window->rate_class,
                  (int64_t)c->add_rate_window->day_kind, (int64_t)c->add_rate_window->from_minute,
                  (int64_t)c->add_rate_window->to_minute);
        return true;
    case SALDO__V1__COMMAND__BODY_ADD_RATE:
        statement(
            sql, "insert into rates values (%t, %t, %t, %d, %e, %v, %v, %v) on conflict do nothing",
            c->add_rate->organiser, c->add_rate->service, c->add_rate->rate_class,
            c->add_rate->valid_from, c->add_rate->valid_to, c->add_rate->unit_value_cents,
            c->add_rate->price_cap_cents, c->add_rate->copay_cents);
        return true;
    case SALDO__V1__COMMAND__BODY_REGISTER_KEY:
        register_key(sql, c->register_key);
        return true;
    case SALDO__V1__COMMAND__BODY_REVOKE_KEY:
        statement(sql, "update keys set to_ms = least(to_ms, %i) where key_id = '%x'", time_ms,
                  c->revoke_key->key_id.data);
        return true;
    case SALDO__V1__COMMAND__BODY_SET_COMMITMENT:
        statement(sql,
                  "insert into commitments values (%t, %t, %i, %i) "
                  "on conflict (organiser, cost_code, year) do update set cents = excluded.cents",
                  c->set_commitment->organiser, c->set_commitment->cost_code,
                  (int64_t)c->set_commitment->year, c->set_commitment->cents);
        return true;
    default:
        return false;
    }
}

static bool provider(FILE *sql, const Saldo__V1__Command *c)
{
    switch ((int)c->body_case) {
    case SALDO__V1__COMMAND__BODY_SET_PROVIDER:
        statement(sql,
                  "insert into providers values (%t, %b) "
                  "on conflict (id) do update set blocked = excluded.blocked",
                  c->set_provider->id, c->set_provider->blocked);
        return true;
    case SALDO__V1__COMMAND__BODY_ADD_APPROVAL:
        statement(sql, "insert into approvals values (%t, %t, %t, %d, %e) on conflict do nothing",
                  c->add_approval->provider, c->add_approval->organiser, c->add_approval->service,
                  c->add_approval->valid_from, c->add_approval->valid_to);
        return true;
    case SALDO__V1__COMMAND__BODY_END_APPROVAL:
        statement(sql,
                  "update approvals set valid_to = %d where provider = %t and organiser = %t "
                  "and service = %t and valid_from = %d",
                  c->end_approval->valid_to, c->end_approval->provider, c->end_approval->organiser,
                  c->end_approval->service, c->end_approval->valid_from);
        return true;
    case SALDO__V1__COMMAND__BODY_ADD_PRICE:
        statement(sql,
                  "insert into prices values (%t, %t, %t, %t, %d, %e, %i) on conflict do nothing",
                  c->add_price->provider, c->add_price->organiser, c->add_price->service,
                  c->add_price->rate_class, c->add_price->valid_from, c->add_price->valid_to,
                  c->add_price->price_cents);
        return true;
    default:
        return false;
    }
}

/* ---- Vouchers ------------------------------------------------------------------------------ */

static void grant(FILE *sql, const Saldo__V1__GrantVoucher *g)
{
    bool quantity = g->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    statement(sql,
              "insert into vouchers values (%t, %t, %b, %b, %b, %d, %d, default, default, %n, %n) "
              "on conflict do nothing",
              g->number, g->organiser, quantity, g->period == SALDO__V1__PERIOD__WHOLE,
              g->carry_over, g->valid_from, g->valid_to, g->reserved_for, g->cost_code);
    statement(sql, "insert into versions values (%t, 1, %d, %d, %i, %v, %l) on conflict do nothing",
              g->number, g->valid_from, g->valid_to, quantity ? g->quota : g->amount_cents,
              g->unit_value_cents, g->n_services, g->services);
}

static void amend(FILE *sql, const Saldo__V1__AmendVoucher *a)
{
    const Saldo__V1__Value *amount = a->amount_cents != NULL ? a->amount_cents : a->quota;
    statement(sql,
              "insert into versions select voucher, nr + 1, %d, valid_to, coalesce(%v, amount), "
              "coalesce(%v, unit_value), case when %b then services else %l end "
              "from versions where voucher = %t order by nr desc limit 1",
              a->effective_from, amount, a->unit_value_cents, a->n_services == 0, a->n_services,
              a->services, a->number);
    if (a->valid_to == 0)
        return;
    statement(sql, "update vouchers set valid_to = %d where number = %t", a->valid_to, a->number);
    statement(sql,
              "update versions set valid_to = %d where voucher = %t and nr = "
              "(select max(nr) from versions where voucher = %t)",
              a->valid_to, a->number, a->number);
}

static void convert(FILE *sql, const Saldo__V1__ConvertVoucher *c)
{
    statement(sql,
              "update vouchers set voided = voided or valid_from = %d, closed_on = case "
              "when valid_from = %d then closed_on else %d::date - 1 end where number = %t",
              c->from_day, c->from_day, c->from_day, c->number);
    for (size_t i = 0; i < c->n_into; i++)
        grant(sql, c->into[i]);
}

static bool voucher(FILE *sql, const Saldo__V1__Command *c)
{
    switch ((int)c->body_case) {
    case SALDO__V1__COMMAND__BODY_GRANT_VOUCHER:
        grant(sql, c->grant_voucher);
        return true;
    case SALDO__V1__COMMAND__BODY_AMEND_VOUCHER:
        amend(sql, c->amend_voucher);
        return true;
    case SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER:
        statement(sql, "update vouchers set closed_on = %d where number = %t",
                  c->close_voucher->closed_on, c->close_voucher->number);
        return true;
    case SALDO__V1__COMMAND__BODY_VOID_VOUCHER:
        statement(sql, "update vouchers set voided = true where number = %t",
                  c->void_voucher->number);
        return true;
    case SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER:
        convert(sql, c->convert_voucher);
        return true;
    case SALDO__V1__COMMAND__BODY_RESERVE_VOUCHER:
        statement(sql, "update vouchers set reserved_for = %n where number = %t",
                  c->reserve_voucher->provider, c->reserve_voucher->number);
        return true;
    default:
        return false;
    }
}

static bool extra(FILE *sql, const Saldo__V1__Command *c)
{
    switch ((int)c->body_case) {
    case SALDO__V1__COMMAND__BODY_ADD_SUSPENSION:
        statement(sql, "insert into suspensions values (%t, %d, %e) on conflict do nothing",
                  c->add_suspension->number, c->add_suspension->from_day,
                  c->add_suspension->to_day);
        return true;
    case SALDO__V1__COMMAND__BODY_END_SUSPENSION:
        statement(sql, "update suspensions set to_day = %d where voucher = %t and from_day = %d",
                  c->end_suspension->to_day, c->end_suspension->number,
                  c->end_suspension->from_day);
        return true;
    case SALDO__V1__COMMAND__BODY_ADD_PRIOR_APPROVAL:
        statement(sql, "insert into prior_approvals values (%t, %t, %d, %e) on conflict do nothing",
                  c->add_prior_approval->number, c->add_prior_approval->service,
                  c->add_prior_approval->valid_from, c->add_prior_approval->valid_to);
        return true;
    default:
        return false;
    }
}

void peer_rows_command(FILE *sql, const Saldo__V1__Command *c, int64_t time_ms)
{
    if (catalogue(sql, c, time_ms) || provider(sql, c) || voucher(sql, c) || extra(sql, c))
        return;
    if (c->body_case == SALDO__V1__COMMAND__BODY_CHANGE_PROVIDER_ACCOUNT)
        return;
    fprintf(stderr, "peer_rows: no SQL for command %d\n", (int)c->body_case);
    exit(1);
}

/* ---- Charges ------------------------------------------------------------------------------- */

static void copy_text(FILE *copy, struct text t)
{
    for (uint32_t i = 0; i < t.len; i++) {
        if (t.bytes[i] == '\\')
            fputc('\\', copy);
        fputc(t.bytes[i], copy);
    }
}

void peer_rows_charge(FILE *copy, const struct peer_charge *p)
{
    const struct charge *c = p->charge;
    fprintf(copy, "%" PRIu64 "\t%" PRIu64 "\t%" PRId64 "\t", p->n, p->batch, p->time_ms);
    print_hex(copy, p->key_id, LIMIT_KEY_ID_BYTES);
    fputc('\t', copy);
    print_hex(copy, c->id, LIMIT_REQUEST_ID_BYTES);
    const struct text texts[] = {c->voucher, c->service, c->rate_class};
    for (size_t i = 0; i < 3; i++) {
        fputc('\t', copy);
        copy_text(copy, texts[i]);
    }
    fprintf(copy,
            "\t%d\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64
            "\t%c\t",
            (int)c->unit, c->start_ms, c->end_ms, c->quantity, c->price_cents, c->county_cents,
            c->copay_cents, c->identity_checked ? 't' : 'f');
    copy_text(copy, c->reference);
    fputc('\n', copy);
}

void peer_rows_answer(FILE *copy, uint64_t n, const struct answer *a)
{
    struct date d = calendar_date(a->pays_on);
    fprintf(copy, "%" PRIu64 "\t%d\t%" PRId64 "\t%" PRId64 "\t", n, a->code, a->have, a->need);
    if (a->pays_on == 0)
        fputs("\\N", copy);
    else
        fprintf(copy, "%04d-%02d-%02d", d.year, d.month, d.day);
    fprintf(copy, "\t%c\n", a->duplicate ? 't' : 'f');
}
