// SPDX-License-Identifier: MIT

//! bench/hocket/channel.c with tokio's channel, which has one receiver.
use std::time::Instant;
use tokio::sync::mpsc;

async fn turns(n: i64) -> i64 {
    let items = n as u64;
    let (sender, mut receiver) = mpsc::channel(128);
    let begin = Instant::now();
    let sends = tokio::spawn(async move {
        for item in 1..=items {
            if sender.send(item).await.is_err() {
                return;
            }
        }
    });
    let receives = tokio::spawn(async move {
        let mut sum = 0;
        for _ in 0..items {
            sum += receiver.recv().await.unwrap_or(0);
        }
        sum
    });
    let ended = (sends.await, receives.await);
    let took = bench::since(begin);
    if ended.0.is_err() || ended.1.unwrap_or(0) != items * (items + 1) / 2 {
        bench::fail("the items received are not those sent".to_string())
    }
    took
}

fn main() {
    let [workers, pairs] = bench::params([("workers", 1), ("pairs", 1)]);
    if pairs != 1 {
        std::process::exit(bench::CANNOT)
    }
    bench::start(workers, bench::per_turn("channel", turns))
}
