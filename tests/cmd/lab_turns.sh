#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: the experiments on switches, crowds and threads measure what they claim to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

json switching <<END
assert names == ["concurrent"] * 2 + ["pthreads"] * 2
for e in executions:
    assert 0 < e["switch_min_ns"] <= e["switch_median_ns"] <= e["switch_max_ns"], e
assert executions[1]["switch_median_ns"] < executions[2]["switch_median_ns"]
slices = lab["slices"]
assert [s["slice_ns"] for s in slices] == [0, 1e7, 1e6, 1e5]
assert len({s["result"] for s in slices}) == 1
assert slices[0]["cuts"] == 0 and slices[0]["cost"] == 0
if interrupts:
    assert slices[2]["cuts"] > slices[1]["cuts"] > 0 and slices[3]["cuts"] > 0, slices
for s in slices:
    assert abs(s["cost"] - s["cpu_median_ns"] / slices[0]["cpu_median_ns"] + 1) < 1e-6
END

json crowd --tasks 500 <<END
tasks = [1, 3, 10, 30, 100, 300, 500]
assert [e["tasks"] for e in executions] == tasks * 2
assert names == ["sequential"] * len(tasks) + ["concurrent"] * len(tasks)
for e in executions:
    assert e["first_p50_ns"] <= e["first_p99_ns"] <= e["total_ns"], e
    assert e["first_p50_ns"] <= e["wait_p50_ns"] <= e["wait_p99_ns"] <= e["total_ns"], e
# one after the other, half of the tasks are done when the other half begins
alone, together = executions[len(tasks) - 1], executions[-1]
assert alone["wait_p50_ns"] < 0.9 * alone["total_ns"]
assert together["wait_p50_ns"] / together["total_ns"] > alone["wait_p50_ns"] / alone["total_ns"]
law = {(law["execution"], law["of"]): law["exponent"] for law in lab["laws"]}
assert law["sequential", "total"] > 0.3, law
END

json threads <<END
assert names == ["sequential", "concurrent", "parallel", "combined"]
for e in executions:
    assert e["tasks"] == 8 and e["tasks_moved"] <= e["migrations"]
    assert sum(thread["tasks"] for thread in e["ran"]) >= 8
    assert e["threads"] >= len(e["ran"]) >= 1
for name in "sequential", "parallel":
    assert by_name[name]["migrations"] == 0
assert by_name["combined"]["threads"] >= 2 and by_name["combined"]["migrations"] > 0
task, thread = lab["costs"]
assert task["result"] == thread["result"] and task["count"] == thread["count"]
assert 0 < task["each_median_ns"] and task["resident_bytes"] >= 4000
END

people switching 'slice +CPU +least +most +more'
people crowd ' +tasks +total' --tasks 1
people crowd ' +tasks +total' --tasks 40
people threads 'execution +workers +wall +CPU +idle +threads +moves'
finish
