/* fault.h - what a machine can do to us: disk, memory, sockets, files.
 *
 * A fault is never an answer to a client and never in the journal; those are outcomes
 * (outcome.h). Bugs are CHECK (check.h). */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#define FAULT_LIST(X)                                                    \
    X(FAULT_NONE, "no fault")                                            \
    X(FAULT_MEMORY, "out of memory")                                     \
    X(FAULT_IO, "input or output failed")                                \
    X(FAULT_FULL, "the disk or the map is full")                         \
    X(FAULT_CORRUPT, "stored data is damaged")                           \
    X(FAULT_VERSION, "stored data has another format version")           \
    X(FAULT_LOCKED, "another process holds it")                          \
    X(FAULT_ABSENT, "no such file or entry")                             \
    X(FAULT_CONFIG, "the configuration is not usable")                   \
    X(FAULT_STALE, "another writer has taken over")                      \
    X(FAULT_UNKNOWN, "the result of a write is unknown")                 \
    X(FAULT_NETWORK, "the network failed")                               \
    X(FAULT_UNSAFE, "the file system or library version is not safe")    \
    X(FAULT_NEWER, "stored data was written by a newer program")

#define FAULT_ENUM(name, text) name,
enum fault { FAULT_LIST(FAULT_ENUM) FAULT_COUNT };
#undef FAULT_ENUM

/* Text for logs; never NULL, never freed. */
const char *fault_text(enum fault f);

#endif
