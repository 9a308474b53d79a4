/* world_compare_corrections.c - what was done to charges, day by day and page by page, against what
 * the model remembers. */
#include "tests/support/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool same_correction(const Saldo__V1__Correction *c, const struct model_correction *want)
{
    return c->number == want->number && c->index == (int32_t)want->index &&
           (int)c->kind == want->kind && strcmp(c->organiser, want->organiser) == 0 &&
           strcmp(c->provider, want->provider) == 0 && strcmp(c->voucher, want->voucher) == 0 &&
           strcmp(c->service, want->service) == 0 && strcmp(c->by, want->by) == 0 &&
           c->charge.len == sizeof(want->charge) &&
           memcmp(c->charge.data, want->charge, sizeof(want->charge)) == 0 &&
           c->cents == want->cents && c->quantity == want->quantity &&
           (int)c->reason == want->reason && strcmp(c->text, want->text) == 0 &&
           c->business_day == want->day && c->settle_day == want->settle_day &&
           c->time_ms == want->time_ms;
}

/* Those of one day, from *at on. */
static bool compare_day(struct world *w, struct arena *arena, int32_t day, size_t *at)
{
    Saldo__V1__CorrectionsQuery page = SALDO__V1__CORRECTIONS_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    const struct model_correction *want;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CORRECTIONS;
    query.corrections = &page;
    page.business_day = day;
    page.limit = 11;
    do {
        Saldo__V1__Reply reply;
        if (!world_ask(w, &query, arena, &reply))
            return false;
        const Saldo__V1__Corrections *list = reply.corrections;
        for (size_t i = 0; i < list->n_corrections; i++, ++*at) {
            want = model_correction(w->model, *at);
            if (want == NULL || !same_correction(list->corrections[i], want)) {
                fprintf(stderr, "correction by entry %" PRIu64 ": ledger and model differ\n",
                        list->corrections[i]->number);
                return false;
            }
        }
        page.after_number = list->next;
    } while (page.after_number != 0);
    want = model_correction(w->model, *at);
    if (want != NULL && want->day == day)
        fprintf(stderr, "corrections of day %d: the ledger has too few\n", day);
    return want == NULL || want->day != day;
}

bool world_compare_corrections(struct world *w, struct arena *arena)
{
    const struct model_correction *next;
    size_t at = 0;
    while ((next = model_correction(w->model, at)) != NULL)
        if (!compare_day(w, arena, next->day, &at))
            return false;
    return true;
}
