#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's way to compile a first program, out of the build tree.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

unset LD_LIBRARY_PATH # only the line itself says where the library is
cd "$SOURCE" || fail "no $SOURCE"
build=$(dirname "$EXAMPLES")
cc -Iinclude examples/hello.c -L"$build/src" -lhocket -Wl,-rpath,"$build/src" -o "$tmp/hello" ||
	fail "the compile line does not work"
for how in $four; do
	out=$(as "$how" "$tmp/hello") || fail "hello as $how: exit code $?"
	equal $'fries: ready\nmeat: ready\nvegetables: ready' "$(sort <<<"$out")" "hello as $how"
done
