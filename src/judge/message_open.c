/* message_open.c - GMime made ready, the mail bounded and parsed, the memory given back. */
#include "judge/message_gmime.h"

#include <string.h>
#include <unistd.h>

/* A minimal GMimeStream over struct buf, because GMime's own memory stream knows no ceiling. */
typedef struct { GMimeStream parent; struct buf *out; } MessageSink;
typedef struct { GMimeStreamClass parent; } MessageSinkClass;
static GType message_sink_get_type(void);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wcast-qual"
G_DEFINE_TYPE(MessageSink, message_sink, GMIME_TYPE_STREAM)
#pragma GCC diagnostic pop

static ssize_t
sink_write(GMimeStream *stream, const char *bytes, size_t len)
{
	struct buf *out = ((MessageSink *)(void *)stream)->out;
	size_t room = out->max - out->len;

	buf_add(out, bytes, len < room ? len : room);
	if (len > room)
		out->over = true;
	return (ssize_t)len;
}

static int
sink_flush(GMimeStream *stream)
{
	(void)stream;
	return 0;
}

static void
message_sink_class_init(MessageSinkClass *class)
{
	class->parent.write = sink_write;
	class->parent.flush = sink_flush;
}

static void
message_sink_init(MessageSink *sink)
{
	g_mime_stream_construct(&sink->parent, 0, -1);
}

GMimeStream *
message_sink_new(struct buf *out)
{
	MessageSink *sink = g_object_new(message_sink_get_type(), NULL);

	sink->out = out;
	return &sink->parent;
}

static void
say_nothing(const char *domain, GLogLevelFlags level, const char *words, void *user)
{
	(void)domain, (void)level, (void)words, (void)user; /* what strangers send is no news for stderr */
}

static void
ready(void)
{
	static bool done;

	if (done)
		return;
	g_log_set_default_handler(say_nothing, NULL);
	g_mime_init();
	done = true;
}

void
message_open(struct opened *o, const char *raw, size_t len, int spool)
{
	static const char *const fallbacks[] = { "utf-8", "windows-1252", NULL };
	struct scanned scanned;
	GMimeStream *stream;
	GMimeParser *parser;
	unsigned char *bytes;

	ready();
	*o = (struct opened){ 0 };
	buf_init(&o->copy, len + 4096);
	buf_init(&o->lines, len);
	if (len > 0 && memchr(raw, '\n', len) == NULL && memchr(raw, '\r', len) != NULL) {
		buf_add(&o->lines, raw, len); /* line ends of another age */
		for (size_t i = 0; i < len; i++)
			if (o->lines.data[i] == '\r')
				o->lines.data[i] = '\n';
		raw = o->lines.data;
		spool = 0;
	}
	scanned = message_scan(raw, len, spool != 0, &o->copy);
	if (scanned.copied) {
		raw = o->copy.data, len = o->copy.len;
		spool = 0;
	}
	o->limit = scanned.limit;
	o->options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(o->options, (const char **)(uintptr_t)fallbacks);
	if (!scanned.headless && len > 0) {
		o->bytes = raw;
		o->nbytes = len;
		if (spool != 0) { /* read, not looked at: no page of it stays with us */
			stream = g_mime_stream_fs_new_with_bounds(dup(spool), 0, (gint64)len);
		} else {
			/* GMime is lent the bytes: taken over here, stolen back in message_close(). */
			memcpy(&bytes, &raw, sizeof(bytes));
			o->array = g_byte_array_new_take(bytes, len);
			stream = g_mime_stream_mem_new_with_byte_array(o->array);
			g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
		}
		parser = g_mime_parser_new_with_stream(stream);
		g_object_unref(stream);
		g_mime_parser_set_persist_stream(parser, TRUE);
		o->message = g_mime_parser_construct_message(parser, o->options);
		g_object_unref(parser);
	}
	if (o->message == NULL) {
		size_t skip = scanned.headless && len > 0 && *raw == '\n';

		o->body = raw + skip;
		o->body_len = len - skip;
	}
}

void
message_close(struct opened *o)
{
	if (o->message != NULL)
		g_object_unref(o->message);
	if (o->array != NULL) {
		g_byte_array_steal(o->array, NULL);
		g_byte_array_unref(o->array);
	}
	g_mime_parser_options_free(o->options);
	buf_free(&o->copy);
	buf_free(&o->lines);
}

void
message_parse(struct inside *in, const char *raw, size_t len)
{
	struct opened o;
	struct message *m = in->m;

	message_open(&o, raw, len, in->spool);
	m->truncated = o.limit;
	if (o.message != NULL) {
		in->bytes = o.bytes;
		in->nbytes = o.nbytes;
		message_take(in, o.message, o.options, 0, 0);
		in->bytes = NULL;
		in->nbytes = 0;
	} else {
		size_t part = o.body_len < MESSAGE_TEXT_BYTES ? o.body_len : MESSAGE_TEXT_BYTES;

		if (part < o.body_len && m->truncated == NULL)
			m->truncated = "text";
		m->subject = m->from.name = m->from.address = in->report_type = "";
		in->type = "text/plain";
		m->text = message_decode(in->a, o.body, part, NULL);
		m->plain = *m->text == '\0' ? NULL : m->text;
	}
	message_close(&o);
}
