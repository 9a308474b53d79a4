/* report.c - what an audit proved, what it did not, and what is wrong, in plain words. */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "text.h"

enum { TOPICS_MAX = 12, SENTENCE_MAX = 400 };

/* What an audit is about; proved or not. */
struct topic {
    const char *name;
    bool proved;
    char text[SENTENCE_MAX];
};

struct topics {
    struct topic list[TOPICS_MAX];
    size_t count;
};

__attribute__((format(printf, 4, 5))) static void topic(struct topics *t, const char *name,
                                                        bool proved, const char *format, ...)
{
    struct topic *one = &t->list[t->count++];
    va_list list;

    one->name = name;
    one->proved = proved;
    va_start(list, format);
    (void)vsnprintf(one->text, sizeof(one->text), format, list);
    va_end(list);
}

static bool none(const struct audit_result *r, enum flaw_kind kind)
{
    return r->findings.of_kind[kind] == 0;
}

/* ---- Topics ------------------------------------------------------------------------------- */

static void about_ledger(struct topics *t, const struct audit_asked *asked,
                         const struct audit_result *r)
{
    if (asked->key_given)
        topic(t, "ledger", none(r, FLAW_LEDGER),
              "the journal is that of the ledger whose id and public key were given");
    else
        topic(t, "ledger", false,
              "whose ledger this is: id and public key were taken from the journal itself. Compare "
              "them with the saldo.conf of a provider, and give them with --ledger and "
              "--public-key");
}

static void about_bytes(struct topics *t, const struct audit_result *r)
{
    bool chain = none(r, FLAW_RECORD) && none(r, FLAW_CHAIN) && none(r, FLAW_HEAD) &&
                 r->chain.entries == r->last;

    topic(t, "chain", chain,
          "%" PRIu64 " entries under %" PRIu64
          " heads: none is missing in between, every leaf, root and head is right, and the "
          "ledger's key signed each head",
          r->chain.entries, r->chain.heads);
    topic(t, "signatures", chain && none(r, FLAW_SIGNATURE) && r->signatures + 1 == r->last,
          "%" PRIu64 " requests are signed with keys that were registered before them",
          r->signatures);
}

static void about_decisions(struct topics *t, const struct audit_result *r)
{
    const struct sums_totals *n = &r->totals;

    topic(t, "decisions", r->decided && none(r, FLAW_DECISION) && none(r, FLAW_ENTRY),
          "%" PRIu64 " decisions come out again byte for byte, up to entry %" PRIu64, r->decisions,
          r->decided_to);
    topic(t, "sums", r->summed && r->compared && none(r, FLAW_SUM),
          "%" PRIu64 " charges of %" PRId64 " cents were accepted, each once and none above what "
          "its voucher had; %" PRIu64 " were refused, %" PRIu64 " requests repeated; %" PRIu64
          " batches with %" PRIu64 " lines have the rows, the cents (%" PRId64
          ") and the hashes that their charges give",
          n->charges, n->charged_cents, n->refused, n->repeated, n->batches, n->lines,
          n->settled_cents);
    topic(t, "books", r->compared && none(r, FLAW_SUM),
          "%" PRIu64 " balances, %" PRIu64 " commitments, %" PRIu64 " accounts and %" PRIu64
          " payouts in %" PRIu64
          " runs are what the auditor's own arithmetic gives; accounts sum to zero, and what was "
          "settled is owed, on its way or paid (%" PRId64 " cents)",
          r->compare.buckets, r->compare.commitments, r->compare.accounts, r->compare.payouts,
          r->compare.runs, n->paid_cents);
}

