#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs a build below an empty folder, where the loader looks for no library, and uses it as
# strangers would: the command and its kitchen; what the library shows; a program built with what
# pkg-config says, in C11 and C++17, by gcc and clang, with the shared library, with libhocket.a,
# and wholly static; with libhocket-posix, linked and preloaded.
# usage: install.sh BUILD SOURCE
set -eu
build=$1 source=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

fail() {
	echo "install: $*" >&2
	exit 1
}

DESTDIR=$place meson install -C "$build" --no-rebuild --quiet >"$place/log" 2>&1 || {
	cat "$place/log" >&2
	exit 1
}
hocket=$(find "$place" -path '*/bin/hocket')
if [ -n "$hocket" ] && [ -n "$(find "$place" -path '*/hocket/kebab')" ]; then
	"$hocket" lab kitchen --orders 1 --input "$0" >"$place/log" || exit 1
fi

pc=$(find "$place" -name hocket.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR="$place"
# variable NAME: a folder of hocket.pc, below $place.
variable() {
	folder=$(pkg-config "--variable=$1" hocket)
	case $folder in
	"$place"*) echo "$folder" ;;
	*) echo "$place$folder" ;;
	esac
}
library=$(variable libdir)
version=$(pkg-config --modversion hocket)

# What is there: every header and nothing else, the library under its three names, the pages.
(cd "$source/include" && find . -name '*.h*') | sort >"$place/wanted"
(cd "$(variable includedir)" && find . -name '*.h*') | sort >"$place/there"
diff "$place/wanted" "$place/there" >&2 || fail "the headers differ from those in include/"
for name in hocket hocket-posix; do
	[ "$(readlink -f "$library/lib$name.so")" = "$library/lib$name.so.$version" ] ||
		fail "lib$name.so does not lead to lib$name.so.$version"
	readelf -dW "$library/lib$name.so" >"$place/dynamic"
	grep -q "(SONAME).*\[lib$name\.so\.0\]" "$place/dynamic" || fail "lib$name.so.0: no SONAME"
	grep -Eq '\(FLAGS.*NOW' "$place/dynamic" || fail "lib$name.so is not linked with -z now"
done
if grep -q '^build man/' "$build/build.ninja"; then
	for page in "$source"/man/*.scd; do
		page=$(basename "$page" .scd)
		page=man${page##*.}/$page
		[ -n "$(find "$place" -path "*/man/$page" -size +1k)" ] || fail "no page $page"
	done
	man=$(find "$place" -path '*/man/man3')/..
	for page in "$man"/man3/*; do
		to=$(sed -n '1s/^\.so //p' "$page")
		[ -f "$man/${to:-man3/$(basename "$page")}" ] || fail "$page refers to no page: $to"
	done
	[ -f "$man/man3/hk_sem_post.3" ] || fail "no page hk_sem_post.3"
	page=$(find "$place" -name hocket-memory.7)
	edges=$("$source/tools/orders.py" --table | sed -n 's/^\([A-Z]\{2,6\}[0-9]*\) .*/\1/p')
	[ -n "$edges" ] || fail "tools/orders.py knows no edges"
	for edge in $edges; do
		grep -q "^$edge\b" "$page" || fail "hocket-memory(7) has no edge $edge"
	done
fi

# What the library shows: what hocket.map lists, with its version, and no other name.
nm -D --defined-only "$library/libhocket.so" >"$place/nm" || fail "nm cannot read the library"
sed -n 's/.* [TDBRVW] //p' "$place/nm" | sort >"$place/there"
sed -n 's/^\t\([a-z_]*\);$/\1@@HOCKET_0.1/p' "$source/hocket.map" | sort >"$place/wanted"
diff "$place/wanted" "$place/there" >&2 || fail "nm -D shows other names than hocket.map lists"

# gdb looks for the script below its own auto-load folder, by the path of the library.
script=$(pkg-config --variable=gdb_script hocket)
case $script in
"$place"*) ;;
*) script=$place$script ;;
esac
case $script in
*/gdb/auto-load"${library#"$place"}"/libhocket.so.*-gdb.py) [ -f "$script" ] ;;
*) false ;;
esac || {
	echo "no script for gdb where gdb looks for it: '$script'" >&2
	exit 1
}

cat >"$place/program.c" <<'END'
#include <hocket.h>
#include <stdio.h>
#include <time.h>

