/* Goal: escalations go round fairly among those who are at work, and each choice says why in words that people can check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/rota.h"
#include "judge/assign.h"

static struct settings *
three(struct arena *a)
{
	struct settings *s = rota_new(a);

	s->last_offer = 1800;
	rota_engineer(a, s, "keegan", "Keegan", "Africa/Johannesburg", 900, 1700);
	rota_engineer(a, s, "bola", "Bola", "Africa/Lagos", 900, 1700);
	rota_engineer(a, s, "taras", "Taras", "Europe/Kyiv", 900, 1700);
	rota_engineer(a, s, "valery", "Valery", "Asia/Tbilisi", 1000, 1800);
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "keegan bola taras");
	return s;
}

static struct choice_ask
asked(const char *now, const char *pointer, unsigned seat)
{
	return (struct choice_ask){ .pool = "core", .pointer = { pointer, seat }, .now = instant(now) };
}

static struct choice
chosen(struct arena *a, const struct settings *s, const struct choice_ask *ask)
{
	struct choice c;

	assign_choose(s, a, ask, &c);
	return c;
}

/* Who gets the next n, one after the other, at that time: the first letters of their names. */
static const char *
series(struct arena *a, const struct settings *s, struct choice_ask *ask, struct load *loads, size_t nloads, int n)
{
	char *out = arena_alloc(a, (size_t)n + 1);

	ask->loads = loads;
	ask->nloads = nloads;
	for (int i = 0; i < n; i++) {
		struct choice c = chosen(a, s, ask);

		out[i] = c.engineer != NULL ? c.engineer->full_name[0] : '-';
		for (size_t k = 0; k < nloads && c.engineer != NULL; k++)
			if (strcmp(loads[k].engineer, c.engineer->name) == 0)
				loads[k].turns++, loads[k].open++;
		if (c.engineer != NULL)
			ask->pointer = (struct pointer){ c.engineer->name, c.seat };
	}
	return out;
}

static void
turns_go_round_in_the_order_of_seats(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask = asked("2026-11-23 10:00", NULL, 0);
	struct choice c;

	(void)state;
	assert_string_equal(series(a, s, &ask, NULL, 0, 7), "KBTKBTK");
	ask = asked("2026-11-23 10:00", "Bola", 1);
	c = chosen(a, s, &ask);
	assert_string_equal(c.sentence, "Taras: next in turn");
	assert_int_equal(c.seat, 2);
	assert_int_equal(c.nconsidered, 3);
	assert_true(c.considered[0].chosen);
	assert_string_equal(c.considered[0].local, "12:00");
	assert_string_equal(c.considered[1].engineer->name, "keegan");
	assert_int_equal(c.considered[1].skip, SKIP_NONE);
	assert_false(c.considered[1].chosen);
}

static void
who_sleeps_is_skipped_and_named(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask = asked("2026-11-23 07:10", "keegan", 0);
	struct choice c;

	(void)state;
	rota_away(a, s, "taras", "2026-11-20", "2026-12-14");
	c = chosen(a, s, &ask);
	assert_string_equal(c.sentence, "Keegan: next in turn; Bola skipped: 08:10 in Lagos; Taras skipped: away until Mon 14 Dec");
	assert_int_equal(c.seat, 0);
	assert_int_equal(c.considered[0].skip, SKIP_NOT_AT_WORK);
	assert_int_equal(c.considered[0].when, instant("2026-11-23 08:00"));
	assert_int_equal(c.considered[1].skip, SKIP_AWAY);
	assert_int_equal(c.considered[1].when, instant("2026-12-13 22:00"));
	assert_true(c.considered[2].chosen);
	/* He who was skipped has his place again the next time, and no more than that. */
	ask = asked("2026-11-23 09:00", "keegan", 0);
	assert_string_equal(series(a, s, &ask, NULL, 0, 4), "BKBK");
}

static void
the_turn_survives_people_who_leave(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask;

	(void)state;
	rota_rotation(a, s, "core", "2026-12-14", "2027-01-14", "keegan taras");
	rota_rotation(a, s, "core", "2027-01-14", "2027-02-14", "valery keegan");
	ask = asked("2026-12-15 10:00", "bola", 1); /* had seat 1, where Taras sits now */
	assert_string_equal(chosen(a, s, &ask).engineer->name, "taras");
	ask = asked("2026-12-15 10:00", "valery", 2); /* had the last seat: round to the first */
	assert_string_equal(chosen(a, s, &ask).engineer->name, "keegan");
	ask = asked("2027-01-15 10:00", "taras", 1);
	assert_string_equal(chosen(a, s, &ask).engineer->name, "keegan");
	ask = asked("2027-01-15 10:00", "nobody-knows", 77);
	assert_string_equal(chosen(a, s, &ask).engineer->name, "valery");
}

