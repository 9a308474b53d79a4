/* exits.h - exit codes of saldod; saldod(8) documents them. */
#ifndef EXITS_H
#define EXITS_H

#define SALDOD_VERSION "0.1.0"

enum exits {
    EXITS_OK = 0,
    EXITS_START = 1,   /* cannot start or serve: configuration, files, sockets, memory */
    EXITS_USAGE = 2,   /* wrong arguments */
    EXITS_WRITE = 3,   /* a write failed or its result is unknown: start again, it replays */
    EXITS_FENCED = 4,  /* another process has written to the journal */
    EXITS_DAMAGED = 5, /* stored data is damaged, or a decision does not come out again */
};

#endif
