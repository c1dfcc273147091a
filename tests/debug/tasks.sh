#!/bin/bash
# SPDX-License-Identifier: MIT
# Goal: gdb lists all tasks and prints the stack of each, of a process and from a core file, with
# the script that stands beside the library; without debug information it says what to do. Method:
# a program with a task in each state, stopped by a breakpoint.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

here=$(dirname "$(dirname "$STATES")")
debug() {
	gdb -batch -nx -iex 'set debuginfod enabled off' -iex "add-auto-load-safe-path ${here%/*}" \
		-ex 'set width 0' "$@" >"$tmp/out" 2>"$tmp/err" ||
		fail "gdb: exit code $?: $(cat "$tmp/out" "$tmp/err")"
}

# has PATTERN: some line matches.
has() {
	grep -qE -- "$1" "$tmp/out" || fail "no line '$1': $(cat "$tmp/out" "$tmp/err")"
}

# stack ID FUNCTION...: what "hocket bt ID" printed has these functions in this order, and ends
# where the task begins.
stack() {
	local id=$1 at
	shift
	at=$(sed -n "/^task $id /,/^task /p" "$tmp/out" | grep '^#')
	for name in "$@" task_main hki_arch_start; do
		grep -qE "^#[0-9]+ .*(in | )$name \(" <<<"$at" ||
			fail "no $name in the rest of the stack of task $id: $at"
		at=$(sed "0,/[ ]$name (/d" <<<"$at")
	done
	[ -z "$at" ] || fail "task $id begins above hki_arch_start: $at"
}

stacks=()
for id in 1 2 3 4 5 6; do
	stacks+=(-ex "hocket bt $id")
done

check() {
	has "^run 1 'main': combined, 1 worker"
	has '^ +1  main +runs +on worker 0, on thread [0-9]+$'
	has '^ +2  waits_for_mutex +waits +for the mutex 0x[0-9a-f]+, which task 1 "main" holds, '
	has ", called in cut\(\) at .*states\.c:$(grep -n 'cuts here' "$SOURCE" | cut -d: -f1)$"
	# Its last call may leave nothing of the function.
	has ' for the semaphore 0x[0-9a-f]+, (called in|at the end of) waits_for_semaphore\(\)'
	has '^ +4  blocks +blocked +on thread [0-9]+, in a call, without a worker$'
	has '^ +5  naps +waits +for its time to come, called in naps\(\) at '
	has '^ +6  computes +frozen +on thread [0-9]+, interrupted, ready to go on$'
	has '^ +7  never_starts +new +function never_starts\(\)$'
	stack 1 stand all
	stack 2 hki_park hki_waitq_wait_as cut waits_for_mutex
	stack 3 hki_park hk_sem_wait
	stack 4 blocks
	stack 5 hk_sleep naps
	stack 6 hki_handoff_yield computes
	has '^#[0-9]+ .* cut \(pieces=4711\) at '
	has '^\$[0-9]+ = 4711$'
	! grep -qiE 'corrupt|inner to|too early' "$tmp/out" || fail "$(cat "$tmp/out")"
}
commands=(-ex 'info hocket-tasks' -ex 'hocket tasks' "${stacks[@]}"
	-ex 'echo task over\n' -ex 'hocket task 2 frame function cut'
	-ex 'hocket task 2 frame apply all -q -s print pieces')

# The process goes on afterwards, unharmed. gdb cannot copy memory with guards of madvise(2) in it.
debug -ex 'break stand' -ex 'run mprotect' "${commands[@]}" \
	-ex "generate-core-file $tmp/core" -ex delete -ex continue "$STATES"
check
has '^result 0$'
has 'exited normally\]$'
debug "${commands[@]}" "$STATES" "$tmp/core"
check
debug -ex 'break stand' -ex run "${commands[@]}" -ex kill "$STATES"
check

# The kernel's core file, where it leaves one in the folder of the process.
read -r pattern </proc/sys/kernel/core_pattern
if [[ $pattern != [\|/]* ]]; then
	(cd "$tmp" && rm core && ulimit -c unlimited && "$STATES" dump >/dev/null 2>&1)
	cores=("$tmp"/*core*)
	debug "${commands[@]}" "$STATES" "${cores[0]}"
	check
	mv "${cores[0]}" "$tmp/core"
fi

# What cannot be done is said in a sentence.
# says SENTENCE ARGUMENT...
says() {
	local sentence=$1
	shift
	debug "$@" -ex "echo over" "$STATES"
	grep -qF -- "$sentence" "$tmp/err" || fail "not '$sentence': $(cat "$tmp/out" "$tmp/err")"
}
core=(-ex "core-file $tmp/core")
says 'There is no task 99;' "${core[@]}" -ex 'hocket bt 99'
says "'x' is no task: write its ID" "${core[@]}" -ex 'hocket bt x'
says 'task 7 "never_starts" has not started' "${core[@]}" -ex 'hocket bt 7'
says 'Write what to do there as well' "${core[@]}" -ex 'hocket task 2'
says 'The program is not running' -ex "source $SCRIPT" -ex 'hocket tasks'
objcopy --strip-all "$LIBRARY" "$tmp/${LIBRARY##*/}" || fail "objcopy: exit code $?"
ln -s "${LIBRARY##*/}" "$tmp/libhocket.so.0"
says 'libhocket has no debug information here' -ex "source $SCRIPT" \
	-ex "set environment LD_LIBRARY_PATH $tmp" -ex 'break stand' -ex run -ex 'hocket tasks' \
	-ex kill
