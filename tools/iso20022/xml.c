#include "iso20022/xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tool.h"

enum { CHUNK_BYTES = 1 << 12, NAME_SPACE_BYTES = 128 };

/* An element that is open. Repeated elements of a message follow each other, so counting the run
 * of equal names is enough for an index. */
struct level {
    size_t name_at; /* in the path */
    size_t index;   /* among its equal siblings, from 1 */
    char child[XML_NAME_MAX + 1];
    size_t children; /* of that name, in a row */
    bool parent;
    char currency[XML_CURRENCY_MAX];
    char name_space[NAME_SPACE_BYTES];
};

struct xml_reader {
    const struct xml_handler *handler;
    struct report *report;
    xmlParserCtxtPtr parser;
    bool refused;
    bool ending; /* no more bytes will come */
    bool ended;  /* the root */
    size_t depth;
    struct level levels[XML_DEPTH_MAX + 1]; /* 0: the document itself */
    char path[XML_DEPTH_MAX * (XML_NAME_MAX + 1) + 1];
    size_t path_len;
    char text[XML_TEXT_MAX + 1];
    size_t text_len;
};

static struct xml_element element(struct xml_reader *r)
{
    struct level *own = &r->levels[r->depth];
    int line = xmlSAX2GetLineNumber(r->parser);

    r->text[own->parent ? 0 : r->text_len] = '\0';
    return (struct xml_element){
        .path = r->path,
        .name = r->path + own->name_at,
        .name_space = own->name_space,
        .currency = own->currency,
        .text = r->text,
        .depth = r->depth,
        .parent = own->parent,
        .line = line > 0 ? (size_t)line : 0,
        .reader = r,
    };
}

const char *xml_where(const struct xml_element *e, char out[XML_WHERE_MAX])
{
    const struct xml_reader *r = e->reader;
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 1; i <= r->depth; i++) {
        size_t from = r->levels[i].name_at;
        size_t to = i < r->depth ? r->levels[i + 1].name_at - 1 : r->path_len;
        int more = snprintf(out + len, XML_WHERE_MAX - len, "%s%.*s", i > 1 ? "/" : "",
                            (int)(to - from), r->path + from);
        len += more > 0 ? (size_t)more : 0;
        if (r->levels[i].index > 1 && len < XML_WHERE_MAX)
            more = snprintf(out + len, XML_WHERE_MAX - len, "[%zu]", r->levels[i].index);
        else
            more = 0;
        len += more > 0 ? (size_t)more : 0;
        if (len >= XML_WHERE_MAX)
            break;
    }
    return out;
}

__attribute__((format(printf, 3, 0))) static void complain(struct xml_reader *r, size_t line,
                                                           const char *format, va_list list)
{
    struct xml_element e = {.reader = r};
    char where[XML_WHERE_MAX];
    char text[512];

    vsnprintf(text, sizeof(text), format, list);
    xml_where(&e, where);
    report_at(r->report, line, where[0] != '\0' ? where : NULL, "%s", text);
}

void xml_complain(const struct xml_element *e, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    complain(e->reader, e->line, format, list);
    va_end(list);
}

static void stop(struct xml_reader *r)
{
    r->refused = true;
    xmlStopParser(r->parser);
}

void xml_refuse(const struct xml_element *e, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    complain(e->reader, e->line, format, list);
    va_end(list);
    stop(e->reader);
}

/* For what libxml2 and the limits say: only the first is worth reading. */
__attribute__((format(printf, 2, 3))) static void refuse(struct xml_reader *r, const char *format,
                                                         ...)
{
    int line = xmlSAX2GetLineNumber(r->parser);
    va_list list;

    if (r->refused)
        return;
    va_start(list, format);
    complain(r, line > 0 ? (size_t)line : 0, format, list);
    va_end(list);
    stop(r);
}

static void keep(char *out, size_t size, const char *from, size_t len)
{
    len = len < size - 1 ? len : size - 1;
    if (len > 0)
        memcpy(out, from, len);
    out[len] = '\0';
}

/* SAX2 gives five pointers an attribute: name, prefix, namespace, value and its end. */
static void take_currency(struct level *own, int count, const xmlChar **attributes)
{
    own->currency[0] = '\0';
    for (int i = 0; i < count; i++) {
        const char *const *a = (const char *const *)(attributes + (ptrdiff_t)5 * i);
        if (strcmp(a[0], "Ccy") == 0 && a[1] == NULL)
            keep(own->currency, sizeof(own->currency), a[3], (size_t)(a[4] - a[3]));
    }
}

