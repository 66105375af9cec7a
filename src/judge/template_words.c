/* template_words.c - the vocabulary of the templates, and which template knows which word. See letter.h. */
#include <string.h>

#include "ground/mem.h"
#include "judge/letter_parts.h"

const struct value_word value_words[] = {
	{ "acknowledged",  VALUE_LINE,  "how soon an engineer had said a first word" },
	{ "address",       VALUE_LINE,  "mail address of the writer" },
	{ "again",         VALUE_LINE,  "set where what was closed is open again by this" },
	{ "answer_by",     VALUE_LINE,  "by when the engineer answers, in the reader's terms" },
	{ "answered",      VALUE_LINE,  "how soon the requester had a first answer" },
	{ "answers",       VALUE_WORDS, "lines that answer the mail, ready to be changed" },
	{ "areas",         VALUE_LINES, "what came in and how it was solved, by area" },
	{ "asked",         VALUE_LINE,  "what a team is asked for: \"help\", \"a fix\", \"a change of the docs\", \"a review\"" },
	{ "attachments",   VALUE_LINES, "names and sizes of attachments" },
	{ "attempts",      VALUE_LINE,  "how often and since when sending was tried" },
	{ "budget",        VALUE_LINE,  "how often engineering was asked for help, and the goal" },
	{ "by",            VALUE_LINE,  "who closed the case, or opened it again" },
	{ "came",          VALUE_LINE,  "how many cases came in, by severity" },
	{ "can_command",   VALUE_LINE,  "set where the reader is an engineer" },
	{ "case",          VALUE_LINE,  "\"ESC-17\"" },
	{ "cases",         VALUE_LINES, "open cases and how each stands, a line each" },
	{ "cause",         VALUE_LINE,  "the cause in one line, as /resolve gave it" },
	{ "causes",        VALUE_LINES, "causes that were named, a line each" },
	{ "commands",      VALUE_WORDS, "command lines as they came" },
	{ "condition",     VALUE_LINE,  "the condition of a rule, as it is written" },
	{ "confirmed",     VALUE_LINE,  "set where mail is known to reach him" },
	{ "customer",      VALUE_LINE,  "the customer's name" },
	{ "docs",          VALUE_LINES, "causes that ask for docs, a line each" },
	{ "ended",         VALUE_LINE,  "how soon cases were resolved" },
	{ "engineer",      VALUE_LINE,  "name of the engineer it is about" },
	{ "facts",         VALUE_FACTS, "what the rules found: \"Version: 5.2.1\"" },
	{ "failed",        VALUE_LINE,  "why none of the commands was obeyed; empty if they were" },
	{ "filing",        VALUE_LINE,  "\"F2\"" },
	{ "filings",       VALUE_LINES, "filings of the case: number, team, the tracker's number, title" },
	{ "from",          VALUE_LINE,  "sender of the mail it is about" },
	{ "help",          VALUE_LINES, "the table of commands" },
	{ "history",       VALUE_LINES, "who had the case before, and how that ended" },
	{ "home_team",     VALUE_LINE,  "the team that lends the engineer" },
	{ "if_not",        VALUE_LINE,  "what happens if nobody answers in time" },
	{ "kind",          VALUE_LINE,  "help, defect, docs or review" },
	{ "labels",        VALUE_LINE,  "labels for the team's tracker" },
	{ "lead",          VALUE_LINE,  "who is told when there is no engineer" },
	{ "link",          VALUE_LINE,  "link to the change" },
	{ "linked",        VALUE_LINE,  "a case about the same: \"ESC-12\"" },
	{ "local",         VALUE_LINE,  "the engineer's time of day and place: \"12:00 in Johannesburg\"" },
	{ "missing",       VALUE_LINES, "questions of the rules that the mail leaves open" },
	{ "needed_by",     VALUE_LINE,  "when the answer of a team is needed" },
	{ "nobody",        VALUE_LINE,  "how many came when nobody was at work" },
	{ "number",        VALUE_LINE,  "number to give to the command that is named" },
	{ "open",          VALUE_LINE,  "how many cases are open, by state" },
	{ "opened",        VALUE_LINE,  "when the case was opened" },
	{ "original",      VALUE_WORDS, "readable text of the original" },
	{ "original_date", VALUE_LINE,  "when the original was sent, as it says" },
	{ "original_from", VALUE_LINE,  "who sent the original" },
	{ "outcome",       VALUE_LINE,  "outcome of the case" },
	{ "passed",        VALUE_LINES, "cases that go to the next engineer, a line each" },
	{ "place",         VALUE_LINE,  "where a rule stands: file and line" },
	{ "pool",          VALUE_LINE,  "name of the pool" },
	{ "previous",      VALUE_LINE,  "the engineer who had it before" },
	{ "reason",        VALUE_LINE,  "why it is so" },
	{ "received",      VALUE_LINE,  "when the mail reached the relay" },
	{ "recipient",     VALUE_LINE,  "to whom the mail was or is" },
	{ "redactions",    VALUE_LINES, "what was taken out of the original" },
	{ "relay",         VALUE_LINE,  "display name of the relay" },
	{ "relayed",       VALUE_LINE,  "to whom the rest of the mail went" },
	{ "requester",     VALUE_LINE,  "name of who brought the case" },
	{ "results",       VALUE_LINES, "one line for each command: what it did" },
	{ "role",          VALUE_LINE,  "AER or IE" },
	{ "rule",          VALUE_LINE,  "name of the rule" },
	{ "seats",         VALUE_LINES, "who has a seat, a line each; TBD is nobody yet" },
	{ "severity",      VALUE_LINE,  "the severity" },
	{ "since",         VALUE_LINE,  "since when it is so" },
	{ "solved",        VALUE_LINE,  "how many cases were solved, by outcome" },
	{ "stands_for",    VALUE_LINE,  "the engineer in whose place he is" },
	{ "starts",        VALUE_LINE,  "when the next engineer starts, in UTC" },
	{ "starts_local",  VALUE_LINE,  "the same on his own clock" },
	{ "still",         VALUE_LINES, "cases that stand still, a line each" },
	{ "subject",       VALUE_LINE,  "subject of the mail it is about" },
	{ "summary",       VALUE_LINE,  "the figures in one sentence" },
	{ "team",          VALUE_LINE,  "name of the team" },
	{ "teams",         VALUE_LINES, "what was filed with teams and became of it" },
	{ "text",          VALUE_WORDS, "what a person newly wrote" },
	{ "ticket",        VALUE_LINE,  "the customer's ticket" },
	{ "times",         VALUE_LINE,  "how often a team was reminded" },
	{ "title",         VALUE_LINE,  "title of the filing" },
	{ "turn",          VALUE_LINE,  "whose turn it is" },
	{ "undo",          VALUE_LINE,  "the command that takes it back" },
	{ "until",         VALUE_LINE,  "up to when" },
	{ "upstream",      VALUE_LINE,  "number of the filing in the team's tracker" },
	{ "verdict",       VALUE_LINE,  "what became of the mail" },
	{ "when",          VALUE_LINE,  "the moment it is about: a rotation begins or ends" },
	{ "why",           VALUE_LINE,  "why this engineer: who was considered, who was skipped" },
	{ "writer",        VALUE_LINE,  "who wrote the words" },
};
const size_t nvalue_words = COUNT(value_words);