static void about_others(struct topics *t, const struct audit_asked *asked,
                         const struct audit_result *r)
{
    bool whole = none(r, FLAW_FORK) && none(r, FLAW_OMISSION);

    if (asked->tables != NULL)
        topic(t, "tables", r->tables_compared && none(r, FLAW_TABLES),
              "%" PRIu64 " rows of the tables are what the journal gives up to entry %" PRIu64,
              r->tables.rows, r->watermark);
    if (asked->receipts != NULL)
        topic(t, "receipts", whole && none(r, FLAW_RECEIPT) && r->receipt_files > 0,
              "%" PRIu64 " of %" PRIu64
              " receipts are of entries that stand here, under the same heads; %" PRIu64
              " other files were left alone",
              r->receipts_found, r->receipt_files, r->receipt_others);
    if (asked->head_given)
        topic(t, "head", r->head_found && whole,
              "the journal goes on from the head that was written down at entry %" PRIu64,
              asked->head_number);
    if (asked->receipts == NULL && !asked->head_given)
        topic(t, "completeness", false,
              "that nobody was shown another history, and that nothing was cut off at the end: "
              "give receipts that providers kept, or the head of an earlier audit");
    topic(t, "outside", false,
          "that services were delivered, and when entries were made: times are the ledger's own "
          "word, and so is from when on the rules of a level count");
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* Charges a second of CPU: on an idle core as many in a second. */
static double rate_of(const struct audit_result *r)
{
    uint64_t charges = r->totals.charges + r->totals.refused;

    return r->cpu_ms > 0 ? (double)charges * 1000 / (double)r->cpu_ms : 0;
}

static void write_topics(const struct topics *t, bool proved, const char *title)
{
    bool titled = false;

    for (size_t i = 0; i < t->count; i++) {
        if (t->list[i].proved != proved)
            continue;
        if (!titled)
            printf("\n%s\n", title);
        titled = true;
        printf("  %-12s %s\n", t->list[i].name, t->list[i].text);
    }
}

static void write_findings(const struct flaws *f)
{
    if (f->total == 0)
        return;
    printf("\nwrong: %" PRIu64 "\n", f->total);
    for (size_t i = 0; i < f->count; i++) {
        const struct flaw *one = &f->list[i];
        if (one->number != 0)
            printf("  entry %" PRIu64 ": %s: %s\n", one->number, flaw_word(one->kind), one->text);
        else
            printf("  %s: %s\n", flaw_word(one->kind), one->text);
    }
    if (f->total > f->count)
        printf("  and %" PRIu64 " more\n", f->total - f->count);
    printf("\nwhat to do\n");
    for (int kind = 0; kind < FLAW_KINDS; kind++)
        if (f->of_kind[kind] > 0)
            printf("  %-10s %s\n", flaw_word((enum flaw_kind)kind),
                   flaw_todo((enum flaw_kind)kind));
}

static void write_levels(const struct audit_result *r)
{
    printf("rules");
    for (uint32_t i = 0; i < r->levels_count; i++)
        printf("%s of level %" PRIu32 " from entry %" PRIu64, i == 0 ? "" : ",", r->levels[i].level,
               r->levels[i].from);
    printf("\n");
}

static void write_people(const struct topics *t, const struct audit_result *r)
{
    char id[TEXT_HEX_MAX], key[TEXT_HEX_MAX], head[TEXT_HEX_MAX];
    char from[TEXT_TIME_MAX], to[TEXT_TIME_MAX];

    printf("%s ledger %s\npublic key %s\n", r->genesis.simulated ? "simulated" : "real",
           text_hex(r->genesis.ledger_id, LEDGER_ID_BYTES, id),
           text_hex(r->genesis.ledger_key, LIMIT_KEY_BYTES, key));
    printf("entries 1 to %" PRIu64 ", %s to %s\n", r->last, text_time(r->first_ms, from),
           text_time(r->last_ms, to));
    write_levels(r);
    printf("head %" PRIu64 ":%s  (keep it for --head of the next audit)\n", r->chain.last,
           text_hex(r->chain.head.bytes, LIMIT_HASH_BYTES, head));
    write_topics(t, true, "proved");
    write_topics(t, false, "not proved");
    write_findings(&r->findings);
    printf("\n%s; %.1f s, %.1f s of CPU, %.0f charges/s a core\n",
           r->findings.total == 0 ? "nothing is wrong" : "something is wrong",
           (double)r->took_ms / 1000, (double)r->cpu_ms / 1000, rate_of(r));
}

static json_t *json_topics(const struct topics *t, bool proved)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].proved == proved)
            json_array_append_new(
                list, json_pack("{ssss}", "what", t->list[i].name, "text", t->list[i].text));
    return list;
}

