//! Forecasts what `forecast_yardstick rolling --export FILE` writes with augurs: MSTL with AutoETS on the deseasonalised
//! series, AutoETS alone without a season, 95 % intervals. Arguments: FILE OUTPUT. OUTPUT gets key,step,forecast,lower,upper;
//! one JSON line with the processor time of fitting and predicting goes to standard output.

use std::fmt::Write as _;

use augurs::ets::AutoETS;
use augurs::mstl::MSTLModel;
use augurs::{Fit, Forecast, Predict};

#[repr(C)]
struct TimeSpec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, time: *mut TimeSpec) -> i32;
}

/// Processor time of this thread.
fn cpu_seconds() -> f64 {
    const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
    let mut time = TimeSpec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the struct has the layout of Linux's 64-bit timespec and outlives the call.
    unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.seconds as f64 + time.nanoseconds as f64 * 1e-9
}

fn forecast(values: &[f64], seasons: &[usize], horizon: usize) -> Option<Forecast> {
    let usable: Vec<usize> = seasons
        .iter()
        .copied()
        .filter(|m| 2 * m < values.len())
        .collect();
    if !usable.is_empty() {
        let model = MSTLModel::new(usable, AutoETS::non_seasonal().into_trend_model());
        if let Some(found) = model.fit(values).ok().and_then(|fit| fit.predict(horizon, 0.95).ok()) {
            return Some(found);
        }
    }
    AutoETS::non_seasonal()
        .fit(values)
        .ok()
        .and_then(|fit| fit.predict(horizon, 0.95).ok())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&arguments[1]).expect("the export must be readable");
    let mut output = String::from("key,step,forecast,lower,upper\n");
    let (mut seconds, mut count, mut failed) = (0.0, 0, 0);
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let horizon: usize = cells[1].parse().expect("a horizon");
        let seasons: Vec<usize> = cells[2].split(',').filter_map(|s| s.parse().ok()).collect();
        let values: Vec<f64> = cells[3].split(',').filter_map(|s| s.parse().ok()).collect();
        let start = cpu_seconds();
        let found = forecast(&values, &seasons, horizon);
        seconds += cpu_seconds() - start;
        count += 1;
        let Some(found) = found else {
            failed += 1;
            continue;
        };
        let bands = found.intervals.as_ref();
        for (h, point) in found.point.iter().enumerate() {
            let (low, high) = bands.map_or((*point, *point), |b| (b.lower[h], b.upper[h]));
            writeln!(output, "{},{},{},{},{}", cells[0], h + 1, point, low, high).expect("memory");
        }
    }
    std::fs::write(&arguments[2], output).expect("the output must be writable");
    println!("{{\"peer\":\"augurs 0.10.3 MSTL + AutoETS\",\"forecasts\":{count},\"failed\":{failed},\"cpu\":{seconds}}}");
}
