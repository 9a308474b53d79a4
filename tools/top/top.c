/* saldo top - the running daemon, seen in a terminal. */
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "arguments.h"
#include "top/scrape.h"
#include "top/view.h"

enum { EVERY_MAX = 3600, ONCE_MS = 1000, COLUMNS = 80, ROWS = 24 };

struct top {
    const char *address;
    struct scrape scrapes[2];
    int newest;
    struct view view;
};

static volatile sig_atomic_t ended;

static void on_end(int signal)
{
    (void)signal;
    ended = 1;
}

/* ---- One look ---- */

static const struct scrape *look(struct top *t)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    t->view.time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    t->newest = !t->newest;
    scrape_take(&t->scrapes[t->newest], t->address);
    return &t->scrapes[t->newest];
}

/* The terminal's size; that of a letter where there is none. */
static void measure(struct view *v, bool bounded)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        size = (struct winsize){.ws_col = COLUMNS, .ws_row = ROWS};
    v->columns = size.ws_col < VIEW_COLUMNS_MIN   ? VIEW_COLUMNS_MIN
                 : size.ws_col > VIEW_COLUMNS_MAX ? VIEW_COLUMNS_MAX
                                                  : size.ws_col;
    v->rows = bounded ? size.ws_row - 1 : INT16_MAX;
}

static int write_once(struct top *t)
{
    const struct timespec pause = {ONCE_MS / 1000, 0};
    if (!look(t)->good)
        return tool_fail(TOOL_NETWORK, "%s", t->scrapes[t->newest].error);
    nanosleep(&pause, NULL);
    if (!look(t)->good)
        return tool_fail(TOOL_NETWORK, "%s", t->scrapes[t->newest].error);
    view_note(&t->view, &t->scrapes[!t->newest], &t->scrapes[t->newest]);
    measure(&t->view, false);
    view_write(&t->view, &t->scrapes[!t->newest], &t->scrapes[t->newest], stdout);
    return tool_written(fflush(stdout) == 0 && !ferror(stdout));
}

/* ---- JSON ---- */

/* Every sample under its name as it stands in /metrics, and what /healthz says. */
static int write_json(struct top *t)
{
    const struct scrape *s = look(t);
    if (!s->good)
        return tool_fail(TOOL_NETWORK, "%s", s->error);
    json_t *figures = json_object();
    json_t *root = json_loads(s->health, 0, NULL);
    const char *line = s->metrics;
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char name[256];
        const char *space = end;
        while (space > line && *space != ' ')
            space--;
        if (*line == '#' || (size_t)(space - line) >= sizeof(name))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)(space - line), line);
        json_object_set_new(figures, name, json_real(strtod(space, NULL)));
    }
    bool good = root != NULL && json_object_set_new(root, "figures", figures) == 0 &&
                json_dumpf(root, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF &&
                fflush(stdout) == 0;
    json_decref(root);
    return tool_written(good);
}

/* ---- The terminal ---- */

/* True: somebody wants to leave. */
static bool wait_for_key(int64_t every_s)
{
    struct pollfd keys = {STDIN_FILENO, POLLIN, 0};
    char key = 0;
    if (poll(&keys, isatty(STDIN_FILENO) ? 1 : 0, (int)every_s * 1000) <= 0)
        return ended != 0;
    return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 3;
}

static void watch(struct top *t, int64_t every_s)
{
    fputs("\033[?1049h\033[?25l", stdout); /* a screen of our own, without a cursor */
    bool first = true;
    do {
        look(t);
        if (!first)
            view_note(&t->view, &t->scrapes[!t->newest], &t->scrapes[t->newest]);
        measure(&t->view, true);
        fputs("\033[H", stdout);
        view_write(&t->view, first ? NULL : &t->scrapes[!t->newest], &t->scrapes[t->newest],
                   stdout);
        fputs("\033[J", stdout);
        fflush(stdout);
        first = false;
    } while (!ended && !wait_for_key(every_s));
    fputs("\033[?25h\033[?1049l", stdout);
    fflush(stdout);
}

static int watch_terminal(struct top *t, int64_t every_s)
{
    struct sigaction action = {.sa_handler = on_end};
    struct termios was, raw;
    const bool keyboard = tcgetattr(STDIN_FILENO, &was) == 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    if (keyboard) {
        raw = was;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    watch(t, every_s);
    if (keyboard)
        tcsetattr(STDIN_FILENO, TCSANOW, &was);
    return TOOL_OK;
}

int run_top(struct tool *tool, int argc, char **argv)
{
    struct top *t = tool_alloc(1, sizeof(*t));
    bool once = false;
    int64_t every_s = 2;
    const char *no_colour = getenv("NO_COLOR");
    const struct argument table[] = {
        {"ADDRESS", ARGUMENT_TEXT, &t->address,
         "\"monitor\" of saldod.conf; 127.0.0.1:7448 unless given", true, 0},
        {"--once", ARGUMENT_FLAG, &once, "write one screen, with the rates of a second", 0, 0},
        {"--every", ARGUMENT_NUMBER, &every_s, "seconds between looks; 2", 0, "SECONDS"},
    };
    t->address = "127.0.0.1:7448";
    enum arguments_result parsed =
        arguments_parse(tool,
                        &(struct arguments){"top", "The running daemon in figures; q ends it.",
                                            table, sizeof(table) / sizeof(table[0])},
                        argc, argv);
    int rc = arguments_exit(parsed);
    if (parsed == ARGUMENTS_GO) {
        const bool terminal = isatty(STDOUT_FILENO);
        setlocale(LC_CTYPE, "");
        t->view.colour = terminal && (no_colour == NULL || no_colour[0] == '\0');
        t->view.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        if (every_s < 1 || every_s > EVERY_MAX)
            rc = tool_fail(TOOL_USAGE, "top: --every takes 1 to %d seconds", EVERY_MAX);
        else if (tool->json)
            rc = write_json(t);
        else if (once || !terminal)
            rc = write_once(t);
        else
            rc = watch_terminal(t, every_s);
    }
    free(t);
    return rc;
}
