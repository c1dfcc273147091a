#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: each experiment that runs this command's own programs measures what it claims to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

four='assert names == ["sequential", "concurrent", "parallel", "combined"]'

json waiting <<END
$four
sequential, concurrent = by_name["sequential"], by_name["concurrent"]
# typing takes 0.7 s, in which nobody computes; how long computing takes is the machine's affair
assert sequential["idle"] * sequential["wall_ns"] > 0.5e9, sequential
assert concurrent["idle"] < sequential["idle"] / 2, concurrent
END

json lock <<END
$four
for e in executions:
    owners = [hold["owner"] for hold in e["holds"]]
    assert sorted(owners) == ["first", "first", "second", "second"], owners
    ends = [0] + [time for hold in e["holds"] for time in (hold["from_ns"], hold["to_ns"])]
    assert ends == sorted(ends), ends
    assert e["held_ns"] == sum(hold["to_ns"] - hold["from_ns"] for hold in e["holds"])
    assert e["overtaken"] <= sum(a == b for a, b in zip(owners, owners[1:])), e
    assert e["waited_most_ns"] <= e["waited_ns"] <= e["waits"] * e["waited_most_ns"], e
assert by_name["sequential"]["waits"] == by_name["sequential"]["overtaken"] == 0
for name in "concurrent", "combined":
    assert by_name[name]["waits"] >= 1
    assert 0 < by_name[name]["third_ran_ns"] <= by_name[name]["waited_ns"]
END

json semaphore <<END
$four
assert (lab["ovens"], lab["cooks"]) == (3, 10)
assert by_name["sequential"]["ovens_in_use_most"] == 1
assert by_name["sequential"]["waits"] == 0
assert by_name["concurrent"]["ovens_in_use_most"] == 3
assert all(e["ovens_in_use_most"] <= 3 for e in executions)
for e in executions:
    assert sorted(e["order"]) == list(range(1, 11)), e
    assert max(use["ovens"] for use in e["ovens_in_use"]) == e["ovens_in_use_most"], e
    ends = [time for use in e["ovens_in_use"] for time in (use["from_ns"], use["to_ns"])]
    assert ends == sorted(ends), ends
END

# The order of the queue, whenever those who were given an oven run; but a slice could end between
# the moment that the events have and the place in the queue.
HOCKET_OPTIONS=slice=off json semaphore <<END
assert by_name["concurrent"]["waits"] >= 2
assert by_name["concurrent"]["overtook"] == 0
assert by_name["concurrent"]["given"] == by_name["concurrent"]["order"]
END

json cores <<END
workers = [e["workers"] for e in executions]
assert workers[0] == 1 and workers == sorted(set(workers)) and workers[-1] == 2 * lab["cpus"]
assert lab["cpus"] in workers
for e in executions:
    assert abs(e["speedup"] - executions[0]["wall_ns"] / e["wall_ns"]) < 1e-6
    assert abs(e["efficiency"] - e["speedup"] / e["workers"]) < 1e-6
assert "amdahl" in lab and "usl" in lab
END

for name in waiting lock semaphore cores; do
	people "$name" 'execution +workers +wall +CPU +idle'
done
finish
