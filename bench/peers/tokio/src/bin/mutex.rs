// SPDX-License-Identifier: MIT

//! bench/hocket/mutex.c with tokio's mutex.
use std::time::Instant;
use tokio::sync::Mutex;

async fn turns(n: i64) -> i64 {
    let counter = Mutex::new(0);
    let begin = Instant::now();
    for _ in 0..n {
        *counter.lock().await += 1;
    }
    let took = bench::since(begin);
    let counted = *counter.lock().await;
    if counted != n {
        bench::fail(format!("the counter is {counted} after {n} turns"))
    }
    took
}

fn main() {
    bench::params([]);
    bench::start(1, bench::per_turn("mutex", turns))
}
