/* Goal: a page of figures is OpenMetrics to the letter, whatever a label holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/exposition.h"
#include "ground/buf.h"
#include "ground/mem.h"

#define NONE ((struct exposition_label){ NULL, NULL })

static void
test_the_page(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf out;
	struct exposition *x = exposition_new(a);

	(void)state;
	buf_init(&out, 4096);
	exposition_family(x, "mails", COUNTER, NULL, "Mails");
	exposition_sample(x, 3, NONE, NONE);
	exposition_family(x, "empty", GAUGE, NULL, "Nothing");
	exposition_family(x, "age_seconds", GAUGE, "seconds", "Age");
	exposition_sample(x, 1795946400, (struct exposition_label) { "rule", "a \"b\" \\ c\nd\xff" },
	    (struct exposition_label) { "team", "s" });
	exposition_sample(x, 0.125, NONE, (struct exposition_label){ "team", "" });
	exposition_text(x, &out);
	assert_string_equal(out.data, "# TYPE mails counter\n# HELP mails Mails\nmails_total 3\n"
	                              "# TYPE age_seconds gauge\n# UNIT age_seconds seconds\n# HELP age_seconds Age\n"
	                              "age_seconds{rule=\"a \\\"b\\\" \\\\ c\\nd\xef\xbf\xbd\",team=\"s\"} 1795946400\n"
	                              "age_seconds{team=\"\"} 0.125\n# EOF\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_the_page) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
