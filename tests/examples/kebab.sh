#!/bin/bash
# SPDX-License-Identifier: MIT
# The kitchen's results: the same bill and the same bytes in every execution, each kebab a valid
# .gz of exactly its order.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

mkdir "$tmp/in" "$tmp/in/deep"
: >"$tmp/in/empty"
printf a >"$tmp/in/one"
printf ab >"$tmp/in/two"
printf abcd >"$tmp/in/deep/four bytes"
head -c 300000 /dev/urandom >"$tmp/in/deep/noise"
head -c 3000000 /dev/zero >"$tmp/in/zeros"
cp "$EXAMPLES/kebab" "$tmp/in/program"
# In the order of the pantry: by name, folders where their name stands.
orders=("$tmp/in/deep/four bytes" "$tmp/in/deep/noise" "$tmp/in/empty" "$tmp/in/one"
	"$tmp/in/program" "$tmp/in/two" "$tmp/in/zeros")

# checksum FILE...: the crc32 of the files, one after the other, out of a .gz by gzip itself
checksum()
{
	cat "$@" | gzip -1 | tail -c 8 | od -An -tx4 -N4 --endian=little | tr -d ' '
}

bill="kebab: 7 orders, 21 parts, $(cat "${orders[@]}" | wc -c) bytes in, OUT bytes out, "
bill+="checksum $(checksum "${orders[@]}")"
first=

for how in $all; do
	rm -rf "$tmp/out"
	out=$(as "$how" "$kebab" --bake 5 --output "$tmp/out" "$tmp/in") || fail "as $how: code $?"
	equal "${bill/OUT/$(cat "$tmp/out"/* | wc -c)}" "$out" "kebab as $how"
	equal 7 "$(find "$tmp/out" -type f | wc -l)" "number of kebabs as $how"
	for i in "${!orders[@]}"; do
		gz=$(printf '%s/%03d-%s.gz' "$tmp/out" $((i + 1)) "${orders[i]##*/}")
		gunzip -t "$gz" || fail "$gz is no valid .gz"
		gunzip -c "$gz" | cmp - "${orders[i]}" || fail "$gz is not what was ordered"
	done
	sum=$(cat "$tmp/out"/* | sha256sum)
	equal "${first:=$sum}" "$sum" "bytes of the kebabs as $how"
done

# Without --output nothing is written.
(cd "$tmp" && mkdir empty && cd empty && "$kebab" --bake 0 "$tmp/in" >/dev/null) || fail "code $?"
[ -z "$(ls -A "$tmp/empty")" ] || fail "kebabs without --output"

# Orders go round the files; fewer orders than files leave files out.
for how in $four; do
	out=$(as "$how" "$kebab" --orders 5 --bake 1 --output "$tmp/round" \
		"$tmp/in/one" "$tmp/in/two")
	equal "001-one.gz 002-two.gz 003-one.gz 004-two.gz 005-one.gz" \
		"$(cd "$tmp/round" && echo *)" "--orders as $how"
	grep -q '^kebab: 5 orders, 15 parts, 7 bytes in, ' <<<"$out" || fail "--orders: $out"
done
"$kebab" --orders 1 --bake 0 "$tmp/in" | grep -q '^kebab: 1 orders, 3 parts, 4 bytes in' ||
	fail "--orders 1"

# An older file of the same name is replaced, whatever it was.
ln -sf /dev/null "$tmp/round/001-one.gz"
"$kebab" --bake 0 --output "$tmp/round" "$tmp/in/one" >/dev/null || fail "replacing: code $?"
if [ -L "$tmp/round/001-one.gz" ]; then fail "not replaced"; fi
gunzip -t "$tmp/round/001-one.gz" || fail "not replaced well"

# More orders than the oven has room for, and a large crowd of chefs.
for how in combined/2 parallel/200; do
	out=$(as "$how" "$kebab" --orders 1000 --bake 1 "$tmp/in/two") || fail "crowd: code $?"
	grep -q '^kebab: 1000 orders, 3000 parts, 2000 bytes in' <<<"$out" || fail "crowd: $out"
done

# Waits overlap with interleaving: 40 kebabs of 500 ms take far less than 20 s on one worker.
start=$(date +%s%N)
as concurrent/1 "$kebab" --orders 40 --bake 500 "$tmp/in/two" >/dev/null || fail "code $?"
[ $((($(date +%s%N) - start) / 1000000)) -lt 10000 ] || fail "the chef does not switch"

# A program with closed standard descriptors does not mix them up with its own.
(exec <&- 2>&-; "$kebab" --bake 0 --output "$tmp/closed" "$tmp/in" >/dev/null) || fail "code $?"
gunzip -t "$tmp/closed"/* || fail "descriptors mixed up"

"$kebab" --help | grep -q '^usage: kebab ' || fail "--help"
