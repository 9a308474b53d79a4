/* order.h - a command that is accepted as it stands, and what each of its fields may hold, for
 * tests that take them one at a time. */
#ifndef TESTS_SUPPORT_ORDER_H
#define TESTS_SUPPORT_ORDER_H

#include "base/arena.h"
#include "tests/support/field_kind.h"
#include "tests/support/office.h"

enum { FIELDS_MAX = 15, EXTRA_MAX = 4 };

struct field {
    const char *name;
    enum field_kind kind;
    enum outcome unknown;         /* for the unknown value of its kind; ACCEPTED: there is none */
    const char *wrong[EXTRA_MAX]; /* beside those of its kind: against the other fields */
    bool dated;                   /* the state forbids edges with FIELD_INVALID too */
};

struct order {
    Saldo__V1__Command__BodyCase body;
    const char *key;
    const char *outsider; /* may do the same, for another county */
    enum outcome outcome; /* as it stands */
    const char *words;    /* $name: bytes that the scene has made */
    struct field fields[FIELDS_MAX];
};

#define F(field, of, ...)                                                                          \
    {                                                                                              \
        .name = field, .kind = FIELD_##of, __VA_ARGS__                                             \
    }
#define UNKNOWN(what) OUTCOME_##what##_UNKNOWN
#define NONE          OUTCOME_ACCEPTED

/* A morning (office_morning()) in which all orders of the tests can be given. */
struct scene {
    struct world *w;
    struct arena arena;
    void *memory;
    uint8_t to_delete[LIMIT_REQUEST_ID_BYTES];
    uint8_t to_review[LIMIT_REQUEST_ID_BYTES];
    uint8_t to_credit[LIMIT_REQUEST_ID_BYTES];
};
struct scene scene_made(void);
/* Later, with a released run, a bank line nobody explains and a credit for the night; all of it is
 * in the tables. */
struct scene scene_stored(void);
void scene_free(struct scene *s); /* as town_free() */

/* A message of words (words.h), in which $name is what the scene means by it; valid until the next.
 */
ProtobufCMessage *scene_words(struct scene *s, const ProtobufCMessageDescriptor *type,
                              const char *text);
ProtobufCMessage *order_message(struct scene *s, const struct order *o);

/* Each in turn: every wrong value of every field, every unknown name, the outsider, then the order
 * itself, then the edges. Fails the test where one comes out otherwise. */
void orders_play(struct scene *s, const struct order *orders, size_t count);

#endif