static json_t *json_findings(const struct flaws *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->count; i++) {
        const struct flaw *one = &f->list[i];
        json_array_append_new(list, json_pack("{sIssssss}", "entry", (json_int_t)one->number,
                                              "kind", flaw_word(one->kind), "text", one->text, "do",
                                              flaw_todo(one->kind)));
    }
    return list;
}

static json_t *json_levels(const struct audit_result *r)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < r->levels_count; i++)
        json_array_append_new(list, json_pack("{sI sI}", "level", (json_int_t)r->levels[i].level,
                                              "from", (json_int_t)r->levels[i].from));
    return list;
}

static int write_json(const struct topics *t, const struct audit_asked *asked,
                      const struct audit_result *r)
{
    char id[TEXT_HEX_MAX], key[TEXT_HEX_MAX], head[TEXT_HEX_MAX];
    const struct sums_totals *n = &r->totals;
    json_t *o =
        json_pack("{ss ss sb sb sI ss so so sI so}", "ledger",
                  text_hex(r->genesis.ledger_id, LEDGER_ID_BYTES, id), "public_key",
                  text_hex(r->genesis.ledger_key, LIMIT_KEY_BYTES, key), "key_given",
                  asked->key_given, "simulated", r->genesis.simulated, "last", (json_int_t)r->last,
                  "head", text_hex(r->chain.head.bytes, LIMIT_HASH_BYTES, head), "proved",
                  json_topics(t, true), "not_proved", json_topics(t, false), "wrong",
                  (json_int_t)r->findings.total, "findings", json_findings(&r->findings));
    json_t *figures =
        json_pack("{sI sI sI sI sI sI sI sI sI sI sI sI sI sI}", "signatures",
                  (json_int_t)r->signatures, "decisions", (json_int_t)r->decisions, "charges",
                  (json_int_t)n->charges, "refused", (json_int_t)n->refused, "charged_cents",
                  (json_int_t)n->charged_cents, "vouchers", (json_int_t)n->vouchers, "balances",
                  (json_int_t)r->compare.buckets, "batches", (json_int_t)n->batches, "lines",
                  (json_int_t)n->lines, "settled_cents", (json_int_t)n->settled_cents, "payouts",
                  (json_int_t)n->payouts, "paid_cents", (json_int_t)n->paid_cents, "took_ms",
                  (json_int_t)r->took_ms, "cpu_ms", (json_int_t)r->cpu_ms);
    int rc = TOOL_INTERNAL;

    if (o != NULL && figures != NULL && json_object_set_new(o, "figures", figures) == 0 &&
        json_object_set_new(o, "levels", json_levels(r)) == 0 &&
        json_dumpf(o, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF)
        rc = TOOL_OK;
    json_decref(o);
    return rc;
}

int audit_report(const struct tool *tool, const struct audit_asked *asked, struct audit_result *r)
{
    struct topics t = {.count = 0};
    int rc = TOOL_OK;

    about_ledger(&t, asked, r);
    about_bytes(&t, r);
    about_decisions(&t, r);
    about_others(&t, asked, r);
    if (tool->format == OUTPUT_JSON)
        rc = write_json(&t, asked, r);
    else
        write_people(&t, r);
    if (rc != TOOL_OK || fflush(stdout) != 0)
        return tool_fail(TOOL_INTERNAL, "the result cannot be written");
    return r->findings.total == 0 ? TOOL_OK : TOOL_REFUSED;
}
