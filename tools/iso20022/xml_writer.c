#include <libxml/parser.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#include "iso20022/xml.h"
#include "tool.h"
#include "utf8.h"

/* What has no parser of its own at hand would be printed: here errors are returned and said once.
 */
static void keep_quiet(void *arg, xmlErrorPtr error)
{
    (void)arg, (void)error;
}

static void print_nothing(void *arg, const char *format, ...)
{
    (void)arg, (void)format;
}

void xml_start(void)
{
    xmlInitParser();
    xmlSetStructuredErrorFunc(NULL, keep_quiet);
    xmlSetGenericErrorFunc(NULL, print_nothing);
}

struct xml_writer {
    xmlTextWriterPtr text;
    FILE *file;
    bool failed;
};

static void keep_error(struct xml_writer *w, bool good)
{
    w->failed = w->failed || !good;
}

static int write_out(void *arg, const char *bytes, int len)
{
    struct xml_writer *w = arg;

    keep_error(w, len >= 0 && fwrite(bytes, 1, (size_t)len, w->file) == (size_t)len);
    return w->failed ? -1 : len;
}

bool xml_carries(const char *text)
{
    size_t len = strlen(text);

    if (!utf8_clean((const uint8_t *)text, len))
        return false;
    return strstr(text, "\xef\xbf\xbe") == NULL && strstr(text, "\xef\xbf\xbf") == NULL;
}

struct xml_writer *xml_writer_open(FILE *file, const char *root, const char *name_space)
{
    struct xml_writer *w = tool_alloc(1, sizeof(*w));

    xml_start();
    w->file = file;
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateIO(write_out, NULL, w, NULL);
    w->text = buffer != NULL ? xmlNewTextWriter(buffer) : NULL;
    if (w->text == NULL)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    keep_error(w, xmlTextWriterSetIndent(w->text, 1) >= 0);
    keep_error(w, xmlTextWriterSetIndentString(w->text, BAD_CAST " ") >= 0);
    keep_error(w, xmlTextWriterStartDocument(w->text, NULL, "UTF-8", NULL) >= 0);
    xml_begin(w, root);
    xml_attribute(w, "xmlns", name_space);
    return w;
}

void xml_begin(struct xml_writer *w, const char *name)
{
    keep_error(w, xmlTextWriterStartElement(w->text, BAD_CAST name) >= 0);
}

void xml_attribute(struct xml_writer *w, const char *name, const char *value)
{
    keep_error(w, xml_carries(value));
    if (!w->failed)
        keep_error(w, xmlTextWriterWriteAttribute(w->text, BAD_CAST name, BAD_CAST value) >= 0);
}

void xml_text(struct xml_writer *w, const char *text)
{
    keep_error(w, xml_carries(text));
    if (!w->failed)
        keep_error(w, xmlTextWriterWriteString(w->text, BAD_CAST text) >= 0);
}

void xml_end(struct xml_writer *w)
{
    keep_error(w, xmlTextWriterEndElement(w->text) >= 0);
}

void xml_leaf(struct xml_writer *w, const char *name, const char *text)
{
    xml_begin(w, name);
    xml_text(w, text);
    xml_end(w);
}

void xml_lines(struct xml_writer *w, bool lines)
{
    keep_error(w, xmlTextWriterSetIndent(w->text, lines) >= 0);
}

bool xml_writer_close(struct xml_writer *w)
{
    keep_error(w, xmlTextWriterEndDocument(w->text) >= 0);
    keep_error(w, xmlTextWriterFlush(w->text) >= 0);
    xmlFreeTextWriter(w->text);
    keep_error(w, fflush(w->file) == 0 && !ferror(w->file));
    bool good = !w->failed;
    free(w);
    return good;
}
