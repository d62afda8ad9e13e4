//! The runs of a comparison, as they are kept: every result of the load tool whole, and every failure with its reason.

use serde::Serialize;
use serde_json::Value;

use super::workloads::Figure;

/// All that was measured, and on what.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) date: String,
    pub(crate) kernel: String,
    pub(crate) cores: usize,
    pub(crate) rounds: u32,
    pub(crate) duration: u32,
    pub(crate) subjects: Vec<Named>,
    pub(crate) runs: Vec<Run>,
}

/// Who was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// One run.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) round: u32,
    pub(crate) workload: &'static str,
    pub(crate) subject: String,
    /// What the load tool said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<Value>,
    /// Why there is no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<String>,
}

/// The middle of some figures, with the least and the greatest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Middle {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Comparison {
    /// The figure of a subject in a workload over all rounds; none when every run failed.
    pub(crate) fn middle(&self, subject: &str, workload: &str, figure: Figure) -> Option<Middle> {
        let runs = self.runs.iter().filter(|run| run.subject == subject && run.workload == workload);
        middle(runs.filter_map(|run| figure.of(run.result.as_ref()?)).collect())
    }

    /// What went wrong: failures, and runs in which something did not arrive as it should; the same thing once.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let mut told: Vec<(&str, String, Vec<&str>)> = Vec::new();
        for (run, trouble) in self.runs.iter().filter_map(|run| Some((run, trouble(run)?))) {
            match told.iter_mut().find(|(subject, text, _)| *subject == run.subject && *text == trouble) {
                Some((_, _, workloads)) if workloads.contains(&run.workload) => {}
                Some((_, _, workloads)) => workloads.push(run.workload),
                None => told.push((&run.subject, trouble, vec![run.workload])),
            }
        }
        told.into_iter()
            .map(|(subject, trouble, workloads)| format!("{subject}, {}: {trouble}", workloads.join(", ")))
            .collect()
    }

    /// The least and the greatest load average of the machine while this was measured.
    pub(crate) fn load(&self) -> Option<Middle> {
        let results = self.runs.iter().filter_map(|run| run.result.as_ref());
        middle(results.filter_map(|result| result["load_average"].as_f64()).collect())
    }
}

fn trouble(run: &Run) -> Option<String> {
    if let Some(failed) = &run.failed {
        return Some(format!("failed: {failed}"));
    }
    let result = run.result.as_ref()?;
    if result["command"] != "idle" && result["server_us_per_delivery"].is_null() {
        return Some("no figure: nothing was delivered in the time that was measured".to_owned());
    }
    let names = ["errors", "lost_connections", "lost", "repeated", "out_of_order", "strange"];
    let counts = names.into_iter().filter_map(|name| Some((name, result[name].as_u64().filter(|count| *count > 0)?)));
    let counts: Vec<String> = counts.map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

impl Figure {
    fn of(self, result: &Value) -> Option<f64> {
        match self {
            Self::PerDelivery => result["server_us_per_delivery"].as_f64(),
            Self::PerConnection => {
                let details = result["details"].as_array()?;
                details.iter().find(|detail| detail["name"] == "bytes_per_connection")?["value"].as_f64()
            }
        }
    }
}

fn middle(mut figures: Vec<f64>) -> Option<Middle> {
    figures.sort_by(f64::total_cmp);
    let (least, most) = (*figures.first()?, *figures.last()?);
    let (low, high) = (figures[(figures.len() - 1) / 2], figures[figures.len() / 2]);
    Some(Middle { median: f64::midpoint(low, high), least, most })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_middle_is_the_median_with_its_spread() {
        assert_eq!(middle(vec![3.0, 1.0, 2.0]), Some(Middle { median: 2.0, least: 1.0, most: 3.0 }));
        assert_eq!(middle(vec![1.0, 2.0]).map(|middle| middle.median), Some(1.5));
        assert_eq!(middle(Vec::new()), None);
    }

    #[test]
    fn a_failure_and_a_loss_are_troubles_and_a_clean_run_is_none() {
        let run = |result, failed| Run { round: 1, workload: "one", subject: "ws".into(), result, failed };
        let result = |lost: u32| json!({"lost": lost, "out_of_order": lost / 2, "server_us_per_delivery": 1.0});
        assert_eq!(trouble(&run(Some(result(0)), None)), None);
        assert_eq!(trouble(&run(Some(result(2)), None)).unwrap(), "2 lost, 1 out of order");
        assert!(trouble(&run(Some(json!({"lost": 0})), None)).unwrap().starts_with("no figure"));
        assert_eq!(trouble(&run(None, Some("gone".into()))).unwrap(), "failed: gone");
    }
}
