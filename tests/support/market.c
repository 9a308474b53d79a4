/* market.c - two services to charge for. */
#include "tests/support/unit.h"

#include "tests/support/market.h"

void sell_cents(struct world *w)
{
    town_service(w, &(struct service_of){.code = "sentti", .unit = SALDO__V1__UNIT__PIECE});
    for (int i = 0; i < 3; i++)
        town_price(w, &(struct price_of){.provider = (const char *[]){"P1", "P2", "P3"}[i],
                                         .service = "sentti",
                                         .cents = 1});
}

struct charge_of cents_of(const char *voucher, int64_t start_ms, int64_t amount)
{
    return (struct charge_of){.voucher = voucher,
                              .service = "sentti",
                              .unit = SALDO__V1__UNIT__PIECE,
                              .start_ms = start_ms,
                              .quantity = amount,
                              .price = 1,
                              .county = amount};
}

void sell_cleaning(struct world *w)
{
    town_service(w, &(struct service_of){.code = "siivous", .increment = 15});
    town_price(w, &(struct price_of){.provider = "P1", .service = "siivous", .cents = 3800});
}

struct charge_of cleaning(const char *voucher, int64_t start_ms, int64_t minutes)
{
    return (struct charge_of){.voucher = voucher,
                              .service = "siivous",
                              .start_ms = start_ms,
                              .end_ms = start_ms + minutes * 60000,
                              .quantity = minutes,
                              .price = 3800,
                              .county = 3800 * minutes / 60};
}

void expect_line(const struct world *w, int32_t day, const char *provider, int64_t rows,
                 int64_t cents)
{
    const struct model_line *l;
    for (size_t i = 0; (l = model_line(w->model, i)) != NULL; i++) {
        if (l->day == day && strcmp(l->provider, provider) == 0) {
            assert_int_equal(l->rows, rows);
            assert_int_equal(l->cents, cents);
            return;
        }
    }
    assert_int_equal(rows, 0); /* no line, none wanted */
}

void expect_payout(const struct world *w, int32_t day, const char *provider, const char *state,
                   int64_t cents)
{
    const struct model_payout *p;
    for (size_t i = 0; (p = model_payout(w->model, i)) != NULL; i++) {
        if (p->run_day == day && strcmp(p->provider, provider) == 0) {
            assert_string_equal(p->state, state);
            assert_int_equal(p->cents, cents);
            return;
        }
    }
    fail_msg("no payout to %s on day %d", provider, day);
}