static void
a_stand_in_takes_the_seat_and_its_turn(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask = asked("2026-11-20 10:00", NULL, 0);

	(void)state;
	rota_override(a, s, "core", "2026-11-20", "2026-11-24", "valery", "keegan");
	assert_string_equal(chosen(a, s, &ask).sentence, "Valery (for Keegan): next in turn");
	assert_string_equal(series(a, s, &ask, NULL, 0, 4), "VBTV");
	ask = asked("2026-11-20 10:00", "keegan", 0); /* the seat had its turn yesterday */
	assert_string_equal(chosen(a, s, &ask).engineer->name, "bola");
	ask = asked("2026-11-24 10:00", "valery", 0); /* and so it had when Keegan comes back */
	assert_string_equal(chosen(a, s, &ask).engineer->name, "bola");
}

static void
caps_skills_and_earlier_offers_count(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct load loads[] = { { "keegan", 2, 2, 0 }, { "bola", 5, 5, 0 }, { "taras", 0, 0, 0 } };
	const char *go[] = { "go", "search" }, *offered[] = { "Keegan" };
	struct choice_ask ask = asked("2026-11-23 10:00", "keegan", 0);

	(void)state;
	rota_find(s, "bola")->cap = 5;
	rota_find(s, "keegan")->skills = go;
	rota_find(s, "keegan")->nskills = 2;
	ask.loads = loads;
	ask.nloads = 3;
	assert_string_equal(chosen(a, s, &ask).sentence, "Taras: next in turn; Bola skipped: has 5 open, the cap is 5");
	assert_int_equal(chosen(a, s, &ask).considered[0].open, 5);
	ask.skill = "Search";
	assert_string_equal(chosen(a, s, &ask).sentence,
	    "Keegan: next in turn; Bola skipped: does not have the skill 'Search'; Taras skipped: does not have the skill 'Search'");
	ask.skill = NULL;
	ask.offered = offered;
	ask.noffered = 1;
	ask.pointer = (struct pointer){ "taras", 2 };
	assert_string_equal(chosen(a, s, &ask).sentence,
	    "Taras: next in turn; Keegan skipped: had it before; Bola skipped: has 5 open, the cap is 5");
	/* Series with caps: full ones drop out. */
	rota_find(s, "keegan")->cap = 3;
	rota_find(s, "taras")->cap = 2;
	ask = asked("2026-11-23 10:00", "keegan", 0);
	assert_string_equal(series(a, s, &ask, loads, 3, 5), "TKT--");
}

static void
no_offer_at_the_end_of_the_day(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask = asked("2026-11-23 14:29", "taras", 2);
	struct choice c;

	(void)state;
	assert_string_equal(chosen(a, s, &ask).engineer->name, "keegan"); /* until 15:00, 31 minutes left */
	ask.now += 60;
	c = chosen(a, s, &ask);
	assert_string_equal(c.sentence, "Bola: next in turn; Keegan skipped: at the end of the day, 16:30 in Johannesburg");
	assert_int_equal(c.considered[0].when, instant("2026-11-24 07:00"));
	/* An afternoon off or the end of the rotation ends the day earlier. */
	rota_away(a, s, "bola", "2026-11-23 15:50", "2026-11-23 17:00");
	c = chosen(a, s, &ask);
	assert_null(c.engineer);
	assert_string_equal(c.next->name, "keegan"); /* Taras starts at the same instant, but Keegan's turn comes first */
	assert_int_equal(c.next_at, instant("2026-11-24 07:00"));
	ask.pointer = (struct pointer){ "keegan", 0 };
	assert_string_equal(chosen(a, s, &ask).next->name, "taras");
}

static void
when_nobody_can_the_first_to_come_is_named(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask = asked("2026-11-28 10:00", "keegan", 0);
	struct load loads[] = { { "keegan", 2, 2, 0 }, { "taras", 9, 9, 0 } };
	const char *search[] = { "search" }, *all[] = { "keegan", "bola", "taras" };
	struct choice c = chosen(a, s, &ask);

	(void)state;
	assert_null(c.engineer);
	assert_false(c.no_rotation);
	assert_string_equal(c.sentence, "nobody can take it now; Bola: Sat 11:00 in Lagos; Taras: Sat 12:00 in Kyiv; "
	                                "Keegan: Sat 12:00 in Johannesburg; next is Taras, Mon 30 Nov 09:00 in Kyiv");
	/* A cap does not open by time, an absence does. */
	rota_find(s, "taras")->cap = 9;
	rota_away(a, s, "keegan", "2026-11-30", "2026-12-02");
	ask.loads = loads;
	ask.nloads = 2;
	c = chosen(a, s, &ask);
	assert_string_equal(c.next->name, "bola");
	assert_int_equal(c.next_at, instant("2026-11-30 08:00"));
	/* The skill is Keegan's alone; and a quarter of an hour of work is too short for an offer. */
	rota_find(s, "keegan")->skills = search;
	rota_find(s, "keegan")->nskills = 1;
	ask.skill = "search";
	rota_away(a, s, "keegan", "2026-12-02 09:15", "2026-12-03");
	c = chosen(a, s, &ask);
	assert_string_equal(c.next->name, "keegan");
	assert_int_equal(c.next_at, instant("2026-12-03 07:00"));
	ask.skill = "cobol";
	assert_null(chosen(a, s, &ask).next);
	ask.skill = NULL;
	ask.offered = all;
	ask.noffered = 3;
	assert_string_equal(chosen(a, s, &ask).sentence,
	    "nobody can take it now; Bola: had it before; Taras: had it before; Keegan: had it before");
}

