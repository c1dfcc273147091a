// SPDX-License-Identifier: MIT

//! bench/hocket/cancel.c with tokio's tasks: aborted, and awaited.
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinSet;

#[derive(Default)]
struct Shared {
    never: Notify,
    waiting: AtomicI64,
}

async fn wait(shared: Arc<Shared>) {
    shared.waiting.fetch_add(1, Ordering::Relaxed);
    shared.never.notified().await
}

async fn cancel_all(tasks: i64) -> i64 {
    let shared = Arc::new(Shared::default());
    let mut all = JoinSet::new();
    for _ in 0..tasks {
        all.spawn(wait(shared.clone()));
    }
    while shared.waiting.load(Ordering::Relaxed) < tasks {
        tokio::time::sleep(Duration::from_millis(1)).await
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut cancelled = 0;
    let begin = Instant::now();
    all.abort_all();
    while let Some(ended) = all.join_next().await {
        cancelled += matches!(ended, Err(why) if why.is_cancelled()) as i64
    }
    let took = bench::since(begin);
    if cancelled != tasks {
        bench::fail(format!("{cancelled} of {tasks} tasks were cancelled"))
    }
    took
}

async fn measure(tasks: i64) {
    cancel_all(tasks).await;
    let took = cancel_all(tasks).await;
    println!("cancel {:.4} us", took as f64 / bench::US as f64 / tasks as f64)
}

fn main() {
    let [workers, tasks] = bench::params([("workers", 1), ("tasks", 100000)]);
    bench::start(workers, measure(tasks))
}