#define CASE    "case relay subject severity customer ticket requester role "
#define MAIL    "text original original_from original_date attachments "
#define FILING  "case relay filing team title upstream opened "
#define ENGINEER "engineer local why answer_by if_not starts starts_local missing "

/*    name                to whom, when                                              values that it may name */
#define TEMPLATES(X)                                                                                               \
	X("assignment",       "to the engineer who gets a case",             CASE MAIL ENGINEER "history previous facts filings linked") \
	X("receipt",          "to the requester, when an engineer has it",   CASE ENGINEER)                            \
	X("receipt-waiting",  "to the requester, when nobody is at work",    CASE ENGINEER)                            \
	X("receipt-fallback", "to the requester, when there is no rotation", CASE ENGINEER "lead reason")                     \
	X("assigned",         "to the requester, when it gets an engineer",  CASE ENGINEER "previous")                 \
	X("relay",            "a person's words, passed on",                 CASE MAIL "writer can_command engineer again")  \
	X("relay-labelled",   "words that want a warning",                   CASE MAIL "writer address reason can_command") \
	X("transcript",       "what the commands of a mail did",                                                       \
	  CASE "failed results relayed redactions facts help undo")                                                    \
	X("resolved",         "to the other party, when a case is closed",   CASE "by outcome cause link opened text engineer") \
	X("reopened",         "to the other party, when it is open again",   CASE "by opened engineer")                 \
	X("reassigned",       "to the engineer who had it before",           CASE "engineer why previous")             \
	X("filing",           "to a team: one request",                                                                \
	  CASE MAIL "engineer team asked kind filing facts labels needed_by redactions")                               \
	X("review",           "to a team: an engineer changed what it owns",                                           \
	  CASE MAIL "engineer team asked kind filing facts labels redactions cause link")                             \
	X("unreviewed",       "to the engineer: nobody reviewed his change",  FILING "engineer requester")              \
	X("filed",            "to who wrote it, when a rule files his mail", "relay subject team asked rule")            \
	X("team-word",        "to whoever has the case: a team's word about a filing",                               \
	  FILING "text attachments writer address reason can_command outcome requester")                                       \
	X("chase",            "to a team that is silent",                    FILING "engineer received times")         \
	X("silent",           "to the engineer, later to the requester: a team is silent",                           \
	  FILING "engineer received times can_command")                                                                \
	X("withdrawn",        "to a team: an engineer closed what he filed", FILING "by reason again requester")             \
	X("filing-closed",    "to who wrote what a rule filed: the operator closed it", FILING "by reason requester")         \
	X("follow-through",   "to whoever has the case: its last filing is closed", CASE "filings by")                 \
	X("added",            "to the requester: what he brought is a case of his already", CASE "reason engineer") \
	X("linked",           "to both requesters: two people brought the same", CASE "writer linked reason engineer") \
	X("forward",          "a mail that a rule forwards",                 CASE MAIL "from rule received")           \
	X("quarantine",       "to the operator: a mail is held",             "case relay subject from received reason number rule") \
	X("fallback",         "to the lead: a case without an engineer",     CASE MAIL ENGINEER "reason facts history") \
	X("challenge",        "to a person in whose name commands came",     "case relay subject received reason commands from") \
	X("refused",          "a mail of ours was refused for good",         "case relay subject recipient attempts reason number text") \
	X("update-due",       "to the owner: his next word is due",          CASE "engineer since answer_by lead opened")  \
	X("alarm",            "to requester and lead: a case stands still", CASE "engineer since reason history lead opened") \
	X("nudge",            "to the requester: his answer is awaited",     CASE "engineer since if_not opened")      \
	X("unanswered",       "to the owner: the requester does not answer", CASE "engineer since if_not opened")      \
	X("snoozed",          "to the requester: the engineer goes on later", CASE "engineer answer_by opened")       \
	X("lead",             "to who leads the customer: a case of his",    CASE MAIL "engineer previous turn opened history writer") \
	X("lead-changed",     "to the others: another leads the customer",   CASE "lead previous turn")               \
	X("unreached",        "to lead or owner: somebody is not there",     CASE "engineer recipient reason turn opened history") \
	X("capped",           "to the operator: a limit holds letters back", "case relay recipient reason")            \
	X("word-held",        "to a person, once: his mail is held, he looks like a machine", "case relay subject reason") \
	X("stuck",            "to the operator, once a day: a rule hit its limits",                                    \
	  "relay subject from received number rule place condition verdict")                                           \
	X("follow-up",        "to the requester: another mail of a case that waits", CASE ENGINEER "opened")              \
	X("handover",         "to an engineer whose rotation ended",                                                   \
	  "relay engineer when cases passed answers answer_by if_not")                                                 \
	X("handover-next",    "to an engineer of the next rotation",         "relay engineer when cases passed answer_by if_not") \
	X("handover-requester", "to a requester, when a rotation ended",     "relay when cases passed")                \
	X("handover-transcript", "what the lines of a handover did",         "relay failed reason results text")       \
	X("rotation-gap",     "to the operator: nobody will be on rotation", "relay pool when until reason lead")      \
	X("rotation-seats",   "to the operator: a seat that nobody has",     "relay pool when until reason seats")     \
	X("rotation-notice",  "to an engineer whose rotation begins",                                                  \
	  "relay engineer pool when until starts seats confirmed attachments")                                         \
	X("stand-in-notice",  "to an engineer who stands in for another",                                              \
	  "relay engineer stands_for pool when until starts seats confirmed attachments")                              \
	X("rotation-unconfirmed", "to the operator: an engineer has not answered",                                     \
	  "relay engineer stands_for address pool when received")                                                      \
	X("service-begins",   "to a manager: his engineer's rotation begins", "relay engineer pool when until home_team") \
	X("service-record",   "to a manager: what his engineer did",         "relay engineer pool opened when home_team results") \
	X("digest",           "to the readers of the digest, when it is due",                                         \
	  "relay since until summary came solved open acknowledged answered ended nobody budget still docs causes areas teams")

const char *const template_names[] = {
#define X(name, sentence, values) name,
	TEMPLATES(X)
#undef X
};
const size_t ntemplates = COUNT(template_names);

static const struct template_doc docs[] = {
#define X(name, sentence, values) { name, sentence, values },
	TEMPLATES(X)
#undef X
};

const struct template_doc *
template_doc(const char *name)
{
	for (size_t i = 0; i < COUNT(docs); i++)
		if (strcmp(docs[i].name, name) == 0)
			return &docs[i];
	return NULL;
}

const struct value_word *
value_word(const char *name)
{
	for (size_t i = 0; i < COUNT(value_words); i++)
		if (strcmp(value_words[i].name, name) == 0)
			return &value_words[i];
	return NULL;
}
