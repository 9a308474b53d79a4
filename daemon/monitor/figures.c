#include "monitor/figures.h"

#include <stdlib.h>
#include <string.h>

#include "outcome.h"

#define CODE_FITS(name, number, text)                                                              \
    _Static_assert((number) < FIGURES_CODES, "an outcome is counted by its number");
OUTCOME_LIST(CODE_FITS)

const uint64_t figures_commit_us_bounds[FIGURES_STEPS] = {
    100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000, 5000000};
const uint64_t figures_commit_entries_bounds[FIGURES_STEPS] = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3072, 4096};

struct figures *figures_new(void)
{
    const size_t size =
        (sizeof(struct figures) + FIGURES_LINE_BYTES - 1) & ~(size_t)(FIGURES_LINE_BYTES - 1);
    struct figures *f = aligned_alloc(FIGURES_LINE_BYTES, size);
    if (f != NULL)
        memset(f, 0, size);
    return f;
}

void figures_put(struct figures_histogram *h, const uint64_t *bounds, uint64_t value)
{
    uint32_t i = 0;
    while (i < FIGURES_STEPS && value > bounds[i])
        i++;
    figures_add(&h->steps[i], 1);
    figures_add(&h->sum, value);
}
