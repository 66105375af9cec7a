#!/bin/sh
# fuzz.sh SECONDS FOLDER NAME...: runs each fuzzer that long, from its seeds (tests/fuzz/seeds/NAME and what seeds.py takes from
# the test mails); two at a time. A finding stays in FOLDER, with what libFuzzer said of it.
set -u
seconds=$1 folder=$2; shift 2
seeds=$folder/seeds
rm -rf "$seeds" "$folder"/*.failed
/usr/bin/python3 tests/fuzz/seeds.py "$seeds" || exit 1

one() {
	name=$1
	mkdir -p "$folder/corpus-$name" "$seeds/$name"
	own=tests/fuzz/seeds/$name
	[ -d "$own" ] || own=
	# shellcheck disable=SC2086  # a folder or nothing
	if "$folder/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=20000 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix="$folder/$name-" "$folder/corpus-$name" "$seeds/$name" $own >"$folder/$name.log" 2>&1; then
		printf '  %-11s %9s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$name.log")"
	else
		{ printf '  %-11s FOUND SOMETHING (%s):\n' "$name" "$folder/$name.log"; tail -40 "$folder/$name.log"; } >&2
		: >"$folder/$name.failed"
	fi
}

while [ $# -gt 0 ]; do
	one "$1" & first=$!
	shift
	[ $# -eq 0 ] || { one "$1"; shift; }
	wait "$first"
done
for failed in "$folder"/*.failed; do
	[ ! -e "$failed" ] || exit 1
done
