/* Goal: over a year of arrivals, with caps, absences, weights, stand-ins, joiners and leavers, nobody is further from his fair
 * share of the turns for which he was eligible than one escalation in a rotation; and what waits is taken in order.
 *
 * Each seed is another roster and another year. SIMULATE_SEEDS=3000 tries that many instead of a few. The bound is no theorem: who
 * chooses without knowing what will come cannot promise it for any roster. Of those 3000 none passes it. While the part of the very
 * turn was left out of the comparison, weights made 17 of them do, by up to 0.26: seeds 198 and 286 are the two that are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/rota.h"
#include "judge/simulate.h"

static uint64_t dice;

static int
roll(int n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (int)((dice >> 33) % (uint64_t)n);
}

static const char *
day_text(struct arena *a, int64_t day)
{
	int y, m, d;

	civil_from_days(day, &y, &m, &d);
	return arena_printf(a, "%04d-%02d-%02d", y, m, d);
}

/* Six people of the whole world, two or three of them at a time, for four to ten weeks. */
static struct settings *
random_year(struct arena *a, int64_t first, bool weights)
{
	static const char *const zones[] = { "America/Los_Angeles", "Africa/Lagos", "Asia/Tokyo", "Europe/Berlin", "Asia/Kolkata",
		"America/New_York" };
	static const char *const names[] = { "ada", "bola", "cy", "dan", "eve", "fay" };
	struct settings *s = rota_new(a);

	s->last_offer = 1800;
	for (int i = 0; i < 6; i++) {
		struct engineer *e = rota_engineer(a, s, names[i], names[i], zones[roll(6)], 700 + roll(4) * 100, 1500 + roll(4) * 100);

		e->cap = roll(3) == 0 ? 2 + (unsigned)roll(4) : 0;
		if (weights && roll(3) == 0)
			e->weight = 40 + (unsigned)roll(3) * 20;
		for (int k = roll(4); k > 0; k--) {
			int64_t day = first + roll(360);

			rota_away(a, s, names[i], day_text(a, day), day_text(a, day + 1 + roll(10)));
		}
	}
	for (int64_t day = first; day < first + 365;) {
		int64_t end = day + 28 + roll(43);
		int one = roll(6), n = 2 + roll(2);
		const char *seats = names[one];

		for (int i = 1; i < n; i++)
			seats = arena_printf(a, "%s %s", seats, names[(one + i) % 6]);
		rota_rotation(a, s, "core", day_text(a, day), day_text(a, end), seats);
		if (roll(2))
			rota_override(a, s, "core", day_text(a, day + 7), day_text(a, day + 12), names[(one + 4) % 6], names[one]);
		day = end;
	}
	return s;
}

static int
seeds(void)
{
	const char *given = getenv("SIMULATE_SEEDS");

	return given != NULL ? atoi(given) : 12;
}

static void
nobody_is_further_from_his_share_than_one(void **state)
{
	int64_t from = instant("2026-01-05"), to = instant("2027-01-05");
	unsigned assigned = 0;

	(void)state;
	for (int n = -1; n <= seeds(); n++) {
		AUTO_ARENA struct arena *a = arena_new();
		int seed = n > 0 ? n : n == 0 ? 198 : 286;
		int64_t *arrivals;
		struct simulation out;
		struct settings *s;
		struct simulate_ask ask = { .pool = "core", .to = to, .work = 6 * 3600 };

		dice = (uint64_t)seed;
		s = random_year(a, from / 86400, seed % 2 == 0);
		ask.narrivals = simulate_arrivals(a, from, to, 1 + roll(5), (uint64_t)seed, &arrivals);
		ask.arrivals = arrivals;
		simulate(s, a, &ask, &out);
		assert_int_equal(out.assigned + out.left, ask.narrivals);
		assigned += out.assigned;
		if (out.worst > TURN)
			fail_msg("seed %d: %s is %.3f escalations from his fair share", seed, out.worst_of->name, (double)out.worst / TURN);
	}
	assert_true(assigned > 200 * (unsigned)seeds());
}

