#!/bin/bash
# SPDX-License-Identifier: MIT
# The crawler finds each file that can be reached, once; its deadline ends a read that would last.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

# reach FOLDER FILE: what it should find, file by file
reach()
{
	local seen=$2 before='' file
	while [ "$seen" != "$before" ]; do
		before=$seen
		seen=$(for file in $before; do
			echo "$file"
			grep -oE '^[[:space:]]*#include "[^"]*"' "$1/$file" | cut -d'"' -f2
		done | sort -u)
	done
	echo "$seen"
}

mkdir "$tmp/odd"
printf '#include "b"\n#include <c>\n' >"$tmp/odd/a"
printf '#include "a"\n\n#include "empty"\nint b; // #include "none"\n #include "last"' >"$tmp/odd/b"
printf '#include "last"' >"$tmp/odd/last"
: >"$tmp/odd/empty"
equal $'a\nb\nempty\nlast' "$(reach "$tmp/odd" a)" "what this test expects"

for what in "$SOURCE/src core/spawn.c" "$SOURCE/cmd lab.c" "$tmp/odd a"; do
	expected=$(reach "${what% *}" "${what##* }")
	for how in $all; do
		# shellcheck disable=SC2086 # a folder and a file
		out=$(as "$how" "$EXAMPLES/fanout" "${what% *}" "${what##* }" 99) ||
			fail "fanout as $how: exit code $?"
		equal "$expected" "$(sort <<<"$out")" "fanout as $how in $what"
	done
done

refuses 1 "fanout: usage: .*" "$EXAMPLES/fanout" "$tmp" a
refuses 1 "fanout: usage: .*" "$EXAMPLES/fanout" "$tmp/none" a 9
refuses 1 "fanout: stdout: .*" sh -c "exec '$EXAMPLES/fanout' '$tmp/odd' a 99 >/dev/full"

# fails SECONDS WHY: it ends with sentences on stderr, the last of which says why, and no list
fails()
{
	as "$how" "$EXAMPLES/fanout" "$tmp/odd" c "$1" >"$tmp/out" 2>"$tmp/stderr" &&
		fail "fanout as $how: no failure"
	equal "fanout: not complete: $2" "$(cat "$tmp/out"; tail -n 1 "$tmp/stderr")" \
		"fanout as $how"
}

printf '#include "none"\n#include "a"\n' >"$tmp/odd/c"
for how in $four; do
	fails 99 "No such file or directory"
	grep -qx "fanout: none: No such file or directory" "$tmp/stderr" || fail "which file?"
done

# A pipe that nobody closes; the other files are there.
mkfifo "$tmp/odd/pipe"
exec 3<>"$tmp/odd/pipe"
printf '#include "a"\n#include "pipe"\n' >"$tmp/odd/c"
for how in $four; do
	fails 0.3 "Connection timed out"
done
