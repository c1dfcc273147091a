#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs a build below an empty folder, where the loader looks for no library: its command runs,
# and the command's kitchen. Then builds and runs a program with what pkg-config says: in C and C++,
# with the shared and the static library, and with libhocket-posix, linked and preloaded.
# usage: install.sh BUILD
set -eu
build=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

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
library=$(pkg-config --variable=libdir hocket)
case $library in
"$place"*) ;;
*) library=$place$library ;;
esac

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

static int bake(void *arg)
{
	struct timespec moment = { 0, 1000000 };

	*(int *)arg += 1;
	return nanosleep(&moment, NULL);
}

static int cook(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, bake, arg);
	return hk_join(&s);
}

int main(void)
{
	int baked = 0;
	int result = hk_run(NULL, cook, &baked);
	printf("%s: %d baked\n", hk_version(), baked);
	return result == 0 && baked == 1 ? 0 : 1;
}
END
cp "$place/program.c" "$place/program.cc"

# try COMPILER FILE PACKAGE PKG-CONFIG-OPTIONS: builds, runs and looks at what it says.
try() {
	compiler=$1 file=$place/$2 package=$3 options=$4
	# shellcheck disable=SC2046,SC2086 # pkg-config gives a list, $options may be empty
	$compiler -Wall -Wextra -Werror -o "$place/program" "$file" \
		$(pkg-config $options --cflags --libs "$package")
	said=$(LD_LIBRARY_PATH=$library "$place/program")
	version=$(pkg-config --modversion hocket)
	if [ "$said" != "$version: 1 baked" ]; then
		echo "install: $compiler $package: the program said '$said'" >&2
		exit 1
	fi
}

# parks WHAT: whether the task that bakes waited in the way that libhocket-posix makes it wait.
parks() {
	HOCKET_OPTIONS=stats=$place/stats LD_LIBRARY_PATH=$library "$place/program" >"$place/log"
	if ! grep -q '"sleep": *1' "$place/stats"; then
		echo "install: $1: nanosleep() in a task did not park it" >&2
		exit 1
	fi
}

try "${CC:-cc} -std=c11 -pedantic -D_DEFAULT_SOURCE" program.c hocket ""
if [ -n "$hocket" ]; then
	LD_LIBRARY_PATH=$library "$hocket" run --posix --stats -- "$place/program" \
		>"$place/said" 2>"$place/log"
	if ! grep -q '^  parks .*sleep 1' "$place/log"; then
		cat "$place/log" >&2
		echo "install: hocket run --posix: nanosleep() in a task did not park it" >&2
		exit 1
	fi
fi
try "${CXX:-c++} -std=c++17" program.cc hocket ""
try "${CC:-cc} -std=c11 -pedantic -D_DEFAULT_SOURCE -Wl,--as-needed" program.c hocket-posix ""
parks "linked with hocket-posix"
rm "$library"/libhocket.so*
try "${CC:-cc} -std=c11 -pedantic -D_DEFAULT_SOURCE" program.c hocket --static