/* Ada works in the morning, Cy in the afternoon, Bola at both times; one mail comes in each half of the day. By the pointer
 * alone Bola would have every afternoon and Cy nothing at all. */
static void
who_meets_the_others_only_in_the_afternoon_is_not_starved(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct simulation out;
	int64_t arrivals[40];
	struct simulate_ask ask = { .pool = "core", .arrivals = arrivals, .to = instant("2027-01-01"), .work = 3600 };

	(void)state;
	rota_engineer(a, s, "ada", "Ada", "UTC", 800, 1200);
	rota_engineer(a, s, "bola", "Bola", "UTC", 800, 1700);
	rota_engineer(a, s, "cy", "Cy", "UTC", 1300, 1700);
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ada bola cy");
	for (int64_t day = instant("2026-11-02"); ask.narrivals < COUNT(arrivals); day += 86400)
		if (zone_local(zone_load("UTC"), day).weekday < 5) {
			arrivals[ask.narrivals++] = day + 10 * 3600;
			arrivals[ask.narrivals++] = day + 14 * 3600;
		}
	simulate(s, a, &ask, &out);
	assert_int_equal(out.nserved, 3);
	for (size_t i = 0; i < 3; i++) /* of 40: ten, twenty, ten */
		assert_in_range(out.served[i].assigned, out.served[i].engineer->name[0] == 'b' ? 19 : 9,
		    out.served[i].engineer->name[0] == 'b' ? 21 : 11);
	assert_int_equal(out.at_once, 40);
}

static void
what_waits_is_taken_when_somebody_starts_or_a_place_is_free(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct simulation out;
	int64_t arrivals[] = { instant("2026-11-07 12:00"), instant("2026-11-07 13:00"), instant("2026-12-13 23:00") };
	struct simulate_ask ask = { .pool = "core", .arrivals = arrivals, .narrivals = 3, .to = instant("2027-01-01"), .work = 2 * 3600 };

	(void)state;
	rota_engineer(a, s, "ada", "Ada", "UTC", 900, 1700)->cap = 1;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ada");
	simulate(s, a, &ask, &out);
	assert_int_equal(out.assigned, 2);
	assert_int_equal(out.left, 1); /* the rotation is over before anybody is at work */
	assert_int_equal(out.waits[0], 45 * 3600);          /* on Monday at nine */
	assert_int_equal(out.waits[1], 46 * 3600);          /* at eleven, when the first is closed */
}

static void
accounts_are_kept_as_a_line_of_text(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct load kept[] = { { .engineer = "ada", .credit = -666666 }, { .engineer = "bo" }, { .engineer = "cy", .credit = 5 } };
	struct load back[] = { { .engineer = "CY" }, { .engineer = "ada" }, { .engineer = "bo", .credit = 7 } };
	const char *text = credits_text(a, 1762041600, kept, 3);

	(void)state;
	assert_string_equal(text, "1762041600 ada=-666666 cy=5");
	credits_read(text, 1762041600, back, 3);
	assert_int_equal(back[0].credit, 5);
	assert_int_equal(back[1].credit, -666666);
	assert_int_equal(back[2].credit, 0);
	credits_read(text, 1762041601, back, 3); /* another rotation */
	assert_int_equal(back[0].credit, 0);
	credits_read("1762041600 cy", 1762041600, back, 3);
	credits_read(NULL, 1762041600, back, 3);
	assert_int_equal(back[0].credit, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_further_from_his_share_than_one),
		cmocka_unit_test(who_meets_the_others_only_in_the_afternoon_is_not_starved),
		cmocka_unit_test(what_waits_is_taken_when_somebody_starts_or_a_place_is_free),
		cmocka_unit_test(accounts_are_kept_as_a_line_of_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
