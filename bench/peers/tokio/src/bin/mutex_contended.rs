// SPDX-License-Identifier: MIT

//! bench/hocket/mutex_contended.c with tokio's mutex.
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Mutex;

async fn turns(counter: Arc<Mutex<i64>>, end: Instant) -> i64 {
    let mut done = 0;
    while Instant::now() < end {
        for _ in 0..bench::BATCH {
            *counter.lock().await += 1;
        }
        done += bench::BATCH;
    }
    done
}

async fn measure(tasks: i64, ms: i64) {
    let counter = Arc::new(Mutex::new(0));
    let made = bench::contend("mutex", tasks, ms, |end| turns(counter.clone(), end)).await;
    let counted = *counter.lock().await;
    if counted != made {
        bench::fail(format!("the counter is {counted} after {made} turns"))
    }
}

fn main() {
    let [workers, tasks, ms] = bench::params([("workers", 2), ("tasks", 8), ("ms", 1000)]);
    bench::start(workers, measure(tasks, ms))
}
