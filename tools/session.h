/* session.h - one connection of the command to the ledger: queries and commands as messages.
 *
 * Functions return an exit code; whatever is not TOOL_OK has been said on standard error. One
 * thread. */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "saldo.h"
#include "saldo.pb-c.h"
#include "tool.h"

struct session {
    struct tool *tool;
    struct saldo *saldo;     /* owned */
    Saldo__V1__Reply *reply; /* of the last query; owned */
    int64_t id_time_ms;      /* the instant that new request ids carry */
};

/* `key` is used where the command line named none; NULL is the one of saldo.conf.
 * session_close() in any case. */
int session_open(struct session *s, struct tool *tool, const char *key);
void session_close(struct session *s);

/* Open, do `work`, close: all that a subcommand does which only asks. Returns what `work` does. */
typedef int session_work(struct session *s, void *arg);
int session_ask(struct tool *tool, session_work *work, void *arg);

/* Ask; on TOOL_OK s->reply holds the result of the kind `wanted`, until the next query. */
int session_query(struct session *s, const Saldo__V1__QueryRequest *query,
                  Saldo__V1__Reply__ResultCase wanted);
/* The same, but what the ledger refuses is given in *code and not complained about. */
int session_try(struct session *s, const Saldo__V1__QueryRequest *query,
                Saldo__V1__Reply__ResultCase wanted, int *code);

/* The ledger's state, in s->reply->status. Also sets the instant for new ids: on a simulated ledger
 * that of its own clock, which only its requests move, otherwise now. */
int session_status(struct session *s);

/* An id for a command; session_status() must have been called. */
void session_id(const struct session *s, uint8_t id[16]);

struct session_commands {
    Saldo__V1__Command **list; /* each with its request id */
    size_t count;              /* 1..SALDO_BATCH_MAX, together below the size of a request */
    bool settlement;
    int64_t recorded_at_ms; /* only on a simulated ledger; 0: its clock stays */
};
/* Send; on TOOL_OK `answers` has one answer for each. */
int session_commands(struct session *s, const struct session_commands *commands,
                     struct saldo_answer *answers);

/* Open, send one command (which gets its id here), write the answer, close: all that most
 * subcommands do. TOOL_REFUSED when the ledger refused it. */
int session_act(struct tool *tool, const char *key, Saldo__V1__Command *command);
/* The same, and *answer is what was written; all 0 where the ledger did not answer. */
int session_act_answer(struct tool *tool, const char *key, Saldo__V1__Command *command,
                       struct saldo_answer *answer);

/* Complain about an error of the library; returns the exit code for it. */
int session_fail(const struct saldo *saldo, enum saldo_error error);

#endif
