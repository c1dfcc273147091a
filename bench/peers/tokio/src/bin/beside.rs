// SPDX-License-Identifier: MIT

//! bench/hocket/beside.c with tokio's tasks.
use std::time::{Duration, Instant};

use bench::MS;

const PERIOD: i64 = 20 * MS;
const SLOW: Duration = Duration::from_millis(50);
const QUICK_STEPS: i64 = 1000;

async fn quick(epoch: Instant, first: i64, end: i64) -> Vec<i64> {
    let expected = bench::compute(first as u64 | 1, QUICK_STEPS);
    let mut samples = Vec::new();
    let mut due = first;
    while due < end {
        if due > bench::since(epoch) {
            let at = epoch + Duration::from_nanos(due as u64);
            tokio::time::sleep_until(at.into()).await;
        }
        if bench::compute(first as u64 | 1, QUICK_STEPS) != expected {
            bench::fail("a quick task computed something else".to_string())
        }
        samples.push(bench::since(epoch) - due);
        due += PERIOD;
    }
    samples
}

async fn slow(epoch: Instant, block: bool, end: i64) {
    while bench::since(epoch) < end {
        let begin = Instant::now();
        if block {
            std::thread::sleep(SLOW);
        }
        let mut seed = 1;
        while begin.elapsed() < SLOW {
            seed = bench::compute(seed, 1000);
        }
        if seed == 0 {
            bench::fail("xorshift came to 0".to_string())
        }
        tokio::time::sleep(SLOW).await;
    }
}

async fn measure(block: bool, tasks: i64, duration: i64) {
    let epoch = Instant::now();
    let begin = 10 * MS;
    let end = begin + duration;
    let slow = tokio::spawn(slow(epoch, block, end));
    let all: Vec<_> = (0..tasks)
        .map(|i| tokio::spawn(quick(epoch, begin + i * PERIOD / tasks, end)))
        .collect();
    let mut samples = Vec::new();
    for task in all {
        match task.await {
            Ok(mine) => samples.extend(mine),
            Err(err) => bench::fail(format!("a quick task failed: {err}")),
        }
    }
    if slow.await.is_err() {
        bench::fail("the slow task failed".to_string())
    }
    bench::distribution(if block { "beside_block" } else { "beside_spin" }, samples)
}

fn main() {
    let [workers, block, tasks, ms] =
        bench::params([("workers", 1), ("block", 0), ("tasks", 100), ("ms", 1000)]);
    bench::start(workers, measure(block != 0, tasks, ms * MS))
}
