/* Goal: no notice makes the readers of bounces crash, hang, or answer with what is no status. The input is a notice, and
 * the report of RFC 3464 after a line "%%". */
#include "fuzz_text.h"

#include "judge/bounce_parts.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct inside *in = fuzz_inside(a, data, size);
	char *report = strstr(in->m->text, "\n%%\n");
	struct piece piece = { .kind = PIECE_STATUS };

	in->m->return_path = "";
	in->m->from.address = "mailer-daemon@example.net";
	if (report != NULL) {
		piece.text = report + 4;
		in->pieces = &piece;
		in->npieces = 1;
		in->report_type = "delivery-status";
	}
	bounce_judge(in);
	BUG_ON(in->m->nbounces > BOUNCES_MAX);
	for (size_t i = 0; i < in->m->nbounces; i++) {
		const struct bounce *b = &in->m->bounces[i];

		fuzz_is_text(b->recipient);
		fuzz_is_text(b->diagnostic);
		fuzz_is_text(b->original_message_id);
		BUG_ON(b->action == NULL);
		BUG_ON(b->status != NULL && (strchr("245", *b->status) == NULL || b->status[strspn(b->status, "0123456789.")] != '\0'));
	}
	return 0;
}
