#!/bin/sh
# embed.sh - prints the shipped templates as a C array: embed.sh FILE.txt...
set -eu

cat <<'C'
/* Made by embed.sh from the files in src/judge/templates. */
#include "judge/letter_parts.h"

const struct shipped_template shipped_templates[] = {
C
for file; do
	# A C compiler need not take a longer string.
	if [ "$(wc -c <"$file")" -gt 4000 ]; then
		echo "$file: a shipped template may have 4000 bytes" >&2
		exit 1
	fi
	printf '\t{ "%s",\n' "$(basename "$file" .txt)"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/^/\t  "/' -e 's/$/\\n"/' "$file"
	printf '\t},\n'
done
cat <<'C'
};
const size_t nshipped_templates = sizeof(shipped_templates) / sizeof(*shipped_templates);
C
