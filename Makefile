# SPDX-License-Identifier: MIT
# The commands of HACKING.md; Meson does the work.
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: run build test check-quick soak coverage lint format bench bench-peers install clean
.DEFAULT_GOAL := run

run: build
	build/cmd/hocket lab kitchen

build:
	@tools/setup run
	@test -f build/build.ninja || { echo meson setup build; \
		log=$$(meson setup build -Dtests=disabled 2>&1) || { echo "$$log"; exit 1; }; }
	@ninja -C build

test:
	@tools/setup test
	@tools/test

check-quick:
	@tools/setup test
	@tools/test --quick

soak:
	@tools/setup test
	@tools/soak $(SOAK_S)

# Which lines of src/ the tests run. LINES=1: those that they do not.
coverage:
	@tools/setup coverage
	@tools/coverage $(if $(LINES),--lines)

lint: build
	@tools/setup lint
	@tools/lint

format:
	@tools/setup lint
	@tools/layout.py --fix

# The figures alone go to stdout. ONLY=a,b: these rows; ROUNDS=N: more of them; JSON=1: as JSON.
bench:
	@$(MAKE) --no-print-directory build >&2
	@ninja -C build bench-programs >&2
	@bench/run $(if $(ONLY),--only '$(ONLY)') $(if $(ROUNDS),--rounds '$(ROUNDS)') \
		$(if $(JSON),--json)

bench-peers:
	@tools/setup bench

install: build
	@meson configure build -Dprefix="$$(realpath -ms '$(PREFIX)')"
	DESTDIR="$$(test -z '$(DESTDIR)' || realpath -ms '$(DESTDIR)')" meson install -C build
	@test -n "$(DESTDIR)" || test "$$(id -u)" -ne 0 || ldconfig

clean:
	rm -rf build build-*
