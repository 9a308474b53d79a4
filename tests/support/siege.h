/* siege.h - many who mean no good, at once and for as long as wanted, each in a thread of its own:
 *
 *   flood      one key over hundreds of connections: charges as fast as it goes, more under way
 *              than its share, and what is answered BUSY is sent again at once
 *   noise      one key, malformed messages at full speed, some of them larger than any may be
 *   deaf       one key, connections that ask for long lists and never read a reply
 *   strangers  nobody's keys: handshakes that end in a refusal, and tcp connections that say
 *              nothing, or only half of what is expected
 *
 * The keys "flood", "noise" and "deaf" are in the home folder and registered. What the flood asked
 * for is remembered, so that the books can be held against it. Aborts where the machine fails. */
#ifndef TESTS_SUPPORT_SIEGE_H
#define TESTS_SUPPORT_SIEGE_H

#include <stdbool.h>
#include <stdint.h>

struct siege;

struct siege_options {
    const char *home;
    uint32_t connections; /* of the flood */
    uint32_t deaf;        /* connections that read nothing */
    uint32_t half_open;   /* tcp connections that end in no handshake */
    uint32_t requests;    /* most that the flood remembers; it ends there */
};

/* Everybody begins. */
struct siege *siege_begin(const struct siege_options *o);
/* Everybody but the flood goes; the flood asks for nothing new, waits for the answers that are due,
 * and goes, too. False: not within that time. */
bool siege_end(struct siege *s, int timeout_ms);
void siege_free(struct siege *s);

struct siege_count {
    uint64_t offered;  /* requests of the flood that were sent, repetitions after BUSY too */
    uint64_t busy;     /* BUSY to them */
    uint64_t other;    /* answers that nothing explains */
    uint64_t noise;    /* malformed messages */
    uint64_t oversize; /* of them: larger than any may be */
    uint64_t unread;   /* replies that were asked for and not read */
    uint64_t refused;  /* handshakes of nobody's keys */
    uint64_t admitted; /* of them: let in, and that must not be */
    uint64_t half_open;
};
struct siege_count siege_count(const struct siege *s);

/* What the flood asked for: number 0 .. siege_asked() - 1. Code -1: no answer. After the end. */
uint32_t siege_asked(const struct siege *s);
uint32_t siege_answered(const struct siege *s); /* any time */
void siege_told(const struct siege *s, uint32_t number, uint8_t id[16], int32_t *code);

#endif
