//! Whether something that was sampled over a long time stays where it is. Pure.

use serde::Serialize;

/// How much the last quarter may be above the first, as a factor; what is added for small figures depends on what they
/// are of.
const GROWTH: f64 = 1.05;
/// The fewest samples of a quarter from which anything is said.
const LEAST: usize = 2;

/// What became of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Trend {
    /// Means of the first and the last quarter of the time.
    pub(crate) first_quarter: f64,
    pub(crate) last_quarter: f64,
    /// Of the line that fits all samples best.
    pub(crate) per_hour: f64,
    /// Whether the last quarter's mean is at most the first one's times 1.05 plus the allowance.
    pub(crate) flat: bool,
}

/// The trend of samples, each with its time in seconds; none when there are too few to say.
pub(crate) fn trend(samples: &[(f64, f64)], allowance: f64) -> Option<Trend> {
    let (begun, ended) = (samples.first()?.0, samples.last()?.0);
    let quarter = (ended - begun) / 4.0;
    let first_quarter = mean(samples.iter().filter(|(at, _)| *at <= begun + quarter))?;
    let last_quarter = mean(samples.iter().filter(|(at, _)| *at >= ended - quarter))?;
    let flat = last_quarter <= first_quarter * GROWTH + allowance;
    Some(Trend { first_quarter, last_quarter, per_hour: slope(samples) * 3600.0, flat })
}

fn mean<'a>(samples: impl Iterator<Item = &'a (f64, f64)>) -> Option<f64> {
    let values: Vec<f64> = samples.map(|(_, value)| *value).collect();
    (values.len() >= LEAST).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The slope of the line with the least squares, in units a second.
fn slope(samples: &[(f64, f64)]) -> f64 {
    let count = samples.len() as f64;
    let middle = samples.iter().map(|(at, _)| at).sum::<f64>() / count;
    let level = samples.iter().map(|(_, value)| value).sum::<f64>() / count;
    let along: f64 = samples.iter().map(|(at, value)| (at - middle) * (value - level)).sum();
    let spread: f64 = samples.iter().map(|(at, _)| (at - middle).powi(2)).sum();
    if spread > 0.0 { along / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: f64, per_second: f64) -> Vec<(f64, f64)> {
        (0..=100).map(f64::from).map(|at| (at + 40.0, from + at * per_second)).collect()
    }

    #[test]
    fn a_line_has_its_slope_and_the_means_of_its_ends() {
        let rising = trend(&line(1000.0, 2.0), 0.0).unwrap();
        assert!((rising.per_hour - 7200.0).abs() < 1e-6, "{rising:?}");
        assert_eq!((rising.first_quarter, rising.last_quarter), (1025.0, 1175.0));
        assert!(!rising.flat);
    }

    #[test]
    fn flat_is_up_to_a_twentieth_more_and_what_is_allowed_beside() {
        assert!(trend(&line(1000.0, 0.0), 0.0).unwrap().flat);
        assert!(trend(&line(1000.0, -5.0), 0.0).unwrap().flat, "falling is no leak");
        assert!(trend(&line(1000.0, 0.6), 0.0).unwrap().flat, "1045 of 1015");
        assert!(!trend(&line(1000.0, 0.8), 0.0).unwrap().flat, "1080 of 1020");
        assert!(trend(&line(1000.0, 0.8), 20.0).unwrap().flat);
    }

    #[test]
    fn from_too_few_nothing_is_said() {
        assert_eq!(trend(&[], 0.0), None);
        assert_eq!(trend(&[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)], 0.0), None);
    }
}
