#!/bin/sh
# Runs unit test programs, each with a limit of two minutes; shows the output of those that fail, and the sums.
passed=0 failed=0
for test in "$@"; do
	out=$(timeout 120 "$test" 2>&1); status=$?
	ok=$(printf '%s\n' "$out" | grep -c '^\[       OK ')
	bad=$(printf '%s\n' "$out" | grep -c '^\[  FAILED  \] [a-zA-Z_]')
	if [ $status -ne 0 ]; then
		[ "$bad" -gt 0 ] || bad=1
		printf '%s\n' "--- ${test##*/} failed (status $status)" "$out"
	fi
	passed=$((passed + ok)) failed=$((failed + bad))
done
echo "units: $passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
