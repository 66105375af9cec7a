/* Goal: a case comes back as it was saved, counts for exactly one engineer while it is open, and its timers ring once each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/room.h"

static const struct escalation sample = { .state = ESCALATION_WAITING, .severity = 2, .pool = "core", .skill = "go", .team = "search",
	.label = "red", .rule = "search is down", .requester = { .name = "Ada", .address = "ada@example.com" }, .customer = "acme",
	.ticket = "T-1", .subject = "Search is down", .engineer = "", .opened = 1000, .changed = 1000, .outcome = "", .cause = "",
	.journal = 5, .thread_id = "esc-1@example.com" };

static struct escalation
opened(struct store *s, const char *engineer)
{
	struct escalation e = sample;

	e.engineer = engineer;
	if (*engineer != '\0')
		e.state = ESCALATION_ASSIGNED;
	assert_true(store_escalation_new(s, &e) > 0);
	assert_int_equal(e.generation, 1);
	return e;
}

static void
is_same(const struct escalation *a, const struct escalation *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->generation, b->generation);
	assert_int_equal(a->severity, b->severity);
	assert_string_equal(a->pool, b->pool);
	assert_string_equal(a->skill, b->skill);
	assert_string_equal(a->team, b->team);
	assert_string_equal(a->label, b->label);
	assert_string_equal(a->rule, b->rule);
	assert_string_equal(a->requester.name, b->requester.name);
	assert_string_equal(a->requester.address, b->requester.address);
	assert_string_equal(a->customer, b->customer);
	assert_string_equal(a->ticket, b->ticket);
	assert_string_equal(a->subject, b->subject);
	assert_string_equal(a->engineer, b->engineer);
	assert_int_equal(a->opened, b->opened);
	assert_int_equal(a->changed, b->changed);
	assert_int_equal(a->resolved, b->resolved);
	assert_string_equal(a->outcome, b->outcome);
	assert_string_equal(a->cause, b->cause);
	assert_int_equal(a->journal, b->journal);
	assert_string_equal(a->thread_id, b->thread_id);
}

static void
a_case_comes_back_as_it_was_saved(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation e = opened(s, ""), out, *all;

	assert_int_equal(e.id, 1); /* ESC-1 */
	assert_true(store_escalation_get(s, r->a, e.id, &out));
	is_same(&out, &e);
	e.state = ESCALATION_RESOLVED;
	e.generation = 7;
	e.severity = 1;
	e.pool = "edge";
	e.skill = "c";
	e.team = "code";
	e.label = "blue";
	e.customer = "zenith";
	e.ticket = "T-2";
	e.engineer = "keegan";
	e.changed = 2000;
	e.resolved = 2001;
	e.outcome = "docs";
	e.cause = "it was not written down";
	e.thread_id = "esc-one@example.com";
	store_escalation_save(s, &e);
	assert_true(store_escalation_get(s, r->a, e.id, &out));
	is_same(&out, &e);
	assert_false(store_escalation_get(s, r->a, 99, &out));
	opened(s, "");
	assert_int_equal(store_escalations(s, r->a, false, &all), 1);
	assert_int_equal(all[0].id, 2);
	assert_int_equal(store_escalations(s, r->a, true, &all), 2);
	is_same(&all[0], &e);
	store_close(s);
}

static void
open_cases_count_for_the_engineer_who_has_them(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation one = opened(s, ""), two = opened(s, "ada"), three = opened(s, "ada");

	assert_int_equal(store_open_count(s, "ada"), 2);
	assert_int_equal(store_open_count(s, "ADA"), 2);
	assert_int_equal(store_open_count(s, "bob"), 0);
	one.engineer = "bob";
	one.state = ESCALATION_OWNED;
	store_escalation_save(s, &one);
	store_escalation_save(s, &one); /* saying it twice counts it once */
	assert_int_equal(store_open_count(s, "bob"), 1);
	two.engineer = "bob"; /* passed on */
	store_escalation_save(s, &two);
	assert_int_equal(store_open_count(s, "ada"), 1);
	assert_int_equal(store_open_count(s, "bob"), 2);
	two.state = ESCALATION_RESOLVED;
	store_escalation_save(s, &two);
	store_escalation_save(s, &two);
	assert_int_equal(store_open_count(s, "bob"), 1);
	two.state = ESCALATION_OWNED; /* open again, with him */
	store_escalation_save(s, &two);
	assert_int_equal(store_open_count(s, "bob"), 2);
	three.engineer = "";
	three.state = ESCALATION_WAITING;
	store_escalation_save(s, &three);
	assert_int_equal(store_open_count(s, "ada"), 0);
	assert_true(store_begin(s));
	three.engineer = "ada";
	three.state = ESCALATION_ASSIGNED;
	store_escalation_save(s, &three);
	store_rollback(s); /* the counter goes the way of its row */
	assert_int_equal(store_open_count(s, "ada"), 0);
	store_close(s);
}