/* One level down; the path grows by the name. */
static void descend(struct xml_reader *r, const char *name, size_t len)
{
    struct level *above = &r->levels[r->depth];
    struct level *own = &r->levels[++r->depth];

    if (strcmp(above->child, name) != 0)
        above->children = 0;
    keep(above->child, sizeof(above->child), name, len);
    above->parent = true;
    *own = (struct level){.index = ++above->children};
    if (r->path_len > 0)
        r->path[r->path_len++] = '/';
    own->name_at = r->path_len;
    memcpy(r->path + r->path_len, name, len + 1);
    r->path_len += len;
}

static bool only_space(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0' || strchr(" \t\r\n", text[i]) == NULL)
            return false;
    return true;
}

/* Only encodings in which every character has one spelling, and which banks use. */
static bool is_known_encoding(const xmlChar *name)
{
    static const char *const known[] = {"UTF-8",      "UTF-16",      "UTF-16LE",
                                        "UTF-16BE",   "ASCII",       "US-ASCII",
                                        "ISO-8859-1", "ISO-8859-15", "WINDOWS-1252"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (name == NULL || strcasecmp((const char *)name, known[i]) == 0)
            return true;
    return false;
}

static void on_begin(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int spaces_count, const xmlChar **spaces, int count, int defaulted,
                     const xmlChar **attributes)
{
    struct xml_reader *r = arg;
    size_t len = strlen((const char *)name);

    (void)prefix, (void)spaces_count, (void)spaces, (void)defaulted;
    if (r->refused)
        return;
    if (!only_space(r->text, r->text_len))
        refuse(r, "a text stands beside child elements: the message is not of ISO 20022");
    else if (r->depth == 0 && !is_known_encoding(r->parser->encoding))
        refuse(r, "the encoding is not one of UTF-8, UTF-16, ISO-8859-1 and -15, Windows-1252");
    else if (r->depth == XML_DEPTH_MAX)
        refuse(r, "elements are nested deeper than %d", XML_DEPTH_MAX);
    else if (len > XML_NAME_MAX)
        refuse(r, "an element's name is longer than %d bytes", XML_NAME_MAX);
    if (r->refused)
        return;
    descend(r, (const char *)name, len);
    struct level *own = &r->levels[r->depth];
    if (uri != NULL)
        keep(own->name_space, sizeof(own->name_space), (const char *)uri,
             strlen((const char *)uri));
    take_currency(own, count, attributes);
    r->text_len = 0;
    struct xml_element e = element(r);
    if (r->handler->begin != NULL)
        r->handler->begin(r->handler->arg, &e);
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml_reader *r = arg;

    (void)name, (void)prefix, (void)uri;
    if (r->refused)
        return;
    if (r->levels[r->depth].parent && !only_space(r->text, r->text_len)) {
        refuse(r, "a text stands beside child elements: the message is not of ISO 20022");
        return;
    }
    struct xml_element e = element(r);
    if (r->handler->end != NULL)
        r->handler->end(r->handler->arg, &e);
    r->path_len = e.depth > 1 ? r->levels[r->depth].name_at - 1 : 0;
    r->path[r->path_len] = '\0';
    r->ended = --r->depth == 0;
    r->text_len = 0;
}

static void on_text(void *arg, const xmlChar *text, int len)
{
    struct xml_reader *r = arg;

    if (r->refused || len < 0)
        return;
    if ((size_t)len > XML_TEXT_MAX - r->text_len) {
        refuse(r, "a text is longer than %d bytes", XML_TEXT_MAX);
        return;
    }
    memcpy(r->text + r->text_len, text, (size_t)len);
    r->text_len += (size_t)len;
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    (void)name, (void)id, (void)uri;
    refuse(arg, "a DOCTYPE is refused: payment messages have none, and entities are an attack");
}

static void on_reference(void *arg, const xmlChar *name)
{
    refuse(arg, "the entity &%s; is not one of XML's own", (const char *)name);
}

static void on_error(void *arg, xmlErrorPtr error)
{
    if (error->level < XML_ERR_ERROR)
        return;
    struct xml_reader *r = arg;
    if (r->ending && r->depth > 0) {
        refuse(r, "the message ends in the middle of this element: is the file complete?");
        return;
    }
    const char *message = error->message != NULL ? error->message : "not well-formed\n";
    refuse(r, "not well-formed XML: %.*s", (int)strcspn(message, "\n"), message);
}

static struct xml_reader *reader_open(const struct xml_handler *handler, struct report *report)
{
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = on_doctype,
        .reference = on_reference,
        .startElementNs = on_begin,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .serror = on_error,
    };
    struct xml_reader *r = tool_alloc(1, sizeof(*r));

    xml_start();
    *r = (struct xml_reader){.handler = handler, .report = report};
    r->parser = xmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL);
    if (r->parser == NULL)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    /* no option that loads a DTD or puts entities in place is set, nor the one that lifts limits */
    xmlCtxtUseOptions(r->parser, XML_PARSE_NONET);
    return r;
}

