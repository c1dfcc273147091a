// SPDX-License-Identifier: MIT

//! bench/hocket/yield.c with tokio's tasks.
use std::time::Instant;

async fn turns(workers: i64, n: i64) -> i64 {
    let begin = Instant::now();
    let all: Vec<_> = (0..2 * workers)
        .map(|_| {
            tokio::spawn(async move {
                let mut done = 0;
                while done < n / 2 {
                    tokio::task::yield_now().await;
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for task in all {
        done += task.await.unwrap_or(0);
    }
    let took = bench::since(begin);
    if done != 2 * workers * (n / 2) {
        bench::fail(format!("{done} yields of {}", 2 * workers * (n / 2)))
    }
    took
}

fn main() {
    let [workers] = bench::params([("workers", 1)]);
    bench::start(workers, bench::per_turn("yield", move |n| turns(workers, n)))
}