static void
an_empty_rotation_says_so(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask = asked("2026-10-30 10:00", NULL, 0);
	struct choice c = chosen(a, s, &ask);

	(void)state;
	assert_null(c.engineer);
	assert_true(c.no_rotation);
	assert_string_equal(c.sentence, "nobody: no rotation of core is on; next is Keegan, Mon 2 Nov 09:00 in Johannesburg");
	rota_rotation(a, s, "core", "2026-12-14", "2027-01-14", "TBD TBD");
	ask = asked("2026-12-15 10:00", "keegan", 0);
	c = chosen(a, s, &ask);
	assert_true(c.no_rotation);
	assert_int_equal(c.nconsidered, 2);
	assert_int_equal(c.considered[1].skip, SKIP_TBD);
	assert_string_equal(c.sentence, "nobody: no seat of core has a name yet");
	/* One open seat beside others is passed over without a word. */
	rota_rotation(a, s, "core", "2027-01-14", "2027-02-14", "TBD keegan");
	ask = asked("2027-01-15 10:00", NULL, 0);
	c = chosen(a, s, &ask);
	assert_string_equal(c.sentence, "Keegan: next in turn");
	assert_int_equal(c.seat, 1);
}

static void
at_night_only_who_offered_it_is_asked(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct choice_ask ask = asked("2026-11-24 01:10", "keegan", 0);
	struct choice c;

	(void)state;
	rota_find(s, "bola")->offhours = rota_find(s, "keegan")->offhours = true;
	assert_null(chosen(a, s, &ask).engineer); /* the severity does not allow it */
	ask.offhours = true;
	c = chosen(a, s, &ask);
	assert_true(c.offhours);
	assert_string_equal(c.sentence, "Bola: nobody is at work, may be asked at any hour (02:10 in Lagos); "
	                                "Taras skipped: 03:10 in Kyiv; Keegan skipped: 03:10 in Johannesburg");
	rota_away(a, s, "bola", "2026-11-24", "2026-11-25");
	c = chosen(a, s, &ask);
	assert_string_equal(c.engineer->name, "keegan");
	/* Somebody at work comes first, in hours. */
	ask.now = instant("2026-11-24 07:30");
	c = chosen(a, s, &ask);
	assert_string_equal(c.engineer->name, "taras");
	assert_false(c.offhours);
}

static void
part_of_the_time_is_part_of_the_turns(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three(a);
	struct load loads[] = { { "keegan", 0, 0, 0 }, { "bola", 0, 0, 0 }, { "taras", 0, 0, 0 } };
	struct choice_ask ask = asked("2026-11-23 10:00", NULL, 0);

	(void)state;
	rota_find(s, "bola")->weight = 50;
	assert_string_equal(series(a, s, &ask, loads, 3, 10), "KTKBTKTKBT");
	ask.pointer = (struct pointer){ "keegan", 0 };
	loads[0].turns = loads[2].turns = 3;
	assert_string_equal(chosen(a, s, &ask).sentence, "Taras: next in turn; Bola skipped: a share of 50 %, this round is not in it");
	/* A newcomer who has had no turn does not make up for them, nor does Bola wait for him. */
	loads[0].turns = loads[2].turns = 0;
	loads[1].turns = 40;
	ask.pointer = (struct pointer){ "taras", 2 };
	assert_string_equal(series(a, s, &ask, loads, 3, 10), "KTKBTKTKBT");
	/* Alone he takes what comes. */
	rota_away(a, s, "keegan", "2026-11-23", "2026-11-24");
	rota_away(a, s, "taras", "2026-11-23", "2026-11-24");
	assert_string_equal(series(a, s, &ask, loads, 3, 3), "BBB");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_go_round_in_the_order_of_seats),
		cmocka_unit_test(who_sleeps_is_skipped_and_named),
		cmocka_unit_test(the_turn_survives_people_who_leave),
		cmocka_unit_test(a_stand_in_takes_the_seat_and_its_turn),
		cmocka_unit_test(caps_skills_and_earlier_offers_count),
		cmocka_unit_test(no_offer_at_the_end_of_the_day),
		cmocka_unit_test(when_nobody_can_the_first_to_come_is_named),
		cmocka_unit_test(an_empty_rotation_says_so),
		cmocka_unit_test(at_night_only_who_offered_it_is_asked),
		cmocka_unit_test(part_of_the_time_is_part_of_the_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
