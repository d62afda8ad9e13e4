//! Reads what a server says of itself in the text format of Prometheus.

/// The sum of a metric over its labels; none if it is not there.
pub(crate) fn sum(told: &str, name: &str) -> Option<f64> {
    sum_where(told, name, "")
}

/// The sum of a metric over those labels that contain this.
pub(crate) fn sum_where(told: &str, name: &str, label: &str) -> Option<f64> {
    let values = told.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = rest.rsplit_once(' ')?;
        let fits = (labels.is_empty() || labels.starts_with('{')) && labels.contains(label);
        fits.then(|| value.parse::<f64>().ok())?
    });
    values.reduce(|sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "# TYPE tutti_connections gauge\ntutti_connections{transport=\"sse\"} 2\n\
        tutti_connections{transport=\"websocket\"} 40\ntutti_connections_checked_total 7\n";

    #[test]
    fn a_metric_is_summed_over_its_labels_and_not_over_those_that_begin_like_it() {
        assert_eq!(sum(TOLD, "tutti_connections"), Some(42.0));
        assert_eq!(sum(TOLD, "tutti_connections_checked_total"), Some(7.0));
        assert_eq!(sum(TOLD, "tutti_tasks"), None);
        assert_eq!(sum_where(TOLD, "tutti_connections", "transport=\"sse\""), Some(2.0));
        assert_eq!(sum_where(TOLD, "tutti_connections", "transport=\"poll\""), None);
    }
}
