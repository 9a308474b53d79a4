/* vectors.h - tests/vectors/finnish.tsv, one row after another. */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include "tests/support/unit.h"

struct vector {
    char kind[16];
    char value[64];
    char expect[64];
};

/* Call `row` with every vector; returns how many there are of `kind`. */
static inline int vectors_each(const char *kind, void (*row)(const struct vector *v))
{
    FILE *file = fopen("tests/vectors/finnish.tsv", "r");
    char line[512];
    int count = 0;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        struct vector v;
        if (sscanf(line, "%15[^\t]\t%63[^\t]\t%63[^\t\n]", v.kind, v.value, v.expect) != 3)
            continue;
        if (strcmp(v.kind, kind) != 0)
            continue;
        row(&v);
        count++;
    }
    fclose(file);
    return count;
}

#endif
