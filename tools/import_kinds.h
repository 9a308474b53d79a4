/* import_kinds.h - what import_rows.c knows of each file; private to the two. */
#ifndef TOOLS_IMPORT_KINDS_H
#define TOOLS_IMPORT_KINDS_H

#include "columns.h"
#include "import_rows.h"

struct import_kind {
    const char *name;
    const ProtobufCMessageDescriptor *message;
    Saldo__V1__Command__BodyCase body;
    const struct column *columns;
    size_t count;
    size_t from, to; /* offsets of the first and the last day; 0: the file has none */
    const char *to_name;
    bool (*check)(const void *message, const struct column_site *site); /* NULL: nothing more */
};

#endif
