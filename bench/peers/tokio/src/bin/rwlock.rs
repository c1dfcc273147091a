// SPDX-License-Identifier: MIT

//! bench/hocket/rwlock.c with tokio's readers-writer lock.
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::RwLock;

const WRITES_EVERY: i64 = 10;

type Lock = RwLock<(i64, i64)>;

async fn turn(lock: &Lock, number: i64) {
    if number % WRITES_EVERY == 0 {
        let mut both = lock.write().await;
        both.0 += 1;
        both.1 += 1;
        return;
    }
    let both = lock.read().await;
    if both.0 != both.1 {
        bench::fail(format!("a reader saw {} and {}", both.0, both.1))
    }
}

async fn turns(lock: Arc<Lock>, end: Instant) -> i64 {
    let mut done = 0;
    while Instant::now() < end {
        for _ in 0..bench::BATCH {
            turn(&lock, done).await;
            done += 1;
        }
    }
    done
}

async fn measure(tasks: i64, ms: i64) {
    let lock = Arc::new(RwLock::new((0, 0)));
    let made = bench::contend("rwlock", tasks, ms, |end| turns(lock.clone(), end)).await;
    let both = lock.read().await;
    if both.0 != both.1 || both.0 < made / WRITES_EVERY {
        bench::fail(format!("{} and {} writes in {made} turns", both.0, both.1))
    }
}

fn main() {
    let [workers, tasks, ms] = bench::params([("workers", 2), ("tasks", 8), ("ms", 1000)]);
    bench::start(workers, measure(tasks, ms))
}
