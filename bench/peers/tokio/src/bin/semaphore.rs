// SPDX-License-Identifier: MIT

//! bench/hocket/semaphore.c with tokio's semaphore.
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

struct Shared {
    semaphore: Semaphore,
    counter: AtomicI64,
}

async fn turns(shared: Arc<Shared>, end: Instant) -> i64 {
    let mut done = 0;
    while Instant::now() < end {
        for _ in 0..bench::BATCH {
            let permit = shared.semaphore.acquire().await;
            let counter = &shared.counter;
            counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            drop(permit)
        }
        done += bench::BATCH;
    }
    done
}

async fn measure(tasks: i64, ms: i64) {
    let shared = Arc::new(Shared { semaphore: Semaphore::new(1), counter: AtomicI64::new(0) });
    let made = bench::contend("semaphore", tasks, ms, |end| turns(shared.clone(), end)).await;
    let counted = shared.counter.load(Ordering::Relaxed);
    if counted != made {
        bench::fail(format!("the counter is {counted} after {made} turns"))
    }
}

fn main() {
    let [workers, tasks, ms] = bench::params([("workers", 2), ("tasks", 8), ("ms", 1000)]);
    bench::start(workers, measure(tasks, ms))
}
