/* monitor.h - GET /metrics and GET /healthz over HTTP, for Prometheus, probes and `saldo top`.
 *
 * It reads figures and nothing else: no request over HTTP can change or hold up the ledger, and no
 * answer holds personal data. There is no password: it listens on loopback unless saldod.conf(5)
 * says otherwise.
 * Bounds: MONITOR_CONNECTIONS at a time, each with little memory, closed after one answer or
 * MONITOR_LIFE_US, however slowly it goes on talking.
 * Threads: one of its own. */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include <stdbool.h>

#include "base/fault.h"
#include "monitor/metrics.h"

enum { MONITOR_CONNECTIONS = 16, MONITOR_LIFE_US = 10000000 };

struct monitor; /* opaque */

/* Is it "ADDRESS:PORT" with a numeric address, in brackets if it is one of IPv6? */
bool monitor_address_valid(const char *address);

/* Listen on a valid address. Figures are borrowed and must outlive it. Signals must be blocked.
 * FAULT_MEMORY, or FAULT_IO with errno where the address cannot be had; *out is NULL then. */
enum fault monitor_start(const char *address, const struct figures *figures,
                         const struct metrics_facts *facts, struct monitor **out);
void monitor_stop(struct monitor *m); /* NULL is fine; at most a second */

#endif
