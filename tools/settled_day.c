#include "settled_day.h"

#include <string.h>

#include "outcome.h"
#include "pager.h"

static void take_figures(struct settled_day *out, const Saldo__V1__Batch *batch)
{
    out->known = true;
    out->number = batch->number;
    out->rows = batch->rows;
    out->cents = batch->cents;
    out->hash_len = batch->hash.len < sizeof(out->hash) ? batch->hash.len : sizeof(out->hash);
    if (out->hash_len > 0)
        memcpy(out->hash, batch->hash.data, out->hash_len);
}

int settled_day_ask(struct session *s, int32_t day, struct settled_day *out, settled_line *take,
                    void *arg)
{
    Saldo__V1__BatchQuery query = SALDO__V1__BATCH_QUERY__INIT;
    const Saldo__V1__BatchLine *line;
    struct pager pager;
    int code;

    *out = (struct settled_day){0};
    query.day = day;
    query.limit = take == NULL;
    pager_ask_batch(&pager, s, &query);
    while ((line = pager_batch_line(&pager)) != NULL && take != NULL)
        pager_took(&pager, take(arg, line, day));
    if (pager_page(&pager) != NULL)
        take_figures(out, pager_page(&pager)->batch);
    int rc = pager_end_try(&pager, &code);
    if (code == OUTCOME_ROW_UNKNOWN)
        return TOOL_OK;
    return code != OUTCOME_ACCEPTED ? session_fail(s->saldo, SALDO_ERROR_REFUSED) : rc;
}
