#!/bin/sh
# e2e.sh [FILE.py...] [ARGUMENTS OF PYTEST]: the end-to-end tests, or those of the files, two files at a time, each with servers of
# its own on ports of its own.
# A file's last line is shown when it ends, and why tests of it were skipped; of a file that fails, everything.
cd "$(dirname "$0")/../e2e" || exit 1
export PYTHON=${PYTHON:-/usr/bin/python3} OUT="$(mktemp -d)"
trap 'rm -rf "$OUT"' EXIT
one='file=$1; shift
"$PYTHON" -m pytest -q -rs "$file" "$@" >"$OUT/$file.log" 2>&1; rc=$?
[ $rc -eq 5 ] && exit 0 # nothing of it was asked for
if [ $rc -eq 0 ]; then echo "$file: $(grep "^SKIPPED" "$OUT/$file.log"; tail -n 1 "$OUT/$file.log")"; else cat "$OUT/$file.log"; echo "$file" >>"$OUT/failed"; fi'
files=
while case "${1-}" in *.py) true ;; *) false ;; esac; do files="$files ${1##*/}"; shift; done
# What takes longest goes first, so that no worker is alone with it at the end; of the others size is a fair guess.
long="test_crash.py test_smtp_outcomes.py test_trust.py test_faults_store.py test_zone_oracle.py"
files=${files:-$long $(ls -S test_*.py | grep -vxF "$(printf '%s\n' $long)")}
printf '%s\n' $files | xargs -P "${E2E_JOBS:-2}" -I FILE sh -c "$one" sh FILE "$@"
passed=$(cat "$OUT"/*.log | sed -n 's/^\([0-9]* failed, \)\{0,1\}\([0-9]*\) passed.*/\2/p' | awk '{ n += $1 } END { print n + 0 }')
failed=$([ -f "$OUT/failed" ] && cat "$OUT"/*.log | sed -n 's/^\([0-9]*\) failed.*/\1/p' | awk '{ n += $1 } END { print n + 0 }' || echo 0)
[ -f "$OUT/failed" ] && [ "$failed" -eq 0 ] && failed=$(wc -l <"$OUT/failed")
echo "e2e: $passed passed, $failed failed"
[ ! -f "$OUT/failed" ] && [ "$passed" -gt 0 ]
