#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: the experiments on lost updates, orders and deadlocks show what they claim to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

four='names == ["sequential", "concurrent", "parallel", "combined"]'

# What two workers lose is a matter of luck; what a yield loses on one is not.
json corrupt --runs 20 <<END
assert $four
assert (lab["runs"], lab["updates"]) == (20, 2000)
for e in executions:
    assert list(e["ways"]) == ["yield", "compute", "mutex", "atomic", "channel"]
    for name, way in e["ways"].items():
        assert 0 <= way["lost_most"] <= 99 and way["lost"] <= 20 * way["lost_most"], e
        assert 0 <= way["wrong_counts"] <= 20 and 0 <= way["wrong_totals"] <= 20, e
        assert (way["lost"] > 0) == (way["wrong_counts"] > 0), e
        if name in ("mutex", "atomic", "channel") or e["name"] == "sequential":
            assert way["lost"] == way["wrong_totals"] == 0, e
lost = by_name["concurrent"]["ways"]["yield"]
assert lost["lost"] > 0 and lost["wrong_counts"] == 20 and lost["wrong_totals"] > 0, lost
assert str(lost["lost"]) in lab["sentence"]
END

json order --runs 42 <<END
assert names == ["sequential"] + ["concurrent"] * 4 + ["parallel"] + ["combined"] * 2
assert [e["seed"] for e in executions] == ["off", "off", "7", "1 ..."] + ["off"] * 4
assert (lab["runs"], lab["possible_orders"]) == (44, 63063000)
for e in executions:
    assert 1 <= e["orders"] <= 44 - e["most_frequent_runs"] + 1, e
    assert sorted(e["most_frequent"]) == sorted("ABCD" * 4), e
# nothing but the tasks' own calls, and the seed, decides here
plain = [(e["orders"], e["most_frequent"]) for e in executions[:2]]
assert plain == [(1, "AAAABBBBCCCCDDDD"), (1, "AABBCCDDAABBCCDD")], plain
assert executions[2]["orders"] == 1
assert 1 < executions[3]["orders"] <= 11 and executions[3]["strays"] == 0, executions[3]
assert "all 44 runs took one order" in lab["sentence"]
assert f"11 seeds took {executions[3]['orders']}, each its own" in lab["sentence"]
END

json deadlock <<END
assert names == 2 * ["sequential", "concurrent", "parallel", "combined"]
assert [e["version"] for e in executions] == ["ordered"] * 4 + ["seats"] * 4
assert all(e["deadlocks"] == 0 and e["tries"] == 5 for e in executions)
broken = lab["broken"]
assert [e["name"] for e in broken] == names[:4]
assert broken[0]["deadlocks"] == 0 and broken[1]["deadlocks"] > 0, broken
assert all(0 <= e["deadlocks"] <= e["tries"] == 5 for e in broken)
# a circle of all five, each spawned where it was
waits = {w["task"]: w["waits_for"] for w in lab["waits"]}
cooks = [f"cook {i}" for i in range(1, 6)]
assert all(waits[a] == b for a, b in zip(cooks, cooks[1:] + cooks[:1])), waits
assert all(re.fullmatch(r".*dining\.c:[0-9]+", w["spawned_at"]) for w in lab["waits"])
assert "deadlock" in lab["report"]
# what nobody ran into in a dinner that went well is told by the order of the locks
assert lab["warning"].startswith("hocket: lock order: "), lab["warning"]
END

columns='execution +workers +wall +CPU +idle'
people corrupt "$columns" --runs 8
people order 'execution +workers +wall +CPU +slices +seed +orders' --runs 1
people order 'execution +workers +wall +CPU +slices +seed +orders' --runs 8
people deadlock 'execution +workers +left +ordered +seats'
finish
