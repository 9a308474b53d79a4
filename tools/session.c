#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static int exit_of(enum saldo_error error)
{
    switch (error) {
    case SALDO_OK:
        return TOOL_OK;
    case SALDO_ERROR_CONFIG:
    case SALDO_ERROR_KEY:
    case SALDO_ERROR_ARGUMENT:
        return TOOL_USAGE;
    case SALDO_ERROR_NETWORK:
    case SALDO_ERROR_TIMEOUT:
    case SALDO_ERROR_BUSY:
    case SALDO_ERROR_READ_ONLY:
        return TOOL_NETWORK;
    case SALDO_ERROR_REFUSED:
        return TOOL_REFUSED;
    case SALDO_ERROR_PROOF:
        return TOOL_PROOF;
    case SALDO_ERROR_MEMORY:
    case SALDO_ERROR_PROTOCOL:
        break;
    }
    return TOOL_INTERNAL;
}

int session_fail(const struct saldo *saldo, enum saldo_error error)
{
    const char *detail = saldo != NULL ? saldo_error_detail(saldo) : "";

    if (error == SALDO_ERROR_REFUSED)
        tool_fail(0, "%s: %s", saldo_outcome_name(saldo_error_code(saldo)),
                  saldo_outcome_text(saldo_error_code(saldo)));
    else
        tool_fail(0, "%s", detail[0] != '\0' ? detail : saldo_error_text(error));
    if (error == SALDO_ERROR_TIMEOUT)
        tool_fail(0, "is saldod running, and is the endpoint in saldo.conf the right one?");
    return exit_of(error);
}

int session_open(struct session *s, struct tool *tool, const char *key)
{
    struct saldo_options options = {
        .home = tool->home,
        .key = tool->key != NULL ? tool->key : key,
        .deadline_ms = tool->deadline_s * 1000,
    };

    *s = (struct session){.tool = tool};
    enum saldo_error error = saldo_open(&options, &s->saldo);
    return error == SALDO_OK ? TOOL_OK : session_fail(s->saldo, error);
}

void session_close(struct session *s)
{
    if (s->reply != NULL)
        saldo__v1__reply__free_unpacked(s->reply, NULL);
    saldo_close(s->saldo);
    *s = (struct session){0};
}

int session_ask(struct tool *tool, session_work *work, void *arg)
{
    struct session s;
    int rc = session_open(&s, tool, NULL);

    if (rc == TOOL_OK)
        rc = work(&s, arg);
    session_close(&s);
    return rc;
}

/* ---- Queries --------------------------------------------------------------------------------- */

int session_try(struct session *s, const Saldo__V1__QueryRequest *query,
                Saldo__V1__Reply__ResultCase wanted, int *code)
{
    size_t size = saldo__v1__query_request__get_packed_size(query);
    uint8_t *bytes = tool_alloc(size, 1);
    const void *reply;
    size_t reply_len;

    *code = OUTCOME_ACCEPTED;
    if (s->reply != NULL)
        saldo__v1__reply__free_unpacked(s->reply, NULL);
    s->reply = NULL;
    saldo__v1__query_request__pack(query, bytes);
    enum saldo_error error = saldo_query(s->saldo, bytes, size, &reply, &reply_len);
    free(bytes);
    if (error == SALDO_ERROR_REFUSED)
        *code = saldo_error_code(s->saldo);
    if (error != SALDO_OK)
        return error == SALDO_ERROR_REFUSED ? TOOL_REFUSED : session_fail(s->saldo, error);
    s->reply = saldo__v1__reply__unpack(NULL, reply_len, reply);
    if (s->reply == NULL || s->reply->result_case != wanted)
        return tool_fail(TOOL_INTERNAL, "the reply to a query cannot be understood");
    return TOOL_OK;
}

int session_query(struct session *s, const Saldo__V1__QueryRequest *query,
                  Saldo__V1__Reply__ResultCase wanted)
{
    int code;
    int rc = session_try(s, query, wanted, &code);

    return rc == TOOL_REFUSED ? session_fail(s->saldo, SALDO_ERROR_REFUSED) : rc;
}

int session_status(struct session *s)
{
    Saldo__V1__StatusQuery status = SALDO__V1__STATUS_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    uint8_t id[16];

    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_STATUS;
    query.status = &status;
    int rc = session_query(s, &query, SALDO__V1__REPLY__RESULT_STATUS);
    if (rc != TOOL_OK)
        return rc;
    saldo_request_id(id);
    s->id_time_ms = 0;
    for (size_t i = 0; i < 6; i++)
        s->id_time_ms = s->id_time_ms << 8 | id[i];
    if (s->reply->status->simulated)
        s->id_time_ms = s->reply->status->time_ms;
    return TOOL_OK;
}

/* ---- Commands -------------------------------------------------------------------------------- */

void session_id(const struct session *s, uint8_t id[16])
{
    saldo_request_id_at(s->id_time_ms, id);
}

int session_commands(struct session *s, const struct session_commands *commands,
                     struct saldo_answer *answers)
{
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;

    request.recorded_at_ms = commands->recorded_at_ms;
    request.n_commands = commands->count;
    request.commands = commands->list;
    size_t size = saldo__v1__command_request__get_packed_size(&request);
    uint8_t *bytes = tool_alloc(size, 1);
    saldo__v1__command_request__pack(&request, bytes);
    enum saldo_error error =
        saldo_command(s->saldo, bytes, size, commands->settlement, answers, commands->count);
    free(bytes);
    return error == SALDO_OK ? TOOL_OK : session_fail(s->saldo, error);
}

static int write_answer(const struct tool *tool, const struct saldo_answer *answer)
{
    static const char *const columns[] = {"code", "entry", "recorded", "simulated", "meaning"};
    struct output *o =
        output_open(stdout, tool->format, &(struct output_shape){columns, 5, .record = true});

    output_text(o, saldo_outcome_name(answer->code));
    output_number(o, (int64_t)answer->number);
    output_time(o, answer->time_ms);
    output_flag(o, answer->simulated);
    output_text(o, saldo_outcome_text(answer->code));
    if (!output_close(o))
        return tool_fail(TOOL_INTERNAL, "the result cannot be written");
    return answer->code == OUTCOME_ACCEPTED ? TOOL_OK : TOOL_REFUSED;
}

int session_act_answer(struct tool *tool, const char *key, Saldo__V1__Command *command,
                       struct saldo_answer *answer)
{
    struct session s;
    uint8_t id[16];
    int rc = session_open(&s, tool, key);

    *answer = (struct saldo_answer){0};
    if (rc == TOOL_OK)
        rc = session_status(&s);
    if (rc == TOOL_OK) {
        session_id(&s, id);
        command->request_id = (ProtobufCBinaryData){sizeof(id), id};
        rc = session_commands(&s, &(struct session_commands){.list = &command, .count = 1}, answer);
    }
    session_close(&s);
    return rc == TOOL_OK ? write_answer(tool, answer) : rc;
}

int session_act(struct tool *tool, const char *key, Saldo__V1__Command *command)
{
    struct saldo_answer answer;

    return session_act_answer(tool, key, command, &answer);
}
