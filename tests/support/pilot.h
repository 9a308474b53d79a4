/* pilot.h - the pilots of 2018 as entries: the catalogue, the events, and a SettleDay for every
 * night before the first event of the next day. */
#ifndef TESTS_SUPPORT_PILOT_H
#define TESTS_SUPPORT_PILOT_H

#include "request.h"

#define PILOT_ADMINISTRATOR "administrator" /* names for test_key() */
#define PILOT_SETTLEMENT    "settlement"

struct pilot_entry {
    int64_t time_ms;
    const char *key; /* the name of the key that signs */
    enum purpose purpose;
    const ProtobufCMessage *message;
    size_t line;     /* of events.csv, from 1; 0: catalogue or night */
    int32_t settled; /* a night: the day it settles; 0 otherwise */
};

/* Call `apply` for every entry in order. */
void pilot_play(void (*apply)(void *arg, const struct pilot_entry *e), void *arg);

/* Of the files in tests/pilot; "YYYY-MM-DD" to a day, 0 where empty. */
#define PILOT_FOLDER "tests/pilot"
int32_t pilot_day(const char *text);

#endif
