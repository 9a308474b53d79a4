/* Files of `saldo submit`: a complaint, or events that can be sent, each with the id that it has
 * whenever the file is read. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "events.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t len_max)
{
    CHECK(text == NULL || strlen(text) <= len_max);
    CHECK(text == NULL || utf8_clean((const uint8_t *)text, strlen(text)));
}

static void check_event(const struct event *e)
{
    uint8_t id[16];
    CHECK(e->line > 1);
    CHECK(e->deletes == (strcmp(e->act, "delete") == 0));
    CHECK(e->provider != NULL && e->provider[0] != '\0');
    check_text(e->provider, LIMIT_CODE_BYTES);
    check_text(e->charge.voucher, LIMIT_VOUCHER_BYTES);
    check_text(e->charge.service, LIMIT_CODE_BYTES);
    check_text(e->charge.rate_class, LIMIT_CODE_BYTES);
    check_text(e->charge.reference, LIMIT_REFERENCE_BYTES);
    event_command_id(e, id);
    CHECK(id[0] == (uint8_t)((uint64_t)e->recorded_at_ms >> 40));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *null;
    static int fd = -1;
    static char path[40];
    struct events events;
    if (null == NULL) {
        null = fopen("/dev/null", "w");
        fd = memfd_create("events", MFD_CLOEXEC);
        CHECK(null != NULL && fd >= 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    CHECK(ftruncate(fd, 0) == 0);
    CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
    struct report report = {.out = null, .file = "f"};
    bool good = events_read(&events, path, &report);
    CHECK(good == (report.count == 0));
    for (size_t i = 0; good && i < events.count; i++)
        check_event(&events.list[i]);
    events_free(&events);
    return 0;
}
