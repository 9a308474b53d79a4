/* fake_daemon.h - a daemon in a thread that keeps no ledger and misbehaves as it is told.
 *
 * ROUTER with CURVE and ZAP on a loopback port, and a home folder for one client. A script says
 * what to do with each request that arrives, one letter each; the last letter goes on for ever:
 *   o  answer                           d  drop it
 *   2  answer twice                     l  answer after FAKE_LATE_MS
 *   b  BUSY                             r  READ_ONLY
 *   f  refuse as BAD_SIGNATURE          g  reply with garbage
 *   c  answer with another correlation  m  answer with a third frame
 *   e  reply without a receipt
 *   receipts that must not verify: w  signed by another key   h  for another request
 *   t  a bit of the decision flipped    n  for another number  a  an answer too few
 *   s  says simulated
 * Every request is checked: its signature, its canonical form, and that an id never comes in two
 * different signed requests. Aborts on errors of its own. */
#ifndef SUPPORT_FAKE_DAEMON_H
#define SUPPORT_FAKE_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_LATE_MS = 150 };

struct fake_options {
    const char *script;
    bool simulated;
    unsigned refuse_connections; /* by ZAP, so many at first */
};

struct fake_stats {
    unsigned requests;      /* that arrived, resends too */
    unsigned distinct;      /* signed requests among them */
    unsigned conflicts;     /* ids in more than one signed request */
    unsigned bad;           /* wrongly signed or not canonical */
    unsigned admitted;      /* connections */
    int64_t recorded_at_ms; /* of the last request */
};

struct fake;

/* Makes a temporary home folder with the key "provider", and starts. */
struct fake *fake_start(const struct fake_options *o);
const char *fake_home(const struct fake *f);
void fake_stop(struct fake *f);  /* the thread; the home folder stays for fake_again() */
void fake_again(struct fake *f); /* on the same port with the same keys, script from the start */
struct fake_stats fake_stats(const struct fake *f); /* after fake_stop() */
void fake_free(struct fake *f);                     /* after fake_stop(); removes the folder */

#endif
