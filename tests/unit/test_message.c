/* Goal: whatever the bytes, a mail becomes a struct message: bounded, valid UTF-8, nothing lost that can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/address.h"
#include "judge/message.h"

#define HEAD "From: Ada <ada@example.com>\r\nTo: desk@example.com\r\nSubject: hello\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"

static struct message *
read_mail(struct arena *a, const char *raw)
{
	return message_understand(a, raw, strlen(raw), NULL);
}

/* before, then piece n times. */
static void
repeat(struct buf *b, const char *before, const char *piece, size_t n)
{
	buf_init(b, 64u << 20);
	buf_puts(b, before);
	for (size_t i = 0; i < n; i++)
		buf_puts(b, piece);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A hostile mail is understood in time (a sanitized build gets more of it) and marked with the limit that it hit. */
static void
endures(const struct buf *raw, const char *limit)
{
	AUTO_ARENA struct arena *a = arena_new();
	double before = seconds();
	struct message *m = message_understand(a, raw->data, raw->len, NULL);

	assert_true(seconds() - before < 20);
	assert_non_null(m->truncated);
	assert_string_equal(m->truncated, limit);
	assert_true(utf8_valid(m->text, strlen(m->text)));
	assert_true(arena_used(a) < 256u << 20);
}

static void
the_header_is_read_in_our_words(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct message *m = read_mail(a, "Return-Path: <>\r\nReceived: x\r\nReceived: y\r\nDelivered-To: desk+t@example.com\r\n"
	    "From: =?utf-8?Q?Gr=C3=A4fin?= <g@example.com>\r\nTo: EEs: a@example.com, \"B, C\" <b@example.com>;\r\nCc: c@example.com\r\n"
	    "Subject: =?utf-8?B?w6TDtg?=\r\n folded\r\nIn-Reply-To: <2@example.com>\r\nReferences: <0@example.com>\r\n\t<2@example.com>\r\n"
	    "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@example.com>\r\n\r\ntext\r\n");

	(void)state;
	assert_string_equal(m->from.name, "Gräfin");
	assert_string_equal(m->from.address, "g@example.com");
	assert_int_equal(m->from_count, 1);
	assert_int_equal(m->to.n, 2);
	assert_string_equal(m->to.v[1].name, "B, C");
	assert_string_equal(m->cc.v[0].address, "c@example.com");
	assert_string_equal(m->subject, "äö folded");
	assert_string_equal(m->message_id, "1@example.com");
	assert_string_equal(m->in_reply_to.v[0], "2@example.com");
	assert_int_equal(m->references.n, 2);
	assert_int_equal(m->received, 2);
	assert_string_equal(m->return_path, "");
	assert_string_equal(m->delivered_to.v[0], "desk+t@example.com");
	assert_true(m->has_date);
	assert_int_equal(m->date, 1795424400);
	assert_string_equal(m->text, "text\n");
	assert_string_equal(message_header(m, "rECEIVED"), "x");
	assert_null(message_header(m, "X-None"));
	assert_int_equal(m->nfields, 12);
}

/* GMime keeps them apart from the others; a rule asks for any header field. */
static void
the_content_fields_of_a_mail_are_of_its_header(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct message *m = read_mail(a, HEAD "Content-Class: urn:content-classes:calendarmessage\r\nContent-Language: de\r\n"
	    "Content-Type: multipart/mixed;\r\n boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\nContent-Id: <part>\r\n\r\nhello\r\n--x--\r\n");

	(void)state;
	assert_string_equal(message_header(m, "content-class"), "urn:content-classes:calendarmessage");
	assert_string_equal(message_header(m, "Content-Language"), "de");
	assert_string_equal(message_header(m, "Content-Type"), "multipart/mixed; boundary=x");
	assert_null(message_header(m, "Content-Id")); /* of a part */
	assert_null(message_header(read_mail(a, HEAD "\r\nhello\r\n"), "Content-Type"));
}

static void
two_senders_have_no_authority(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_int_equal(read_mail(a, "From: a@example.com\n\nx")->from_count, 1);
	assert_int_equal(read_mail(a, "From: a@example.com, b@example.com\n\nx")->from_count, 2);
	assert_int_equal(read_mail(a, "From: a@example.com\nFrom: b@example.com\n\nx")->from_count, 2);
	assert_int_equal(read_mail(a, "Subject: x\n\nx")->from_count, 0);
	assert_string_equal(read_mail(a, "Subject: x\n\nx")->from.address, "");
}

static void
an_address_with_two_domains_is_nobodys(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct message *m = read_mail(a, "From: Ada <ada@example.com@evil.example>\nCc: \"ada@example.com@x\" <ada@example.com>\n\nx");

	(void)state;
	assert_string_equal(m->from.address, "ada@example.com@evil.example");
	assert_false(address_equal(m->from.address, "ada@example.com"));
	assert_int_equal(m->cc.n, 1);
	assert_string_equal(m->cc.v[0].address, "ada@example.com"); /* what a name says is only a name */
	assert_string_equal(read_mail(a, "From: ada@example.com@evil.example (Ada)\n\nx")->from.address, "ada@example.com@evil.example");
	assert_string_equal(read_mail(a, "From: <@one.example,@two.example:ada@example.com>\n\nx")->from.address, "ada@example.com");
}

static void
text_survives_broken_structure(void **state)
{
	static const struct { const char *raw, *text; } cases[] = {
		{ "", "" },
		{ "no header at all\nbut two lines\n", "no header at all\nbut two lines\n" },
		{ "From: a@b.c\nSubject: x\nno blank line\nbefore me\n", "no blank line\nbefore me\n" },
		{ "From: a@b.c\nthis is no field\nSubject: x\n\nbody\n", "body\n" },
		{ HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\nin the prologue\r\n", "in the prologue\n" },
		{ HEAD "Content-Type: multipart/mixed\r\n\r\nno boundary\r\n", "no boundary\n" },
		{ HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nno header here\r\n--x--\r\n", "no header here" },
		{ HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n\r\nafter an empty part\r\n", "after an empty part\n" },
		{ HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnever closed", "never closed" },
		{ "\xef\xbb\xbf" "From: a@b.c\r\n\r\nafter a mark\r\n", "after a mark\n" },
		{ "From: a@b.c\r\rold line ends\r", "old line ends\n" },
	};
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *m = read_mail(a, cases[i].raw);

		assert_string_equal(m->text, cases[i].text);
		assert_null(m->truncated);
	}
}

static void
no_bomb_costs_more_than_its_bytes(void **state)
{
	AUTO_BUF struct buf b, part;

	(void)state;
	repeat(&b, HEAD, "X-Filler: more of the same\r\n", 700000);
	endures(&b, "headers");
	buf_free(&b);
	repeat(&b, HEAD "To: ", "a@b.c, ", 2000000);
	endures(&b, "headers");
	buf_free(&b);
	repeat(&b, HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n", "--x\r\n\r\na\r\n", 1000000);
	endures(&b, "parts");
	buf_free(&b);
	repeat(&b, HEAD, "Content-Type: message/rfc822\r\n\r\n", 100000);
	endures(&b, "depth");
	buf_free(&b);
	buf_init(&part, 200);
	buf_init(&b, 64u << 20);
	buf_puts(&b, HEAD "Content-Type: multipart/mixed; boundary=b0\r\n\r\n");
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i + 1);
	endures(&b, "depth");
	buf_free(&b);
	repeat(&b, HEAD "Content-Type: text/html\r\n\r\n", "<b><p>x", 2000000);
	endures(&b, "text");
	buf_free(&b);
	repeat(&b, HEAD "\r\n", "--\n", 4000000);
	endures(&b, "text");
	buf_free(&b);
	repeat(&b, HEAD "\r\n", "To: a\nDate: b\n", 100000);
	endures(&b, "text");
}

static void
too_many_addresses_are_cut_and_marked(void **state)
{
	AUTO_BUF struct buf b;
	AUTO_ARENA struct arena *a = arena_new();
	struct message *m;

	(void)state;
	repeat(&b, HEAD "Cc: x@example.com", ",\r\n a@example.com", 600);
	buf_puts(&b, "\r\n\r\nx\r\n");
	m = message_understand(a, b.data, b.len, NULL);
	assert_int_equal(m->cc.n, MESSAGE_ADDRESSES_MAX);
	assert_string_equal(m->truncated, "addresses");
	assert_string_equal(m->text, "x\n");
}

/* A mail whose one attachment is this text, said to be base64: how many bytes that is. */
static size_t
base64_bytes(const char *text)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf b;
	struct message *m;

	buf_init(&b, 1 << 20);
	buf_printf(&b, HEAD "Content-Type: application/pdf; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n", text);
	m = message_understand(a, b.data, b.len, NULL);
	assert_int_equal(m->nattachments, 1);
	return m->attachments[0].bytes;
}

/* Goal: the size of an attachment is that of what it decodes to, whatever the base64 looks like and wherever it is cut. */
static void
the_size_of_base64_is_that_of_its_bytes(void **state)
{
	static const char *const ends[] = { "QQ==", "QUI=", "QUJD", "" };
	static const struct { const char *text; size_t bytes; } odd[] = { { "Q Q\t=\r\n=", 1 }, { "!SG!Vs", 3 }, { "SGVs====", 3 },
		{ "QQ==QQ==", 1 }, { "SGVsbG8", 3 }, { "QQ==\r\nUQ", 1 }, { "SGVs=bG8=", 3 }, { "====", 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++)
		assert_int_equal(base64_bytes(odd[i].text), odd[i].bytes);
	for (size_t lines = 0; lines < 4000; lines += lines < 3350 ? 3350 : 7) /* the last ones around 256 KB */
		for (size_t e = 0; e < COUNT(ends); e++) {
			AUTO_BUF struct buf b;

			buf_init(&b, 1 << 20);
			for (size_t i = 0; i < lines; i++)
				buf_puts(&b, "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\r\n");
			buf_puts(&b, ends[e]);
			assert_int_equal(base64_bytes(b.data), lines * 57 + (e + 1) % 4);
		}
}

static void
attachments_are_listed_and_can_be_taken_out(void **state)
{
	static const char raw[] = HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsee\r\n--x\r\n"
	    "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../../a\\\"b\r\n c.pdf\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gd29ybGQ=\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
	    "From: kim@acme.example\r\nSubject: inner\r\n\r\ninner text\r\n--x--\r\n";
	AUTO_ARENA struct arena *a = arena_new();
	struct message *m = read_mail(a, raw);
	AUTO_BUF struct buf out;

	(void)state;
	buf_init(&out, 100000);
	assert_int_equal(m->nattachments, 2);
	assert_string_equal(m->attachments[0].type, "application/pdf");
	assert_int_equal(m->attachments[0].bytes, 11);
	assert_true(message_attachment(raw, strlen(raw), 0, &out));
	assert_non_null(strstr(out.data, "Content-Type: application/pdf;\r\n\tname=\""));
	assert_non_null(strstr(out.data, "\r\n\r\nSGVsbG8gd29ybGQ=\r\n"));
	assert_null(strstr(out.data, ".."));
	assert_null(strstr(out.data, "\\\""));
	buf_reset(&out);
	assert_true(message_attachment(raw, strlen(raw), 1, &out));
	assert_non_null(strstr(out.data, "Content-Type: message/rfc822;"));
	assert_non_null(strstr(out.data, "\r\n\r\nFrom: kim@acme.example\r\nSubject: inner\r\n\r\ninner text"));
	buf_reset(&out);
	assert_false(message_attachment(raw, strlen(raw), 2, &out));
	buf_free(&out);
	buf_init(&out, 100);
	assert_false(message_attachment(raw, strlen(raw), 0, &out)); /* no room */
}

/* GMime would fold and order the fields anew, and a signature over them would break. */
static void
an_embedded_mail_is_attached_byte_for_byte(void **state)
{
	static const char inner[] = "Subject:odd   blanks  \r\nDKIM-Signature: v=1; a=rsa-sha256;   d=acme.example; b=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl\r\n"
	    "content-TYPE: multipart/mixed;boundary=\"y\"\r\nFROM : kim@acme.example\r\n\r\npreamble\r\n--y\r\n\r\ninner text  \r\n--y--\r\nepilogue\r\n\r\n";
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf raw, out;
	struct message *m;

	(void)state;
	buf_init(&raw, 100000);
	buf_init(&out, 100000);
	buf_puts(&raw, HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsee\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n");
	buf_puts(&raw, inner);
	buf_puts(&raw, "\r\n--x--\r\n");
	m = message_understand(a, raw.data, raw.len, NULL);
	assert_int_equal(m->nattachments, 1);
	assert_int_equal(m->attachments[0].bytes, strlen(inner));
	assert_true(message_attachment(raw.data, raw.len, 0, &out));
	assert_non_null(strstr(out.data, inner));
	assert_string_equal(strstr(out.data, inner), inner);
	/* The whole mail's body, lines with LF alone: the line ends of the wire. */
	buf_reset(&out);
	buf_reset(&raw);
	buf_puts(&raw, "From: a@b.c\nContent-Type: message/rfc822\n\nX:  1\nFrom: d@e.f\n\ntext\n");
	assert_true(message_attachment(raw.data, raw.len, 0, &out));
	assert_non_null(strstr(out.data, "\r\n\r\nX:  1\r\nFrom: d@e.f\r\n\r\ntext\r\n"));
}

static void
an_eight_bit_original_is_attached_in_base64(void **state)
{
	static const char raw[] = HEAD "Content-Type: message/rfc822\r\n\r\nFrom: a@b.c\r\nSubject: x\r\n\r\nGr\xc3\xbc\xc3\x9f" "e\r\n";
	AUTO_BUF struct buf out;

	(void)state;
	buf_init(&out, 100000);
	assert_true(message_attachment(raw, strlen(raw), 0, &out));
	assert_non_null(strstr(out.data, "application/octet-stream"));
	assert_non_null(strstr(out.data, "base64"));
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.data[i] < 0x80);
}

static void
a_spool_file_reads_the_same(void **state)
{
	static const char raw[] = HEAD "\r\nfrom a file\r\n";
	AUTO_ARENA struct arena *a = arena_new();
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_int_equal(fwrite(raw, 1, strlen(raw), f), strlen(raw));
	fflush(f);
	assert_string_equal(message_understand_fd(a, fileno(f), NULL)->text, "from a file\n");
	assert_int_equal(message_understand_fd(a, fileno(f), NULL)->size, strlen(raw));
	assert_int_equal(ftruncate(fileno(f), 0), 0);
	assert_string_equal(message_understand_fd(a, fileno(f), NULL)->text, "");
	fclose(f);
}

/* The peak of this process in KB since it was born. */
static long
peak(void)
{
	struct rusage used;

	assert_int_equal(getrusage(RUSAGE_SELF, &used), 0);
	return used.ru_maxrss;
}

/* In a process of its own, whose peak is nobody else's: how many KB it takes to understand the file, and to find bytes as large as told. */
static int
takes_little(FILE *f, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	long before = peak();
	const struct message *m = message_understand_fd(a, fileno(f), NULL);
	long took = peak() - before;

	if (m->nattachments != 1 || m->attachments[0].bytes < size / 2 || took * 1024L > (long)size / 3)
		print_error("%zu attachments of %zu bytes took %ld KB\n", m->nattachments, m->nattachments > 0 ? (size_t)m->attachments[0].bytes : 0, took);
	return m->nattachments == 1 && m->attachments[0].bytes >= size / 2 && took * 1024L <= (long)size / 3 ? 0 : 1;
}

static void
a_large_mail_is_never_in_memory_whole(void **state)
{
	static const char *const starts[] = {
		HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.c\r\n"
		     "Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n" };
	static const char line[] = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n";

	(void)state;
	for (size_t k = 0; k < COUNT(starts); k++) {
		FILE *f = tmpfile();
		int status = -1;
		pid_t pid;

		assert_non_null(f);
		fputs(starts[k], f);
		for (size_t i = 0; i < 400000; i++)
			fputs(line, f);
		fputs("--x--\r\n", f);
		fflush(f);
		pid = fork();
		if (pid == 0)
			_exit(takes_little(f, 400000 * strlen(line)));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		fclose(f);
	}
}

/* Every beginning of a crooked mail, in memory that ends where the mail ends: a sanitizer sees who looks past it. */
static void
the_last_byte_is_the_last(void **state)
{
	static const char raw[] = "\r\nFrom: a@b.c\r\nnot a field\r\n-\r\nSubject: =?utf-8?B?w6TDtg?=\r\nContent-Type: multipart/mixed;\r\n boundary=\"x\"\r\n\r\n"
	    "--x\r\nContent-Type: text/html; charset=\r\n\r\n<p charset=<a href=\"http:\r\n--x\r\nno field\r\n-\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
	    "From: x@y.z\r\n\r\n---------- Forwarded message ----------\r\nFrom: a@\r\n--x--";

	(void)state;
	for (size_t len = 0; len < sizeof(raw); len++) {
		AUTO_ARENA struct arena *a = arena_new();
		char *exact = malloc(len == 0 ? 1 : len);

		assert_non_null(exact);
		memcpy(exact, raw, len);
		assert_non_null(message_understand(a, exact, len, NULL)->text);
		free(exact);
	}
}

static void
raw_facts_do_not_care_how_the_bytes_are_cut(void **state)
{
	static const char bytes[] = "short\r\n0123456789\r\nbare\nGr\xc3\xbc\r\n";

	(void)state;
	for (size_t cut = 0; cut < sizeof(bytes) - 1; cut++) {
		struct raw_facts f = { 0 };
		size_t line = 0;
		char last = '\n';

		raw_facts_add(&f, bytes, cut, &line, &last);
		raw_facts_add(&f, bytes + cut, sizeof(bytes) - 1 - cut, &line, &last);
		assert_true(f.eight_bit);
		assert_true(f.bare_newline);
		assert_false(f.nul);
		assert_int_equal(f.longest_line, 10);
	}
}

/* What raw_facts_add() says, a byte at a time. */
static void
facts_by_hand(struct raw_facts *f, const char *bytes, size_t len)
{
	size_t line = 0;

	for (size_t i = 0; i < len; i++) {
		char before = i == 0 ? '\0' : bytes[i - 1];

		f->eight_bit |= (unsigned char)bytes[i] >= 0x80;
		f->nul |= bytes[i] == '\0';
		f->bare_newline |= (before == '\r') != (bytes[i] == '\n') && (before == '\r' || bytes[i] == '\n');
		line = bytes[i] == '\n' ? 0 : line + (bytes[i] != '\r');
		f->longest_line = line > f->longest_line ? line : f->longest_line;
	}
}

static void
raw_facts_are_those_of_every_single_byte(void **state)
{
	static const char some[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n\r\n\r\n\n\r\xc3\0";
	uint32_t dice = 2026;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		struct raw_facts want = { 0 }, got = { 0 };
		size_t len = round % 41, line = 0, cut = round % 7 * 3 < len ? round % 7 * 3 : len, kinds = round % 2 ? sizeof(some) - 1 : 37;
		char bytes[41], last = '\0';

		for (size_t i = 0; i < len; i++)
			bytes[i] = some[(dice = dice * 1664525 + 1013904223) % 65536 % kinds];
		facts_by_hand(&want, bytes, len);
		raw_facts_add(&got, bytes, cut, &line, &last);
		raw_facts_add(&got, bytes + cut, len - cut, &line, &last);
		assert_int_equal(got.eight_bit, want.eight_bit);
		assert_int_equal(got.nul, want.nul);
		assert_int_equal(got.bare_newline, want.bare_newline);
		assert_int_equal(got.longest_line, want.longest_line);
	}
}

static void
own_mail_coming_back_is_a_loop(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct own us = { .instance = "abc", .address = "desk@example.com", .hops_max = 5 };
	static const struct { const char *raw; bool loop; } cases[] = {
		{ "From: x@y.z\nX-Escrelay-Loop: abc hops=1\n\nx", true },
		{ "From: x@y.z\nX-Escrelay-Loop: other hops=1\n\nx", false },
		{ "From: x@y.z\nX-Escrelay-Loop: other hops=5\n\nx", true },
		{ "From: x@y.z\nX-Escrelay-Loop: other hops=1\nX-Escrelay-Loop: abc hops=1\n\nx", true },
		{ "From: Desk@Example.com\n\nx", true },
		{ "From: x@y.z\n\nX-Escrelay-Loop: abc hops=1\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *m = message_understand(a, cases[i].raw, strlen(cases[i].raw), &us);

		assert_int_equal(m->kind == KIND_LOOP, cases[i].loop);
	}
	assert_int_equal(message_understand(a, cases[2].raw, strlen(cases[2].raw), &us)->own_hops, 5);
	assert_string_equal(message_understand(a, cases[2].raw, strlen(cases[2].raw), &us)->own_instance, "other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_is_read_in_our_words),
		cmocka_unit_test(the_content_fields_of_a_mail_are_of_its_header),
		cmocka_unit_test(two_senders_have_no_authority),
		cmocka_unit_test(an_address_with_two_domains_is_nobodys),
		cmocka_unit_test(text_survives_broken_structure),
		cmocka_unit_test(no_bomb_costs_more_than_its_bytes),
		cmocka_unit_test(too_many_addresses_are_cut_and_marked),
		cmocka_unit_test(the_size_of_base64_is_that_of_its_bytes),
		cmocka_unit_test(attachments_are_listed_and_can_be_taken_out),
		cmocka_unit_test(an_embedded_mail_is_attached_byte_for_byte),
		cmocka_unit_test(an_eight_bit_original_is_attached_in_base64),
		cmocka_unit_test(a_spool_file_reads_the_same),
		cmocka_unit_test(a_large_mail_is_never_in_memory_whole),
		cmocka_unit_test(the_last_byte_is_the_last),
		cmocka_unit_test(raw_facts_do_not_care_how_the_bytes_are_cut),
		cmocka_unit_test(raw_facts_are_those_of_every_single_byte),
		cmocka_unit_test(own_mail_coming_back_is_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
