// SPDX-License-Identifier: MIT

//! bench/hocket/future.c with tokio's tasks, whose result is awaited.
use std::time::Instant;

async fn turns(n: i64) -> i64 {
    let begin = Instant::now();
    let mut done = 0;
    for _ in 0..n {
        done = tokio::spawn(async move { done + 1 }).await.unwrap_or(0);
    }
    let took = bench::since(begin);
    if done != n {
        bench::fail(format!("{done} tasks of {n} have run"))
    }
    took
}

fn main() {
    let [workers] = bench::params([("workers", 1)]);
    bench::start(workers, bench::per_turn("future", turns))
}
