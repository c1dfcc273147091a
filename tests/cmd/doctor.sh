#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: doctor names versions and decisions, and listens to HOCKET_OPTIONS.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

run "$HOCKET" doctor
exits 0
says
out_matches '^command +[0-9.]+$'
out_matches '^library +[0-9.]+$'
out_matches '^compiler +(gcc|clang) [0-9]+\.[0-9]+\.[0-9]+$'
out_matches "^kernel +Linux $(uname -r)"
out_matches '^workers +[1-9]'
HOCKET_OPTIONS=workers=7 run "$HOCKET" doctor
exits 0
out_matches '^workers +7'
finish
