/* xml.h - reading and writing ISO 20022 messages: hostile input, bounded memory.
 *
 * Reading is by events: a handler is told of each element when it begins and when it ends, with
 * its path, its line and, at its end, its text. No tree is built; memory does not depend on the
 * size of the message. Encodings are UTF-8, UTF-16, ISO-8859-1 and -15, and Windows-1252; texts
 * arrive as UTF-8.
 * Refused, with line and element: what is not well-formed, a DOCTYPE (and so every entity but the
 * five of XML itself), more than XML_BYTES_MAX bytes, deeper than XML_DEPTH_MAX, a text longer
 * than XML_TEXT_MAX or a name longer than XML_NAME_MAX, a tag or comment longer than some
 * XML_TAG_MAX bytes, more than some XML_NAMES_MAX different names, text beside child elements. The
 * time a message takes grows as its length. Nothing is ever fetched, from the network or from the
 * disk.
 *
 * A handler learns only at the end whether the rest of the file is sound: collect first, and act
 * when xml_read_file() has returned true.
 *
 * Writing is by libxml2's text writer, which reports success for texts that XML cannot carry;
 * this one refuses them, and remembers its first error.
 * One thread each. */
#ifndef TOOLS_ISO20022_XML_H
#define TOOLS_ISO20022_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report.h"

enum {
    XML_BYTES_MAX = 1 << 30,
    XML_DEPTH_MAX = 32,     /* the messages of the bank have 15 */
    XML_NAME_MAX = 63,      /* bytes */
    XML_TEXT_MAX = 1 << 16, /* bytes of one element's text */
    XML_TAG_MAX = 1 << 13,  /* bytes; the library takes quadratic time over its attributes */
    XML_NAMES_MAX = 8192,   /* all of ISO 20022's payment messages together have fewer */
    XML_CURRENCY_MAX = 8,
    XML_WHERE_MAX = XML_DEPTH_MAX * (XML_NAME_MAX + 14), /* a path with its indexes */
};

/* ---- Reading ------------------------------------------------------------------------------- */

struct xml_reader; /* opaque */

/* An element; valid during the call of the handler. Names are local names. */
struct xml_element {
    const char *path;       /* "Document/BkToCstmrStmt/Stmt/Ntry/Amt" */
    const char *name;       /* "Amt": the path's end */
    const char *name_space; /* its URI; "" where it has none */
    const char *currency;   /* the attribute Ccy, cut to XML_CURRENCY_MAX - 1 bytes; "" */
    char *text;             /* at the end of an element without children, spaces and all; else "".
                               May be changed in place */
    size_t depth;           /* 1: the root */
    bool parent;            /* it has child elements, as far as is known by now */
    size_t line;            /* at the begin: of its start tag, at the end: of its end tag */
    struct xml_reader *reader;
};

/* Either may be NULL. */
struct xml_handler {
    void (*begin)(void *arg, const struct xml_element *e);
    void (*end)(void *arg, const struct xml_element *e);
    void *arg;
};

/* Read a whole message; what is wrong with it goes to `report`, under the file name it holds.
 * True: the message is well-formed to its end and kept all limits; complaints of the handler's own
 * are in report->count only. */
bool xml_read_file(const char *path, const struct xml_handler *handler, struct report *report);
bool xml_read_bytes(const void *bytes, size_t len, const struct xml_handler *handler,
                    struct report *report);

/* For a handler: complain about the element, as "file:line:element path: what is wrong", and go
 * on; or complain and read no further. */
__attribute__((format(printf, 2, 3))) void xml_complain(const struct xml_element *e,
                                                        const char *format, ...);
__attribute__((format(printf, 2, 3))) void xml_refuse(const struct xml_element *e,
                                                      const char *format, ...);

/* The path for people, where repeated elements have their index: ".../Ntry[2]/NtryDtls/TxDtls[14]".
 * Returns `out`. */
const char *xml_where(const struct xml_element *e, char out[XML_WHERE_MAX]);

/* The text without XML's white space at its two ends, in place. */
char *xml_trim(char *text);
/* The same, and inside it a blank for each white space or control character: banks wrap lines, and
 * the ledger's texts have one. */
char *xml_line(char *text);

/* An amount or a sum: digits with at most two decimals other than zero, below 10^15 euros. False:
 * it is none. An amount has no sign. */
bool xml_cents(const char *text, int64_t *cents);

/* ---- Writing ------------------------------------------------------------------------------- */

struct xml_writer; /* opaque */

/* Starts a UTF-8 document with `root` in the given namespace. The file stays the caller's. The
 * caller owns the result; never NULL. */
struct xml_writer *xml_writer_open(FILE *file, const char *root, const char *name_space);
void xml_begin(struct xml_writer *w, const char *name);
void xml_attribute(struct xml_writer *w, const char *name, const char *value);
void xml_text(struct xml_writer *w, const char *text);
void xml_end(struct xml_writer *w);
/* An element with nothing but a text. */
void xml_leaf(struct xml_writer *w, const char *name, const char *text);
/* Whether the elements that follow stand on lines of their own, as they do from the start. */
void xml_lines(struct xml_writer *w, bool lines);
/* Ends the root and the document, and flushes the file. False: something failed on the way, or a
 * text was not carried by XML. `w` is gone in any case. */
bool xml_writer_close(struct xml_writer *w);

/* Starts libxml2, and keeps it from printing: errors are returned and said once. The functions
 * above call it. */
void xml_start(void);

/* Can XML 1.0 carry it? Well-formed UTF-8 without control characters, U+FFFE and U+FFFF. Line ends
 * and tabs are refused too: a reader may change them. */
bool xml_carries(const char *text);

#endif
