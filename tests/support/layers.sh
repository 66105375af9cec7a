#!/bin/sh
# The arrows of the house point down: cli -> stage -> judge, edge -> config -> ground; edges do not know each other; each
# third-party library is at home in one room. Proved with grep.
bad=0
complain() {
	[ -z "$2" ] && return
	echo "layers: $1:"
	echo "$2" | sed 's/^/  /'
	bad=1
}
# includes FOLDER PATTERN: lines of that layer (code and headers) that include what matches
includes() { grep -nE "^#include ([<\"])($2)" -r "src/$1" "include/$1" 2>/dev/null; }

complain "the ground stands on nothing" "$(includes ground '(cli|stage|judge|edge|config)/')"
complain "config stands on the ground" "$(includes config '(cli|stage|judge|edge)/')"
complain "a judge is pure" "$(includes judge '(cli|stage|edge)/|time\.h|sys/socket\.h|netdb\.h|ground/(clock|service|log)\.h' | grep -v 'ground/clock\.h' | grep -vE 'ground/log\.h')"
complain "a judge asks no clock" "$(grep -nE '\b(clock_now|clock_now_ms|clock_monotonic_ms|time|gettimeofday|clock_gettime|getenv)\(' -r src/judge)"
complain "an edge does not know a stage or a command" "$(includes edge '(cli|stage)/')"
complain "edges do not know each other" "$(
	for room in imap smtp store webhook; do
		grep -nE '^#include "edge/' src/edge/${room}*.[ch] include/edge/${room}*.h 2>/dev/null | grep -vE "\"edge/${room}"
	done)"
complain "only the store speaks of judges' words" "$(includes edge 'judge/' | grep -v 'store')"
complain "a stage does not know the commands" "$(includes stage 'cli/')"

# library header : where it is at home
home() {
	complain "<$1> is at home in $2" "$(grep -nE "^#include <$1" -r src include tests/fuzz 2>/dev/null | grep -vE "^($2)")"
}
home 'libetpan/' 'src/edge/imap'
home 'gnutls/gnutls\.h' 'src/(edge/imap_stream|ground/digest)' # TLS there, digests here
home 'gnutls/crypto\.h' 'src/ground/digest'
home 'curl/' 'src/edge/(smtp|webhook)'
home 'sqlite3\.h' 'src/edge/store'
home 'pcre2\.h' 'src/ground/regex'
home 'gmime/' 'src/judge/(message|letter|html)'
home 'libxml/' 'src/judge/html'
home 'systemd/' 'src/ground/service'
home 'jansson\.h' 'include/ground/json'
[ $bad -eq 0 ] && echo "layers: the arrows point down"
exit $bad
