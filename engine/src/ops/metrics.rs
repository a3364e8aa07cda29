//! Prometheus metrics: one recorder for the process, read at `/metrics`.
//! Names are `hark_<noun>_<unit>_total` for counters and `hark_<noun>_seconds` for durations.

use std::fmt;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;

/// Bounds of every duration, in seconds: fine where a caller feels the difference (0.2 to 2 s).
const SECONDS: [f64; 12] = [0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 2.0, 5.0, 15.0, 60.0];

/// How often recorded durations are folded into their buckets. Until then each takes eight bytes.
const UPKEEP: Duration = Duration::from_secs(5);

/// The page that Prometheus reads. Clones read the same.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Makes this the recorder of the process; `metrics::counter!` and its kin then arrive here.
    /// Once, inside the runtime, which it uses for upkeep.
    pub fn install() -> Result<Self, MetricsError> {
        let handle = builder()?.install_recorder().map_err(MetricsError)?;
        let upkeep = handle.clone();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(UPKEEP);
            loop {
                tick.tick().await;
                upkeep.run_upkeep();
            }
        });
        Ok(Self(handle))
    }

    /// A recorder of its own that nothing writes to: for servers inside tests.
    pub fn detached() -> Result<Self, MetricsError> {
        Ok(Self(builder()?.build_recorder().handle()))
    }

    /// The whole page in Prometheus's text format.
    pub fn render(&self) -> String {
        self.0.render()
    }
}

fn builder() -> Result<PrometheusBuilder, MetricsError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .map_err(MetricsError)
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[derive(Debug, Error)]
#[error("metrics cannot be recorded: {0}")]
pub struct MetricsError(BuildError);

#[cfg(test)]
mod tests {
    use super::builder;

    #[test]
    fn durations_become_buckets_and_counters_keep_their_labels() {
        let recorder = builder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("hark_calls_total", "outcome" => "served").increment(2);
            metrics::histogram!("hark_turn_reply_seconds").record(0.3);
        });
        let page = recorder.handle().render();
        for line in [
            "hark_calls_total{outcome=\"served\"} 2",
            "hark_turn_reply_seconds_bucket{le=\"0.2\"} 0",
            "hark_turn_reply_seconds_bucket{le=\"0.4\"} 1",
            "hark_turn_reply_seconds_count 1",
        ] {
            assert!(page.contains(line), "{line} in:\n{page}");
        }
    }
}
