/* scrape.h - what a running daemon says of itself over HTTP, see daemon/monitor/monitor.h. One
 * thread. */
#ifndef TOOLS_TOP_SCRAPE_H
#define TOOLS_TOP_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRAPE_BYTES = 256 * 1024, SCRAPE_ERROR_BYTES = 160 };

struct scrape {
    int64_t at_us; /* of a clock that only runs forward */
    bool good;
    char error[SCRAPE_ERROR_BYTES]; /* why not */
    char metrics[SCRAPE_BYTES];     /* text of /metrics */
    char health[4096];              /* JSON of /healthz */
};

/* Ask ADDRESS:PORT; three seconds at most for each of the two pages. False: out->error. */
bool scrape_take(struct scrape *out, const char *address);

/* The value of a sample, "name" or "name{label="value"}" exactly as in the text; 0 where there is
 * none. */
double scrape_value(const struct scrape *s, const char *sample);
/* The value of a label of the first sample of that name; false: none, or it does not fit. */
bool scrape_label(const struct scrape *s, const char *name, const char *label, char *out,
                  size_t size);
/* Walk the samples of a name: `*at` begins at NULL and is set behind each. False: no more. The
 * label text is what stands between the braces, borrowed; empty where there are none. */
struct scrape_sample {
    const char *labels;
    size_t labels_len;
    double value;
};
bool scrape_next(const struct scrape *s, const char *name, const char **at,
                 struct scrape_sample *out);

#endif
