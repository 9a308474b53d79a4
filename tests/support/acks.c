#include "tests/support/acks.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"

struct header {
    uint32_t owner;
    uint32_t count;
    uint32_t receipt_len;
};

int acks_create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    return fd;
}

void acks_append(int fd, const struct ack *a)
{
    struct header h = {a->owner, a->count, a->receipt_len};
    const struct iovec parts[] = {
        {&h, sizeof(h)},
        {(void *)(uintptr_t)a->items, a->count * sizeof(a->items[0])},
        {(void *)(uintptr_t)a->answers, a->count * sizeof(a->answers[0])},
        {(void *)(uintptr_t)a->receipt, a->receipt_len},
    };
    size_t len = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        len += parts[i].iov_len;
    CHECK(writev(fd, parts, sizeof(parts) / sizeof(parts[0])) == (ssize_t)len);
}

bool acks_next(FILE *in, struct ack *out)
{
    struct header h;
    clearerr(in); /* more may have been appended since the end was met */
    size_t got = fread(&h, 1, sizeof(h), in);
    if (got == 0)
        return false;
    CHECK(got == sizeof(h));
    CHECK(h.count >= 1 && h.count <= ACK_ITEMS_MAX);
    CHECK(h.receipt_len <= ACK_RECEIPT_MAX);
    out->owner = h.owner;
    out->count = h.count;
    out->receipt_len = h.receipt_len;
    CHECK(fread(out->items, sizeof(out->items[0]), h.count, in) == h.count);
    CHECK(fread(out->answers, sizeof(out->answers[0]), h.count, in) == h.count);
    CHECK(fread(out->receipt, 1, h.receipt_len, in) == h.receipt_len);
    return true;
}
