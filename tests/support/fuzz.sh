#!/bin/sh
# fuzz.sh SECONDS FOLDER NAME...: runs each fuzzer that long, on its seeds where there are some; a finding stays in FOLDER.
seconds=$1 folder=$2; shift 2
bad=0
for name in "$@"; do
	corpus=$folder/corpus-$name
	mkdir -p "$corpus"
	seeds=tests/fuzz/seeds/$name
	[ -d "$seeds" ] || seeds=
	if "$folder/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix="$folder/$name-" "$corpus" $seeds >"$folder/$name.log" 2>&1; then
		printf '  %-10s %s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$name.log")"
	else
		printf '  %-10s FOUND SOMETHING:\n' "$name"; tail -40 "$folder/$name.log"
		bad=1
	fi
done
exit $bad