static void
events_tell_the_story_in_order(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation one = opened(s, ""), two = opened(s, "");
	struct event_row *v;

	store_event_add(s, one.id, 300, "relay", "assign", "to Keegan", 0);
	store_event_add(s, two.id, 200, "relay", "assign", "to Bolaji", 0);
	store_event_add(s, one.id, 100, "keegan", "ack", "leads it", 8); /* clocks go back; the order is what happened */
	assert_int_equal(store_events(s, r->a, one.id, &v), 2);
	assert_string_equal(v[0].kind, "assign");
	assert_string_equal(v[1].actor, "keegan");
	assert_string_equal(v[1].detail, "leads it");
	assert_int_equal(v[1].at, 100);
	assert_int_equal(v[1].journal, 8);
	assert_int_equal(store_events(s, r->a, 99, &v), 0);
	store_close(s);
}

static void
parties_threads_and_persons_are_found_again(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation one = opened(s, ""), two = opened(s, "");
	struct party *parties;
	bool ours = false;
	uint32_t ada, bob;

	store_party_add(s, one.id, "requester", "Ada@example.com", "Ada");
	store_party_add(s, one.id, "follower", "ada@EXAMPLE.com", "again"); /* the first role stays */
	store_party_add(s, one.id, "follower", "bob@example.com", "Bob");
	assert_string_equal(store_party_role(s, r->a, one.id, "ADA@example.com"), "requester");
	assert_null(store_party_role(s, r->a, two.id, "ada@example.com"));
	assert_int_equal(store_parties(s, r->a, one.id, &parties), 2);
	assert_string_equal(parties[0].address, "Ada@example.com");
	assert_string_equal(parties[0].name, "Ada");
	assert_string_equal(parties[1].role, "follower");

	store_thread_add(s, one.id, "ours@relay", true);
	store_thread_add(s, one.id, "theirs@example.com", false);
	store_thread_add(s, two.id, "ours@relay", false); /* nobody takes an id of another case over */
	store_thread_add(s, two.id, "", false);
	store_thread_add(s, two.id, NULL, false);
	assert_int_equal(store_thread_find(s, "ours@relay", &ours), one.id);
	assert_true(ours);
	assert_int_equal(store_thread_find(s, "theirs@example.com", &ours), one.id);
	assert_false(ours);
	assert_int_equal(store_thread_find(s, "OURS@relay", &ours), 0);
	assert_int_equal(store_thread_find(s, "", &ours), 0);

	ada = store_person(s, "ada@example.com");
	bob = store_person(s, "bob@example.com");
	assert_true(ada > 0 && bob > 0 && ada != bob);
	assert_int_equal(store_person(s, "Ada@Example.com"), ada);
	assert_string_equal(store_person_address(s, r->a, bob), "bob@example.com");
	assert_null(store_person_address(s, r->a, 4294967295u));
	store_close(s);
}

