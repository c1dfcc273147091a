// SPDX-License-Identifier: MIT

//! What the tokio programs share; the counterpart of bench/common/bench.h.
use std::future::Future;
use std::time::{Duration, Instant};

pub const US: i64 = 1_000;
pub const MS: i64 = 1_000_000;

/// The exit code of a program that cannot do what the parameters ask for.
pub const CANNOT: i32 = 77;

const WARM_UP: i64 = 10 * MS;
const MEASURE: i64 = 200 * MS;

pub fn fail(sentence: String) -> ! {
    eprintln!("tokio: {sentence}");
    std::process::exit(1)
}

/// Sets the parameters from arguments NAME=NUMBER; returns their values in the order given.
pub fn params<const N: usize>(defaults: [(&str, i64); N]) -> [i64; N] {
    let mut values = defaults.map(|(_, value)| value);
    for argument in std::env::args().skip(1) {
        let found = argument.split_once('=').and_then(|(name, text)| {
            let place = defaults.iter().position(|(known, _)| *known == name)?;
            Some((place, text.parse().ok()?))
        });
        match found {
            Some((place, value)) => values[place] = value,
            None => {
                eprintln!("tokio: '{argument}': must be NAME=NUMBER with a name of {defaults:?}");
                std::process::exit(64)
            }
        }
    }
    values
}

/// Runs the future as a task on so many workers, and waits for it outside them.
pub fn start<F>(workers: i64, main: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers as usize)
        .enable_time()
        .build()
        .unwrap_or_else(|err| fail(format!("the runtime cannot be built: {err}")));
    if let Err(err) = runtime.block_on(runtime.spawn(main)) {
        fail(format!("the first task failed: {err}"))
    }
}

/// Returns what one turn costs, in ns; turns(n) does n and returns how long they took.
pub async fn turn_ns<F, T>(mut turns: F) -> f64
where
    F: FnMut(i64) -> T,
    T: Future<Output = i64>,
{
    let mut n = 16;
    let mut took = turns(n).await;
    while took < WARM_UP {
        n *= 2;
        took = turns(n).await;
    }
    n = (n as f64 * MEASURE as f64 / took as f64) as i64 + 1;
    took = turns(n).await;
    took as f64 / n as f64
}

/// Prints it.
pub async fn per_turn<F, T>(name: &str, turns: F)
where
    F: FnMut(i64) -> T,
    T: Future<Output = i64>,
{
    println!("{name} {:.4} ns", turn_ns(turns).await);
}

/// Turns between two looks at the clock, of those that contend.
pub const BATCH: i64 = 64;

/// Tasks want the same thing for so long. turns(end) makes those of one until then, and returns how
/// many. Returns how many each made, and how long that took.
async fn contend_for<F, T>(tasks: i64, ns: i64, turns: &F) -> (Vec<i64>, i64)
where
    F: Fn(Instant) -> T,
    T: Future<Output = i64> + Send + 'static,
{
    let begin = Instant::now();
    let end = begin + Duration::from_nanos(ns as u64);
    let all: Vec<_> = (0..tasks).map(|_| tokio::spawn(turns(end))).collect();
    let mut done = Vec::new();
    for task in all {
        done.push(task.await.unwrap_or(0));
    }
    (done, since(begin))
}

/// Prints NAME_rate and NAME_share of tasks that contend, after a warm-up; returns all turns.
pub async fn contend<F, T>(name: &str, tasks: i64, ms: i64, turns: F) -> i64
where
    F: Fn(Instant) -> T,
    T: Future<Output = i64> + Send + 'static,
{
    let (before, _) = contend_for(tasks, ms * MS / 10, &turns).await;
    let (done, took) = contend_for(tasks, ms * MS, &turns).await;
    let all: i64 = done.iter().sum();
    let fewest = done.iter().min().copied().unwrap_or(0);
    println!("{name}_rate {:.4} M/s", all as f64 * 1000.0 / took as f64);
    println!("{name}_share {:.4} share", fewest as f64 * tasks as f64 / all as f64);
    all + before.iter().sum::<i64>()
}

/// Prints NAME_p50, NAME_p99 and NAME_max in us.
pub fn distribution(name: &str, mut samples: Vec<i64>) {
    if samples.is_empty() {
        fail(format!("{name}: there is no sample"))
    }
    samples.sort_unstable();
    for (part, percent) in [("p50", 50), ("p99", 99), ("max", 100)] {
        let rank = (samples.len() * percent + 99) / 100;
        println!("{name}_{part} {:.4} us", samples[rank - 1] as f64 / US as f64);
    }
}

/// Nanoseconds since.
pub fn since(begin: Instant) -> i64 {
    begin.elapsed().as_nanos() as i64
}

/// A fixed amount of computing.
pub fn compute(mut seed: u64, steps: i64) -> u64 {
    for _ in 0..steps {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
    }
    seed
}
