#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: the experiments on time slices measure what they claim to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

# The hog lasts several times as long as the machine may hold anybody up.
json freeze --hog-ms 900 <<END
rows = [("concurrent", 1), ("concurrent", 1), ("pthreads", 2)]
if lab["libuv"]:
    rows.append(("libuv", 1))
assert [(e["name"], e["workers"]) for e in executions] == [row for row in rows for _ in range(2)]
assert [e["beside"] for e in executions] == ["for (;;);", "raw sleep"] * len(rows)
assert (lab["beat_ns"], lab["hog_ns"]) == (10e6, 900e6)
for e in executions:
    # it lasted, whoever ran beside it, and the heart beat before and after it
    assert e["wall_ns"] > 1050e6 and e["beats"] >= 20, e
    assert e["longest_gap_ns"] >= 10e6 and e["longest_gap_ns"] < e["wall_ns"], e
    assert e["calls_cut_short"] == 0, e
# slices interrupt a loop, and a worker is taken from a sleep; nothing interrupts a loop without
# slices, nor a callback
assert executions[0]["longest_gap_ns"] < 500e6 or not interrupts
assert executions[1]["longest_gap_ns"] < 500e6
assert executions[2]["longest_gap_ns"] > 890e6
for e in executions:
    assert e["name"] != "libuv" or e["longest_gap_ns"] > 890e6
END

json slices <<END
assert names == ["concurrent"] * 4
assert [e["slice_ns"] for e in executions] == [1e5, 1e6, 1e7, 0]
for e in executions:
    assert e["slices"] >= e["cuts"] + lab["tasks"], e
    assert sum(bin["slices"] for bin in e["histogram"]) == e["slices"]
    assert 0 < e["median_ns"] <= e["p99_ns"] <= e["longest_ns"] <= e["wall_ns"]
cuts = [e["cuts"] for e in executions]
assert cuts[3] == 0, cuts
assert cuts[0] > 0 and cuts[1] > cuts[2] > 0 or not interrupts, cuts
END

json illusion <<END
assert names == ["sequential", "concurrent", "concurrent"]
assert executions[0]["cuts"] == 0 and executions[0]["wall_overhead"] == 0
assert executions[2]["cuts"] > executions[1]["cuts"] > 0 or not interrupts
for e in executions:
    assert e["wall_min_ns"] <= e["wall_median_ns"] <= e["wall_max_ns"]
    assert 0 < e["done_average_ns"] <= e["wall_ns"]
    ratio = e["wall_median_ns"] / executions[0]["wall_median_ns"]
    assert abs(e["wall_overhead"] - ratio + 1) < 1e-6
END

people freeze 'longest gap beside +for \(;;\); +raw sleep$' --hog-ms 100
people slices 'slice +wall +CPU +parts'
people illusion 'slice +wall +least'
finish
