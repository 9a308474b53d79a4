/* query.c - questions to the ledger: signed, never in the journal, without a receipt. */
#include <string.h>

#include "internal.h"

enum saldo_error saldo_query(struct saldo *s, const void *bytes, size_t len, const void **reply,
                             size_t *reply_len)
{
    struct client_frame frame;
    *reply = NULL;
    *reply_len = 0;
    enum saldo_error e = client_begin_call(s);
    if (e == SALDO_OK)
        e = client_frame_message(s, PURPOSE_QUERY, bytes, len, &frame);
    if (e == SALDO_OK)
        e = client_call(s, &frame, NULL, 0);
    if (e != SALDO_OK)
        return e;
    *reply = s->reply;
    *reply_len = s->reply_len;
    return SALDO_OK;
}

static enum saldo_error take_balance(struct saldo *s, const char *voucher,
                                     const Saldo__V1__Reply *reply, struct saldo_balance *out)
{
    if (reply->result_case != SALDO__V1__REPLY__RESULT_BALANCES ||
        reply->balances->n_balances != 1 ||
        strcmp(reply->balances->balances[0]->voucher, voucher) != 0)
        return client_fail(s, SALDO_ERROR_PROTOCOL, "the reply is not the voucher's balance");
    const Saldo__V1__Balance *b = reply->balances->balances[0];
    *out = (struct saldo_balance){
        .bucket = b->bucket,
        .units = b->units,
        .posted = b->posted,
        .pending = b->pending,
        .available = b->available,
    };
    return SALDO_OK;
}

enum saldo_error saldo_balance(struct saldo *s, const char *voucher, struct saldo_balance *out)
{
    Saldo__V1__QueryRequest request = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__BalanceQuery body = SALDO__V1__BALANCE_QUERY__INIT;
    char number[LIMIT_VOUCHER_BYTES + 1];
    uint8_t bytes[64];
    const void *reply;
    size_t reply_len;

    enum saldo_error e = client_begin_call(s);
    if (e != SALDO_OK)
        return e;
    if (!saldo_voucher_valid(voucher))
        return client_fail(s, SALDO_ERROR_ARGUMENT, "voucher %.20s: wrong check character",
                           voucher != NULL ? voucher : "(not set)");
    memcpy(number, voucher, sizeof(number)); /* valid: ten characters */
    body.voucher = number;
    request.body_case = SALDO__V1__QUERY_REQUEST__BODY_BALANCE;
    request.balance = &body;
    e = saldo_query(s, bytes, saldo__v1__query_request__pack(&request, bytes), &reply, &reply_len);
    if (e != SALDO_OK)
        return e;
    Saldo__V1__Reply *r = saldo__v1__reply__unpack(NULL, reply_len, reply);
    if (r == NULL)
        return client_fail(s, SALDO_ERROR_MEMORY, "out of memory");
    e = take_balance(s, voucher, r, out);
    saldo__v1__reply__free_unpacked(r, NULL);
    return e;
}
