/* example.c - the smallest complete caller: one charge, safely, with a receipt to keep.
 *
 *     cc example.c $(pkg-config --cflags --libs libsaldo) -o example
 *     ./example 000100116J
 *
 * The id is stored before the charge is sent: after a failure or a crash run it again. The same id
 * with the same fields never counts twice. For the next charge remove charge.id. */
#include <saldo.h>
#include <stdio.h>

static int save(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(name, "wb");
    size_t written = f != NULL ? fwrite(bytes, 1, len, f) : 0;
    return f != NULL && fclose(f) == 0 && written == len;
}

static int stored_id(const char *name, uint8_t id[16])
{
    FILE *f = fopen(name, "rb");
    size_t len = f != NULL ? fread(id, 1, 16, f) : 0;
    if (f != NULL)
        fclose(f);
    if (len == 16)
        return 1;
    saldo_request_id(id);
    return save(name, id, 16);
}

int main(int argc, char **argv)
{
    struct saldo_charge c = {.voucher = argc > 1 ? argv[1] : "", .service = "siivous"};
    struct saldo_terms terms = {.is_hour = true, .unit_value_cents = 3500};
    struct saldo *s = NULL;
    struct saldo_answer a;
    const void *receipt;
    size_t len;

    c.unit = SALDO_HOUR;
    terms.quantity = c.quantity = 120; /* minutes */
    terms.price_cents = c.price_cents = 3800;
    if (!saldo_voucher_valid(c.voucher))
        return fprintf(stderr, "'%s' is not a voucher number\n", c.voucher), 1;
    if (!saldo_shares(&terms, &c.county_cents, &c.copay_cents) ||
        !saldo_time_parse("2026-11-02T10:00:00+02:00", &c.start_ms) ||
        !saldo_time_parse("2026-11-02T12:00:00+02:00", &c.end_ms) ||
        !stored_id("charge.id", c.request_id))
        return perror("charge.id"), 1;
    enum saldo_error e = saldo_open(NULL, &s); /* the home folder is $SALDO_HOME or ~/.saldo */
    if (e == SALDO_OK)
        e = saldo_submit(s, &c, 1, &a);
    if (e == SALDO_OK && saldo_receipt(s, &receipt, &len) == SALDO_OK)
        printf("%s: %lld, %lld. Receipt %s.\n", saldo_outcome_name(a.code), (long long)a.have,
               (long long)a.need, save("charge.receipt", receipt, len) ? "saved" : "NOT saved");
    else
        fprintf(stderr, "%s: %s\n", saldo_error_text(e), saldo_error_detail(s));
    saldo_close(s);
    return e != SALDO_OK;
}
