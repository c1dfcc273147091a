#!/bin/bash
# SPDX-License-Identifier: MIT
# Goal: the library has the static probes that doc/debugging.md lists, they tell what happens, and
# there are none in a library that was built without. Method: the ELF notes; gdb stops at a probe.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# The names in the table of the page.
sed -n 's/^| `hocket:\([a-z]*\)` .*/\1/p' "$PAGE" | sort >"$tmp/wanted"
[ -s "$tmp/wanted" ] || fail "no table of probes in $PAGE"
[ "$PROBES" = yes ] || : >"$tmp/wanted"
readelf -n "$LIBRARY" >"$tmp/notes" || fail "readelf: exit code $?"
sed -n '/Provider: hocket$/{n;s/.*Name: //p}' "$tmp/notes" | sort -u >"$tmp/found"
diff "$tmp/wanted" "$tmp/found" || fail "the probes are not those of the page"
if [ "$PROBES" != yes ]; then
	echo "built without probes"
	exit 0
fi

# gdb knows the arguments' places from the notes.
gdb -batch -nx -iex 'set debuginfod enabled off' -ex 'break main' -ex run -ex delete \
	-ex 'break -probe-stap hocket:spawn' -ex continue -ex continue \
	-ex 'printf "task %d by %d: %s\n", $_probe_arg0, $_probe_arg1, (char *)$_probe_arg2' \
	-ex 'printf "at %s\n", (char *)$_probe_arg3' \
	-ex kill "$STATES" >"$tmp/out" 2>&1 || fail "gdb: exit code $?: $(cat "$tmp/out")"
for line in '^task 2 by 1: waits_for_mutex$' '^at .*states\.c:[0-9]+$'; do
	grep -qE "$line" "$tmp/out" || fail "no line '$line': $(cat "$tmp/out")"
done
