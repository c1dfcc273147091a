// SPDX-License-Identifier: MIT

//! bench/hocket/pingpong.c with tokio's tasks and its semaphore.
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

async fn hit(rounds: i64, mine: Arc<Semaphore>, theirs: Arc<Semaphore>, hits: Arc<AtomicI64>) {
    for _ in 0..rounds {
        match mine.acquire().await {
            Ok(permit) => permit.forget(),
            Err(_) => return,
        }
        hits.store(hits.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        theirs.add_permits(1);
    }
}

async fn turns(n: i64) -> i64 {
    let (left, right) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(0)));
    let hits = Arc::new(AtomicI64::new(0));
    let begin = Instant::now();
    let ping = tokio::spawn(hit(n / 2, left.clone(), right.clone(), hits.clone()));
    let pong = tokio::spawn(hit(n / 2, right, left, hits.clone()));
    let ended = (ping.await, pong.await);
    let took = bench::since(begin);
    let all = hits.load(Ordering::Relaxed);
    if ended.0.is_err() || ended.1.is_err() || all != 2 * (n / 2) {
        bench::fail(format!("{all} hits in {} rounds", n / 2))
    }
    took
}

fn main() {
    let [workers] = bench::params([("workers", 1)]);
    bench::start(workers, bench::per_turn("pingpong", turns))
}
