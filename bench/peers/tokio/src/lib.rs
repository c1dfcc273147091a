// SPDX-License-Identifier: MIT

//! What the tokio programs share; the counterpart of bench/common/bench.h.
use std::future::Future;
use std::time::Instant;

pub const US: i64 = 1_000;
pub const MS: i64 = 1_000_000;

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

/// Prints what one turn costs, in ns; turns(n) does n and returns how long they took.
pub async fn per_turn<F, T>(name: &str, mut turns: F)
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
    println!("{name} {:.4} ns", took as f64 / n as f64);
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