static struct hk_mutex counter = HK_MUTEX_INIT;
static struct hk_sem done = HK_SEM_INIT(0);
static int baked;

static void add(int n)
{
#ifdef __cplusplus
	hk::lock_guard guard(counter);
	baked += n;
#else
	HK_LOCKED(&counter)
		baked += n;
#endif
}

static int bake(void *arg)
{
	struct timespec moment = { 0, 1000000 };

	add(*(int *)arg);
	hk_sem_post(&done);
	return nanosleep(&moment, NULL);
}

static int cook(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;
	int one = 1;
	HK_SCOPE(s);

	(void)arg;
	options.name = "oven";
	hk_spawn_with(&s, &options, bake, &one);
	hk_spawn_copy(&s, bake, &one, sizeof(one));
	hk_spawn(&s, bake, &one);
	for (int i = 0; i < 3; i++)
		if (hk_sem_wait(&done) != 0)
			return -1;
	return hk_join(&s);
}

int main(void)
{
	struct hk_options options = HK_OPTIONS_INIT;
	int result;

	options.workers = 2;
	result = hk_run(&options, cook, NULL);
	printf("%s: %d baked\n", hk_version(), baked);
	return result == 0 && baked == 3 ? 0 : 1;
}
END
{
	echo '#include <hocket.hpp>'
	cat "$place/program.c"
} >"$place/program.cc"

# try COMPILER FILE PACKAGE PKG-CONFIG-OPTIONS: builds, runs and looks at what it says.
try() {
	compiler=$1 file=$place/$2 package=$3 options=$4
	# shellcheck disable=SC2046,SC2086 # pkg-config gives a list, $options may be empty
	$compiler -pedantic -Wall -Wextra -Wconversion -Werror -o "$place/program" "$file" \
		$(pkg-config $options --cflags --libs "$package")
	said=$(LD_LIBRARY_PATH=$library "$place/program") || fail "$compiler $package: exit code $?"
	[ "$said" = "$version: 3 baked" ] || fail "$compiler $package: the program said '$said'"
}

# needs PATTERN WHAT: what the program that was tried last asks the loader for.
needs() {
	readelf -dW "$place/program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$place/needed"
	grep -Eq "$1" "$place/needed" || fail "$compiler: the program should need $1, $2"
}

# parks WHAT: whether the tasks that bake waited in the way that libhocket-posix makes them wait.
parks() {
	HOCKET_OPTIONS=stats=$place/stats LD_LIBRARY_PATH=$library "$place/program" >"$place/log"
	grep -q '"sleep": *3' "$place/stats" ||
		fail "$1: nanosleep() in a task did not park it"
}

c11="-std=c11 -D_DEFAULT_SOURCE"
for cc in gcc clang; do
	try "$cc $c11" program.c hocket ""
	needs '^libhocket\.so\.0$' "as its SONAME says"
	try "$cc $c11 -O2 -flto" program.c hocket ""
done
for cxx in g++ clang++; do
	try "$cxx -std=c++17" program.cc hocket ""
done
if [ -n "$hocket" ]; then
	LD_LIBRARY_PATH=$library "$hocket" run --posix --stats -- "$place/program" \
		>"$place/said" 2>"$place/log"
	if ! grep -q '^  parks .*sleep 3' "$place/log"; then
		cat "$place/log" >&2
		fail "hocket run --posix: nanosleep() in a task did not park it"
	fi
fi
for cc in gcc clang; do
	try "$cc $c11 -Wl,--as-needed" program.c hocket-posix ""
	parks "linked with hocket-posix"
done

# everywhere OPTIONS: with libhocket.a, whatever the language and compiler.
everywhere() {
	for cc in gcc clang; do
		try "$cc $c11 $1" program.c hocket --static
	done
	for cxx in g++ clang++; do
		try "$cxx -std=c++17 $1" program.cc hocket --static
	done
}

# Wholly static, though the shared library is there too; then with libhocket.a, which is taken when
# there is no other.
everywhere -static
readelf -lW "$place/program" | grep -q INTERP && fail "-static: the program needs a loader"
rm "$library"/libhocket.so*
everywhere ""
readelf -dW "$place/program" | grep -q 'NEEDED.*libhocket' && fail "libhocket.a was not taken"
exit 0
