// SPDX-License-Identifier: MIT

//! bench/hocket/select.c with tokio's channels and select!.
use std::time::Instant;
use tokio::sync::mpsc::{channel, Receiver, Sender};

const ROOM: usize = 256;

type Channel = (Sender<u64>, Receiver<u64>);

/// Makes a channel full and returns how many items that took.
fn fill(channel: &Channel) -> u64 {
    let mut sent = 0;
    while channel.0.try_send(1).is_ok() {
        sent += 1
    }
    sent
}

async fn select2(all: &mut [Channel]) -> Option<u64> {
    match all {
        [(_, c0), (_, c1)] => tokio::select! {
            item = c0.recv() => item,
            item = c1.recv() => item,
        },
        _ => None,
    }
}

async fn select16(all: &mut [Channel]) -> Option<u64> {
    match all {
        [(_, c0), (_, c1), (_, c2), (_, c3), (_, c4), (_, c5), (_, c6), (_, c7), //
            (_, c8), (_, c9), (_, c10), (_, c11), (_, c12), (_, c13), (_, c14), (_, c15)] => {
            tokio::select! {
                item = c0.recv() => item,
                item = c1.recv() => item,
                item = c2.recv() => item,
                item = c3.recv() => item,
                item = c4.recv() => item,
                item = c5.recv() => item,
                item = c6.recv() => item,
                item = c7.recv() => item,
                item = c8.recv() => item,
                item = c9.recv() => item,
                item = c10.recv() => item,
                item = c11.recv() => item,
                item = c12.recv() => item,
                item = c13.recv() => item,
                item = c14.recv() => item,
                item = c15.recv() => item,
            }
        }
        _ => None,
    }
}

async fn receive(all: &mut [Channel], plain: bool) -> u64 {
    let item = match (plain, all.len()) {
        (true, _) => all[0].1.recv().await,
        (false, 2) => select2(all).await,
        (false, _) => select16(all).await,
    };
    item.unwrap_or(0)
}

async fn turns(n: i64, channels: usize, plain: bool) -> i64 {
    let mut all: Vec<Channel> = (0..channels).map(|_| channel(ROOM)).collect();
    let (mut sum, mut sent, mut kept, mut took) = (0, 0, 0, 0);
    let mut left = n;
    while left > 0 {
        let some = left.min(ROOM as i64 - 1);
        sent += all.iter().map(fill).sum::<u64>();
        let begin = Instant::now();
        for _ in 0..some {
            sum += receive(&mut all, plain).await;
        }
        took += bench::since(begin);
        left -= some;
    }
    for (_, receiver) in all.iter_mut() {
        while let Ok(item) = receiver.try_recv() {
            kept += item
        }
    }
    if sum != n as u64 || sum + kept != sent {
        bench::fail(format!("{n} receives got {sum} items of {sent}"))
    }
    took
}

async fn measure(channels: usize) {
    let select = bench::turn_ns(|n| turns(n, channels, false)).await;
    let plain = bench::turn_ns(|n| turns(n, channels, true)).await;
    println!("select {select:.4} ns");
    println!("select_cost {:.4} x", select / plain);
}

fn main() {
    let [channels] = bench::params([("channels", 2)]);
    if channels != 2 && channels != 16 {
        std::process::exit(bench::CANNOT) // the branches of select! are in the source
    }
    bench::start(1, measure(channels as usize))
}
