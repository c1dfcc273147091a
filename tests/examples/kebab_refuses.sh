#!/bin/bash
# SPDX-License-Identifier: MIT
# What bad input gets: one sentence, the right exit code, and nothing half-written.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

mkdir "$tmp/in" "$tmp/none" "$tmp/full"
seq 5000 >"$tmp/in/a"
seq 6000 >"$tmp/in/b"

# 64: usage
number="takes a number from [0-9]+ to [0-9]+, not"
refuses 64 ".*kebab: unrecognized option '--pizza'" "$kebab" --pizza "$tmp/in"
refuses 64 ".*kebab: option '--bake' requires an argument" "$kebab" "$tmp/in" --bake
refuses 64 "kebab: no file or folder to cook was given; see kebab --help" "$kebab"
for bad in 0 -1 1x '' 1000001 99999999999999999999; do
	refuses 64 "kebab: --orders $number '$bad'" "$kebab" --orders "$bad" "$tmp/in"
done
refuses 64 "kebab: --chefs $number '0'" "$kebab" --chefs 0 "$tmp/in"
refuses 64 "kebab: --chefs $number '10000'" "$kebab" --chefs 10000 "$tmp/in"
refuses 64 "kebab: --bake $number '1.5'" "$kebab" --bake 1.5 "$tmp/in"
refuses 64 ".*HOCKET_OPTIONS.*" env HOCKET_OPTIONS=exec=slow "$kebab" "$tmp/in"
refuses 64 ".*HOCKET_OPTIONS.*" env HOCKET_OPTIONS=workers=10000 "$kebab" "$tmp/in"
refuses 64 ".*HOCKET_OPTIONS.*" env HOCKET_OPTIONS=workers=0 "$kebab" "$tmp/in"

# 66: input
refuses 66 "kebab: cannot read $tmp/nix: No such file or directory" "$kebab" "$tmp/in" "$tmp/nix"
refuses 66 "kebab: cannot read : No such file or directory" "$kebab" ''
refuses 66 "kebab: /dev/zero is neither a file nor a folder" "$kebab" /dev/zero
refuses 66 "kebab: nothing to cook: no file in what was given" "$kebab" "$tmp/none"
truncate -s 3G "$tmp/huge"
refuses 66 "kebab: cannot read order 1 \($tmp/huge\): File too large" "$kebab" "$tmp/huge"

# A file that may not be read: as somebody who is not root.
me=()
if [ "$(id -u)" = 0 ]; then
	me=(setpriv --reuid=65534 --regid=65534 --clear-groups
		env "LD_LIBRARY_PATH=$tmp/program" "$tmp/program/kebab")
	mkdir "$tmp/program"
	cp "$kebab" "$(dirname "$EXAMPLES")"/src/libhocket.so.? "$tmp/program"
	chmod 755 "$tmp" "$tmp/program"
else
	me=("$kebab")
fi
chmod 000 "$tmp/in/b"
for how in $four; do
	rm -rf "$tmp/out"
	mkdir -m 777 "$tmp/out"
	refuses 66 "kebab: cannot read order 2 \($tmp/in/b\): Permission denied" \
		env "HOCKET_OPTIONS=exec=${how%/*}:workers=${how#*/}" \
		"${me[@]}" --output "$tmp/out" "$tmp/in"
	for gz in "$tmp/out"/*; do
		[ "$gz" = "$tmp/out/*" ] || gunzip -t "$gz" || fail "half a kebab as $how"
	done
done
chmod 644 "$tmp/in/b"

# 71: no memory. (A sanitizer wants more of it than the test would leave.)
if [ "$SANITIZE" = none ]; then
	truncate -s 1500M "$tmp/huge"
	for how in $four; do
		refuses 71 "kebab: no memory for order 1 \($tmp/huge\)" \
			env "HOCKET_OPTIONS=exec=${how%/*}:workers=${how#*/}" \
			bash -c 'ulimit -v 1000000; exec "$@"' - "$kebab" "$tmp/huge"
	done
fi

# 71: no descriptor. How many the runtime itself needs is its business: one of these limits lets the
# kitchen open and leaves none for the order, whose file is not to blame.
said=no
for limit in {4..16}; do
	code=0
	bash -c "ulimit -n $limit; exec \"\$@\"" - "$kebab" --bake 0 "$tmp/in/a" \
		>"$tmp/stdout" 2>"$tmp/stderr" || code=$?
	[ "$code" != 66 ] || fail "the input is blamed for ulimit -n $limit: $(cat "$tmp/stderr")"
	if grep -qx "kebab: no descriptor left for order 1 ($tmp/in/a)" "$tmp/stderr"; then
		equal 71 "$code" "exit code with ulimit -n $limit"
		said=yes
	fi
done
equal yes "$said" "a sentence about descriptors"

# 73: output
refuses 73 "kebab: cannot serve into $tmp/in/a: Not a directory" \
	"$kebab" --output "$tmp/in/a" "$tmp/in"
refuses 73 "kebab: cannot serve into $tmp/x/y: No such file or directory" \
	"$kebab" --output "$tmp/x/y" "$tmp/in"
mkdir -p "$tmp/taken/001-a.gz"
for how in $four; do
	refuses 73 "kebab: cannot serve order 1 \($tmp/in/a\) into $tmp/taken: File exists" \
		env "HOCKET_OPTIONS=exec=${how%/*}:workers=${how#*/}" \
		"$kebab" --bake 0 --output "$tmp/taken" "$tmp/in/a"
	# A disk that is full after 1 KiB; the signal that says so first is ignored.
	refuses 73 "kebab: cannot serve order [12] \($tmp/in/.\) into $tmp/full: File too large" \
		env "HOCKET_OPTIONS=exec=${how%/*}:workers=${how#*/}" \
		bash -c 'trap "" XFSZ; ulimit -f 1; exec "$@"' - \
		"$kebab" --bake 0 --output "$tmp/full" "$tmp/in"
	[ -z "$(ls -A "$tmp/full")" ] || fail "something is left on the full disk"
done

# 74: stdout
refuses 74 "kebab: cannot write the bill to stdout: No space left on device" \
	sh -c "exec '$kebab' --bake 0 '$tmp/in' >/dev/full"
refuses 74 "kebab: cannot write the bill to stdout: Bad file descriptor" \
	sh -c "exec '$kebab' --bake 0 '$tmp/in' >&-"
refuses 74 "kebab: cannot write to stdout: No space left on device" \
	sh -c "exec '$kebab' --help >/dev/full"
