#include "wires.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "session.h"

static struct wire *find(struct wires *w, const char *provider)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->list[i].provider, provider) == 0)
            return &w->list[i];
    return NULL;
}

/* A place for one more; NULL while every place has work. */
static struct wire *make_room(struct wires *w)
{
    struct wire *oldest = NULL;

    if (w->count < WIRES_MAX)
        return &w->list[w->count++];
    for (size_t i = 0; i < w->count; i++)
        if (w->list[i].under_way == 0 && (oldest == NULL || w->list[i].used < oldest->used))
            oldest = &w->list[i];
    if (oldest != NULL)
        saldo_close(oldest->saldo);
    return oldest;
}

int wires_get(struct wires *w, const char *provider, struct wire **wire)
{
    struct saldo_options options = {
        .home = w->tool->home,
        .key = provider,
        .deadline_ms = w->tool->deadline_s * 1000,
        .no_local_checks = true, /* the ledger is to answer, not this machine */
    };

    *wire = find(w, provider);
    if (*wire == NULL) {
        *wire = make_room(w);
        if (*wire == NULL)
            return TOOL_OK;
        **wire = (struct wire){.provider = provider};
        enum saldo_error error = saldo_open(&options, &(*wire)->saldo);
        if (error != SALDO_OK)
            return session_fail((*wire)->saldo, error);
    }
    (*wire)->used = ++w->uses;
    return TOOL_OK;
}

/* Let every busy connection work off what has arrived, and prepare to wait for them. */
static int process(struct wires *w, struct pollfd *fds, nfds_t *count, int *wait_ms)
{
    *count = 0;
    *wait_ms = -1;
    for (size_t i = 0; i < w->count; i++) {
        struct wire *wire = &w->list[i];
        if (wire->under_way == 0)
            continue;
        enum saldo_error error = saldo_process(wire->saldo);
        if (error != SALDO_OK)
            return session_fail(wire->saldo, error);
        int due_ms = saldo_wait_ms(wire->saldo);
        if (due_ms >= 0 && (*wait_ms < 0 || due_ms < *wait_ms))
            *wait_ms = due_ms;
        fds[(*count)++] = (struct pollfd){.fd = saldo_fd(wire->saldo), .events = POLLIN};
    }
    return TOOL_OK;
}

int wires_wait(struct wires *w)
{
    struct pollfd fds[WIRES_MAX];
    size_t before = w->under_way;
    nfds_t count;
    int wait_ms;

    for (;;) {
        int rc = process(w, fds, &count, &wait_ms);
        if (rc != TOOL_OK || w->under_way < before || w->under_way == 0)
            return rc;
        if (poll(fds, count, wait_ms) < 0 && errno != EINTR)
            return tool_fail(TOOL_INTERNAL, "waiting for answers: %s", strerror(errno));
    }
}

void wires_close(struct wires *w)
{
    for (size_t i = 0; i < w->count; i++)
        saldo_close(w->list[i].saldo);
    w->count = 0;
}
