#include "audit/receipts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "saldo.h"
#include "tool.h"

enum { RECEIPT_BYTES_MAX = LIMIT_REPLY_BYTES, NAME_SHOWN = 80 };

struct receipt_kept {
    uint64_t number;
    struct hash head;
    struct hash leaf;
    char name[NAME_SHOWN + 1];
};

/* ---- Reading ------------------------------------------------------------------------------ */

struct file {
    const char *name;
    uint8_t *bytes; /* RECEIPT_BYTES_MAX */
    size_t len;
};

/* Of a receipt that verified: request hash and decision stand in front of the proof. */
static void leaf_of(const struct file *file, struct hash *leaf)
{
    struct reader r = {.bytes = file->bytes, .len = file->len, .at = 9};
    struct hash request = {{0}};

    const uint8_t *hash = get_bytes(&r, get_u32(&r));
    size_t len = get_u32(&r);
    const uint8_t *decision = get_bytes(&r, len);
    if (r.failed)
        return; /* no receipt that verifies is so short */
    memcpy(request.bytes, hash, sizeof(request.bytes));
    merkle_leaf(&request, decision, len, leaf);
}

/* Names are anybody's: nothing of them may act on a terminal. */
static void copy_name(char to[NAME_SHOWN + 1], const char *name)
{
    size_t i = 0;

    for (; i < NAME_SHOWN && name[i] != '\0'; i++)
        to[i] = name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '?';
    to[i] = '\0';
}

static void take(struct receipts *r, const struct file *file, const struct receipts_ledger *ledger,
                 struct flaws *f)
{
    struct saldo_proof proof;
    struct receipt_kept kept = {0};

    if (file->len < 9 || memcmp(file->bytes, "SALDORCP", 8) != 0) {
        r->others++;
        return;
    }
    r->files++;
    copy_name(kept.name, file->name);
    if (saldo_receipt_verify(file->bytes, file->len, ledger->ledger_id, ledger->public_key,
                             &proof) != SALDO_OK) {
        flaws_add(f, (struct flaw_place){FLAW_RECEIPT, 0},
                  "%s: this ledger's key did not sign it: altered, or another ledger's", kept.name);
        return;
    }
    kept.number = proof.number;
    memcpy(kept.head.bytes, proof.head, sizeof(kept.head.bytes));
    leaf_of(file, &kept.leaf);
    r->list = tool_grow(r->list, r->count, &r->room, sizeof(*r->list));
    r->list[r->count++] = kept;
    if (proof.number > r->highest)
        r->highest = proof.number;
}

static int read_file(int folder, struct file *file)
{
    ssize_t n = 0;
    int fd = openat(folder, file->name, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return tool_fail(TOOL_USAGE, "%s: %s", file->name, strerror(errno));
    file->len = 0;
    while (file->len < RECEIPT_BYTES_MAX &&
           (n = read(fd, file->bytes + file->len, RECEIPT_BYTES_MAX - file->len)) > 0)
        file->len += (size_t)n;
    int saved = errno;
    close(fd);
    return n >= 0 ? TOOL_OK : tool_fail(TOOL_USAGE, "%s: %s", file->name, strerror(saved));
}

static bool is_file(int folder, const char *name)
{
    struct stat st;

    return fstatat(folder, name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static int by_number(const void *a, const void *b)
{
    const struct receipt_kept *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

int receipts_read(struct receipts *r, const char *folder, const struct receipts_ledger *ledger,
                  struct flaws *f)
{
    DIR *d = opendir(folder);
    struct file file = {.bytes = tool_alloc(RECEIPT_BYTES_MAX, 1)};
    int rc = d != NULL ? TOOL_OK : tool_fail(TOOL_USAGE, "%s: %s", folder, strerror(errno));

    while (rc == TOOL_OK && d != NULL) {
        const struct dirent *entry = readdir(d);
        if (entry == NULL)
            break;
        file.name = entry->d_name;
        if (is_file(dirfd(d), file.name))
            rc = read_file(dirfd(d), &file);
        else
            continue;
        if (rc == TOOL_OK)
            take(r, &file, ledger, f);
    }
    if (d != NULL)
        closedir(d);
    free(file.bytes);
    if (r->count > 1)
        qsort(r->list, r->count, sizeof(*r->list), by_number);
    return rc;
}

void receipts_free(struct receipts *r)
{
    free(r->list);
    *r = (struct receipts){0};
}

/* ---- Against the journal ------------------------------------------------------------------ */

static void compare(struct receipts *r, const struct receipt_kept *kept, const struct copy_group *g,
                    const struct hash *head, const struct hash *leaf, struct flaws *f)
{
    const char *entry = memcmp(leaf, &kept->leaf, sizeof(*leaf)) == 0 ? "the same" : "another";

    if (memcmp(&kept->head, head, sizeof(*head)) == 0) {
        r->found++;
        return;
    }
    flaws_add(f, (struct flaw_place){FLAW_FORK, kept->number},
              "%s proves %s entry under another head than that of entries %" PRIu64 " to %" PRIu64
              " here",
              kept->name, entry, g->head.first, g->last);
}

void receipts_group(struct receipts *r, const struct copy_group *g, const struct hash *head,
                    const struct hash *leaves, struct flaws *f)
{
    while (r->next < r->count && r->list[r->next].number <= g->last) {
        const struct receipt_kept *kept = &r->list[r->next++];
        if (kept->number < g->head.first)
            flaws_add(f, (struct flaw_place){FLAW_OMISSION, kept->number},
                      "%s proves an entry that stands under no head here", kept->name);
        else
            compare(r, kept, g, head, &leaves[kept->number - g->head.first], f);
    }
}

void receipts_end(struct receipts *r, uint64_t last, struct flaws *f)
{
    for (; r->next < r->count; r->next++)
        flaws_add(f, (struct flaw_place){FLAW_OMISSION, r->list[r->next].number},
                  "%s proves this entry, but the journal ends with %" PRIu64, r->list[r->next].name,
                  last);
}
