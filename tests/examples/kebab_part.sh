#!/bin/bash
# SPDX-License-Identifier: MIT
# Where a file must have a name (no O_TMPFILE), a kebab is a .part until it is whole.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

mkdir "$tmp/in" "$tmp/full"
seq 5000 >"$tmp/in/a"
seq 6000 >"$tmp/in/b"
cp "$NO_TMPFILE" "$tmp/no_tmpfile.so" # LD_PRELOAD takes no path with a blank
export LD_PRELOAD=$tmp/no_tmpfile.so

# This is how to tell that it is so: a folder is in the way of the .part.
mkdir -p "$tmp/way/001-a.gz.part"
refuses 73 "kebab: cannot serve order 1 \($tmp/in/a\) into $tmp/way: Is a directory" \
	"$kebab" --output "$tmp/way" "$tmp/in/a"

for how in $four; do
	rm -rf "$tmp/out"
	as "$how" "$kebab" --bake 1 --output "$tmp/out" "$tmp/in" >/dev/null ||
		fail "as $how: code $?"
	equal "001-a.gz 002-b.gz" "$(cd "$tmp/out" && echo *)" "kebabs as $how"
	gunzip -c "$tmp/out"/* | cmp - <(cat "$tmp/in"/*) || fail "as $how: not what was ordered"

	refuses 73 "kebab: cannot serve order [12] \($tmp/in/.\) into $tmp/full: File too large" \
		env "HOCKET_OPTIONS=exec=${how%/*}:workers=${how#*/}" \
		bash -c 'trap "" XFSZ; ulimit -f 1; exec "$@"' - \
		"$kebab" --bake 1 --output "$tmp/full" "$tmp/in"
	[ -z "$(ls -A "$tmp/full")" ] || fail "something is left on the full disk"
done