/* The library compares each attribute of a tag with all others, and its store of names stops
 * growing at 16,384 chains: a file of 8 MB could hold it for minutes. It takes a tag when its end
 * has come, so what waits in it is the tag. */
static void bound(struct xml_reader *r)
{
    const xmlParserInput *input = r->parser->input;

    if (r->refused || input == NULL)
        return;
    if (input->end - input->cur > XML_TAG_MAX)
        refuse(r, "a tag or a comment is longer than %d bytes", XML_TAG_MAX);
    else if (xmlDictSize(r->parser->dict) > XML_NAMES_MAX)
        refuse(r, "more than %d different names: the message is not of ISO 20022", XML_NAMES_MAX);
}

/* Bytes that are not of the message's encoding end the parser, which still calls it well-formed. */
static void parse(struct xml_reader *r, const char *bytes, size_t len)
{
    int rc = xmlParseChunk(r->parser, bytes, (int)len, r->ending);

    if (rc == XML_ERR_INVALID_ENCODING)
        refuse(r, "the bytes that follow are not of the encoding that the message declares");
    bound(r);
}

static bool reader_close(struct xml_reader *r)
{
    r->ending = true;
    if (!r->refused)
        parse(r, "", 0);
    bool good = !r->refused && r->parser->wellFormed == 1 && r->ended;
    if (!good && !r->refused)
        refuse(r, "not well-formed XML");
    xmlFreeParserCtxt(r->parser);
    free(r);
    return good;
}

bool xml_read_file(const char *path, const struct xml_handler *handler, struct report *report)
{
    FILE *file = fopen(path, "rb");
    size_t total = 0, len;

    if (file == NULL) {
        report_at(report, 0, NULL, "cannot be opened: %s", strerror(errno));
        return false;
    }
    struct xml_reader *r = reader_open(handler, report);
    char *chunk = tool_alloc(CHUNK_BYTES, 1);
    while (!r->refused && (len = fread(chunk, 1, CHUNK_BYTES, file)) > 0) {
        total += len;
        if (total > XML_BYTES_MAX)
            refuse(r, "the file has more than %d bytes", XML_BYTES_MAX);
        else
            parse(r, chunk, len);
    }
    if (ferror(file))
        refuse(r, "cannot be read: %s", strerror(errno));
    fclose(file);
    free(chunk);
    return reader_close(r);
}

bool xml_read_bytes(const void *bytes, size_t len, const struct xml_handler *handler,
                    struct report *report)
{
    struct xml_reader *r = reader_open(handler, report);

    if (len > XML_BYTES_MAX)
        refuse(r, "the message has more than %d bytes", XML_BYTES_MAX);
    for (size_t at = 0; !r->refused && at < len; at += CHUNK_BYTES) {
        size_t left = len - at;
        parse(r, (const char *)bytes + at, left < CHUNK_BYTES ? left : CHUNK_BYTES);
    }
    return reader_close(r);
}

char *xml_trim(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && only_space(text + len - 1, 1))
        text[--len] = '\0';
    return text + strspn(text, " \t\r\n");
}

char *xml_line(char *text)
{
    char *line = xml_trim(text);

    for (char *at = line; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    return line;
}

bool xml_cents(const char *text, int64_t *cents)
{
    size_t whole = strspn(text, "0123456789");
    size_t decimals = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    size_t end = whole + (text[whole] == '.') + decimals;

    *cents = 0;
    if (text[end] != '\0' || whole + decimals == 0)
        return false;
    for (size_t i = 0; i < whole; i++) {
        *cents = *cents * 10 + (text[i] - '0');
        if (*cents >= 1000000000000000)
            return false;
    }
    for (size_t i = 0; i < 2; i++)
        *cents = *cents * 10 + (i < decimals ? text[whole + 1 + i] - '0' : 0);
    for (size_t i = 2; i < decimals; i++)
        if (text[whole + 1 + i] != '0')
            return false;
    return true;
}
