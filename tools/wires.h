/* wires.h - a connection for each provider that charges, opened when it is first needed.
 *
 * At most WIRES_MAX are open; the one unused for longest makes room. One thread. */
#ifndef TOOLS_WIRES_H
#define TOOLS_WIRES_H

#include <stddef.h>
#include <stdint.h>

#include "saldo.h"
#include "tool.h"

enum { WIRES_MAX = 48 }; /* each takes about a dozen descriptors of the usual 1,024 */

struct wire {
    const char *provider; /* borrowed */
    struct saldo *saldo;
    uint64_t used; /* when, in uses */
    size_t under_way;
};

struct wires {
    struct tool *tool;
    struct wire list[WIRES_MAX];
    size_t count;
    uint64_t uses;
    size_t under_way; /* of all */
};

/* Returns an exit code; *wire is NULL with TOOL_OK where all of them have requests under way: wait
 * and ask again. */
int wires_get(struct wires *w, const char *provider, struct wire **wire);

/* Let the library work until at least one request has been answered or given up. */
int wires_wait(struct wires *w);

void wires_close(struct wires *w);

#endif
