#include "bank/verdicts.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bank/index.h"
#include "bank/texts.h"
#include "tool.h"

/* ---- Which payouts --------------------------------------------------------------------------- */

/* A file's statuses against the payouts. */
struct reading {
    struct verdicts *v;
    struct match_input *in;
    const struct pain002_file *file;
    const char *path, *name;
    struct index ends, messages, payments;
};

static void put(struct reading *r, const struct pain002_status *s, size_t payout, const char *note)
{
    struct verdicts *v = r->v;

    v->list = tool_grow(v->list, v->count, &v->room, sizeof(*v->list));
    struct verdict *one = &v->list[v->count++];
    *one = (struct verdict){
        .kind = s->verdict,
        .reason = texts_cut(&v->slab, s->reason[0] != '\0' ? s->reason : s->status),
        .name = r->name,
        .path = r->path,
        .line = s->line,
        .payout = payout,
        .note = note,
        .status = note[0] == '\0'        ? MATCH_UNDECIDED
                  : payout == MATCH_NONE ? MATCH_UNMATCHED
                                         : MATCH_CONFLICT,
    };
    if (one->status == MATCH_UNDECIDED && s->verdict == PAIN002_REJECTED &&
        r->in->payouts[payout].state == MATCH_SENT)
        r->in->payouts[payout].refused = true;
    texts_identity("saldo/v1/bank-status",
                   (const char *const[]){r->file->message_id, r->file->original_id, s->status,
                                         payout != MATCH_NONE ? r->in->payouts[payout].end_to_end_id
                                                              : s->end_to_end_id,
                                         NULL},
                   one->id);
}

static void put_transaction(struct reading *r, const struct pain002_status *s)
{
    size_t count;
    const struct index_key *key = index_find(&r->ends, s->end_to_end_id, 0, &count);

    if (key == NULL)
        key = index_find(&r->ends, s->instruction_id, 0, &count);
    if (key == NULL)
        put(r, s, MATCH_NONE, "it names no payout");
    else if (s->cents >= 0 && s->cents != r->in->payouts[key->item].cents)
        put(r, s, key->item, "the amount is not the payout's");
    else
        put(r, s, key->item, "");
}

static void put_group(struct reading *r, const struct pain002_status *s)
{
    bool whole = s->level == PAIN002_GROUP;
    size_t count;
    const struct index_key *keys =
        index_find(whole ? &r->messages : &r->payments,
                   whole ? r->file->original_id : s->payment_id, 0, &count);

    if (keys == NULL) {
        put(r, s, MATCH_NONE, "it names no payment file of this ledger");
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (r->in->payouts[keys[i].item].state != MATCH_NOT_SENT)
            put(r, s, keys[i].item, "");
}

void verdicts_add(struct verdicts *v, struct match_input *in, const struct pain002_file *file,
                  const char *path)
{
    size_t size = strlen(file->message_id) + 16;
    char *name = slab_alloc(&v->slab, size);
    struct reading r = {.v = v, .in = in, .file = file, .path = path};

    snprintf(name, size, "pain.002 %s", file->message_id);
    r.name = texts_cut(&v->slab, name);
    for (size_t i = 0; i < in->payout_count; i++) {
        index_add(&r.ends, (struct index_key){in->payouts[i].end_to_end_id, 0, i});
        index_add(&r.messages, (struct index_key){in->payouts[i].message_id, 0, i});
        index_add(&r.payments, (struct index_key){in->payouts[i].payment_id, 0, i});
    }
    index_sort(&r.ends);
    index_sort(&r.messages);
    index_sort(&r.payments);
    for (size_t i = 0; i < file->count; i++) {
        const struct pain002_status *s = &file->list[i];
        if (s->verdict == PAIN002_SILENT)
            continue;
        if (s->level == PAIN002_TRANSACTION)
            put_transaction(&r, s);
        else
            put_group(&r, s);
    }
    index_free(&r.ends);
    index_free(&r.messages);
    index_free(&r.payments);
}

/* ---- What they mean -------------------------------------------------------------------------- */

/* By payout, the gravest first; those without a payout at the end. */
static int compare(const void *a, const void *b)
{
    const struct verdict *x = a, *y = b;

    if (x->payout != y->payout)
        return x->payout < y->payout ? -1 : 1;
    if (x->status != y->status)
        return x->status < y->status ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind > y->kind ? -1 : 1;
    return memcmp(x->id, y->id, MATCH_LINE_BYTES);
}

static void decide(struct verdict *v, enum match_status status, const char *note)
{
    v->status = status;
    v->note = note;
}

static void settle(struct verdict *v, const struct match_payout *p)
{
    bool booked =
        p->state == MATCH_PAID || p->state == MATCH_RETURNED || p->booked_by != MATCH_NONE;
    bool known = p->state == MATCH_REJECTED || v->recorded;

    if (p->state == MATCH_NOT_SENT)
        decide(v, MATCH_CONFLICT, "the payout was never released");
    else if (v->kind == PAIN002_COPY && !known && !booked && !p->accepted)
        decide(v, MATCH_CONFLICT, "the bank refuses a second copy: ask what became of the first");
    else if (v->kind == PAIN002_COPY)
        decide(v, MATCH_KNOWN, "");
    else if (v->kind == PAIN002_REJECTED && booked)
        decide(v, MATCH_CONFLICT, "the bank refuses a payment that it has booked");
    else if (v->kind == PAIN002_NAME_MISMATCH)
        decide(v, known || p->held ? MATCH_KNOWN : MATCH_MATCHED, "");
    else if (v->kind == PAIN002_ACCEPTED)
        decide(v, known || booked || p->accepted || p->held ? MATCH_KNOWN : MATCH_MATCHED, "");
    else
        decide(v, known ? MATCH_KNOWN : MATCH_MATCHED, "");
}

void verdicts_settle(struct verdicts *v, const struct match_input *in)
{
    size_t kept = 0;

    if (v->count > 0)
        qsort(v->list, v->count, sizeof(*v->list), compare);
    for (size_t i = 0; i < v->count; i++) {
        struct verdict *one = &v->list[i];
        if (one->status == MATCH_UNDECIDED && kept > 0 && v->list[kept - 1].payout == one->payout)
            continue; /* a graver one of the same payout stands before it */
        if (one->status == MATCH_UNDECIDED)
            settle(one, &in->payouts[one->payout]);
        v->list[kept++] = *one;
    }
    v->count = kept;
}

void verdicts_free(struct verdicts *v)
{
    free(v->list);
    slab_free(&v->slab);
    *v = (struct verdicts){0};
}
