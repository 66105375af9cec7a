/* mail_words.h - what mail clients, people and mail systems write, as data.
 *
 * A language or a client is a row here, never code: adding one is a row and a test mail. All
 * words are lower-case as text_fold() makes them; alternatives are parted by '|'. In a pattern '*' stands for any
 * run (text_glob).
 */
#ifndef ESCRELAY_JUDGE_MAIL_WORDS_H
#define ESCRELAY_JUDGE_MAIL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Header fields as clients print them above what they quote or forward. */
enum header_word { WORD_FROM, WORD_TO, WORD_CC, WORD_SUBJECT, WORD_DATE, WORD_REPLY_TO, WORD_OTHER, WORD_KINDS };
struct header_words { const char *language; const char *words[WORD_KINDS]; };
extern const struct header_words mail_header_words[];
extern const size_t mail_header_words_count;

struct mail_words { const char *language; const char *words; };

/* Lines that say: what follows was forwarded. Dashes, stars, colons and blanks around are no part of it. */
extern const struct mail_words mail_forwarded[];
extern const size_t mail_forwarded_count;
/* Lines that say: what follows is the original, forwarded or answered. */
extern const struct mail_words mail_original[];
extern const size_t mail_original_count;
/* "On …, … wrote": patterns without the colon at the end. */
extern const struct mail_words mail_attributions[];
extern const size_t mail_attributions_count;
/* Lines that a telephone or a program adds under what one writes. */
extern const struct mail_words mail_sent_from[];
extern const size_t mail_sent_from_count;
/* Prefixes of subjects, without the colon. */
extern const struct mail_words mail_reply_prefixes[];
extern const size_t mail_reply_prefixes_count;
extern const struct mail_words mail_forward_prefixes[];
extern const size_t mail_forward_prefixes_count;

/* Out-of-office notices: patterns for a subject, phrases for a text. */
extern const struct mail_words mail_away_subjects[];
extern const size_t mail_away_subjects_count;
extern const struct mail_words mail_away_phrases[];
extern const size_t mail_away_phrases_count;
/* Words before the last day of an absence, and before the day of the return. */
extern const struct mail_words mail_until_words[];
extern const size_t mail_until_words_count;
extern const struct mail_words mail_month_names[]; /* twelve alternatives each, parted by ',' */
extern const size_t mail_month_names_count;
/* Subjects of automatic mail that is no absence. */
extern const struct mail_words mail_auto_subjects[];
extern const size_t mail_auto_subjects_count;

/* Bounces. */
extern const struct mail_words mail_bounce_subjects[];
extern const size_t mail_bounce_subjects_count;
extern const struct mail_words mail_bounce_senders[];
extern const size_t mail_bounce_senders_count;
extern const struct mail_words mail_bounce_phrases[];      /* lines above the failed address */
extern const size_t mail_bounce_phrases_count;
extern const struct mail_words mail_bounce_original[];     /* lines above the returned mail */
extern const size_t mail_bounce_original_count;
/* Programs of mailing lists: the part before the @, where a star stands for the list's name; and what they say when they refuse. */
extern const struct mail_words mail_list_robots[];
extern const size_t mail_list_robots_count;
extern const struct mail_words mail_list_refusals[];
extern const size_t mail_list_refusals_count;
struct bounce_reason { const char *status; bool permanent; const char *words; };
extern const struct bounce_reason mail_bounce_reasons[];   /* what a diagnostic means where it has no enhanced status */
extern const size_t mail_bounce_reasons_count;

/* True where word is one of the alternatives of list ("a|b|c"). */
bool words_have(const char *list, const char *word, size_t len);
/* The field that a word names in any language; WORD_KINDS for none. */
enum header_word words_header(const char *word, size_t len);
/* The row one of whose patterns matches the whole of s (one from its start before one with a leading '*'); NULL if none. */
const struct mail_words *words_match(const struct mail_words *rows, size_t n, const char *s);
/* The place in s where the first found of the alternatives begins (any row), NULL if none; *end after it. */
const char *words_find(const struct mail_words *rows, size_t n, const char *s, const char **end);

#endif
