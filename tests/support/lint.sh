#!/bin/sh
# clang-tidy and cppcheck over the sources: lint.sh "COMPILER FLAGS" FILE...
flags=$1; shift
status=0
echo "  TIDY  $# files"
printf '%s\n' "$@" | xargs -P 2 -I FILE clang-tidy FILE --quiet --warnings-as-errors='*' \
	--checks='-*,bugprone-*,clang-analyzer-*,cert-err34-c,misc-redundant-expression,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition,-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,-bugprone-branch-clone,-bugprone-macro-parentheses,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-suspicious-string-compare,-bugprone-sizeof-expression' \
	-- -std=c17 -D_GNU_SOURCE -DESCRELAY_VERSION='"lint"' -Iinclude -Isrc $flags 2>&1 |
	grep -vE '^[0-9 ]*(warnings? (generated|treated).*)?$|^Suppressed |^Use -header-filter' | grep . && status=1
echo "  CHECK $# files"
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 -j 2 \
	--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches -D_GNU_SOURCE -DESCRELAY_VERSION='"lint"' -Iinclude -Isrc "$@" || status=1
exit $status