static void
turns_pointers_and_absences_are_kept(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation one = opened(s, "");
	struct absence gone = { "ada", 100, 200, "out of office" }, later = { "bob", 150, 300, "/away" }, *away;
	const char *engineer;
	struct turn *turns;
	unsigned seat;

	assert_false(store_pointer(s, r->a, "core", &engineer, &seat));
	store_pointer_set(s, "core", "ada", 2);
	store_pointer_set(s, "Core", "bob", 3);
	assert_true(store_pointer(s, r->a, "CORE", &engineer, &seat));
	assert_string_equal(engineer, "bob");
	assert_int_equal(seat, 3);
	store_turn_add(s, one.id, 100, "core", "ada", "next in turn", "[1]");
	store_turn_add(s, one.id, 200, "core", "Ada", "again", "[2]");
	store_turn_add(s, one.id, 200, "edge", "ada", "elsewhere", "[3]");
	assert_int_equal(store_turn_count(s, "core", "ada", 100), 2);
	assert_int_equal(store_turn_count(s, "core", "ada", 101), 1);
	assert_int_equal(store_turn_count(s, "core", "bob", 0), 0);
	assert_int_equal(store_turns(s, r->a, one.id, &turns), 3);
	assert_string_equal(turns[1].sentence, "again");
	assert_string_equal(turns[2].considered, "[3]");
	store_absence_add(s, &later);
	store_absence_add(s, &gone);
	store_absence_add(s, &gone);
	assert_int_equal(store_absences(s, r->a, 199, &away), 2);
	assert_string_equal(away[0].engineer, "ada");
	assert_int_equal(away[0].to, 200);
	assert_int_equal(store_absences(s, r->a, 200, &away), 1); /* half-open: it is over */
	assert_string_equal(away[0].reason, "/away");
	store_close(s);
}

static void
a_timer_is_replaced_and_cleared(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation one = opened(s, ""), two = opened(s, "");
	struct timer t;

	assert_int_equal(store_timer_next(s), INT64_MAX);
	store_timer_set(s, one.id, "ack", 500, 1);
	store_timer_set(s, one.id, "update", 400, 1);
	store_timer_set(s, two.id, "assign", 900, 1);
	store_timer_set(s, one.id, "ack", 300, 2); /* replaces: later or earlier */
	assert_int_equal(store_timer_next(s), 300);
	assert_false(store_timer_due(s, r->a, 299, &t));
	assert_true(store_timer_due(s, r->a, 1000, &t));
	assert_string_equal(t.kind, "ack");
	assert_int_equal(t.escalation, one.id);
	assert_int_equal(t.due, 300);
	assert_int_equal(t.generation, 2);
	store_timer_clear(s, one.id, "ack");
	assert_true(store_timer_due(s, r->a, 400, &t));
	assert_string_equal(t.kind, "update");

	store_timer_set(s, one.id, "assign", 50, 1);
	assert_true(store_timer_due(s, r->a, 1000, &t));
	assert_int_equal(t.due, 50);
	store_timer_clear(s, one.id, NULL); /* all of the case, none of another */
	assert_true(store_timer_due(s, r->a, 1000, &t));
	assert_int_equal(t.escalation, two.id);
	assert_int_equal(t.due, 900);
	store_timer_clear(s, two.id, "ack");
	assert_int_equal(store_timer_next(s), 900);
	store_timer_clear(s, two.id, NULL);
	assert_int_equal(store_timer_next(s), INT64_MAX);
	store_close(s);
}

/* Goal: waiting cases are looked at again from the first on, one after the other, and a new wish begins anew and loses none. */
static void
waiting_cases_are_looked_at_in_order(void **state)
{
	struct store *s = room_open(*state, STORE_CREATE);
	struct escalation one = opened(s, ""), two = opened(s, "ada"), three = opened(s, "");
	bool all = true;

	assert_int_equal(store_look_next(s, &all), -1);
	store_look(s, false, 0);
	assert_int_equal(store_look_next(s, &all), one.id);
	assert_false(all);
	store_looked(s, one.id);
	assert_int_equal(store_look_next(s, &all), three.id); /* two has somebody */
	assert_true(two.id > one.id && two.id < three.id);
	store_look(s, true, 0);
	assert_int_equal(store_look_next(s, &all), one.id);
	assert_true(all);
	store_looked(s, one.id);
	store_look(s, false, three.id); /* a place is free, amid a look at all: that stays one at all */
	assert_int_equal(store_look_next(s, &all), one.id);
	assert_true(all);
	store_looked(s, one.id);
	assert_int_equal(store_look_next(s, &all), 0);
	store_looked(s, 0);
	assert_int_equal(store_look_next(s, &all), -1);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(a_case_comes_back_as_it_was_saved),
		ROOM_TEST(open_cases_count_for_the_engineer_who_has_them),
		ROOM_TEST(events_tell_the_story_in_order),
		ROOM_TEST(parties_threads_and_persons_are_found_again),
		ROOM_TEST(turns_pointers_and_absences_are_kept),
		ROOM_TEST(a_timer_is_replaced_and_cleared),
		ROOM_TEST(waiting_cases_are_looked_at_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
