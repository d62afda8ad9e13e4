//! What `GET /metrics` shows: what the gateway counts by itself, and what is looked up when somebody asks.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use tutti_core::Tasks;
use tutti_gateway::Gateway;

/// Makes a registry of everything that is counted.
#[must_use]
pub fn registry(gateway: &Arc<Gateway>, channels: &Arc<tutti_channels::Service>, tasks: Vec<Tasks>) -> Registry {
    let mut registry = Registry::default();
    gateway.metrics.register(&mut registry);
    let asked = Asked { gateway: Arc::clone(gateway), channels: Arc::clone(channels), tasks };
    registry.register_collector(Box::new(asked));
    registry
}

/// What costs nothing until it is asked for.
struct Asked {
    gateway: Arc<Gateway>,
    channels: Arc<tutti_channels::Service>,
    tasks: Vec<Tasks>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

impl Collector for Asked {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let tasks: usize = self.tasks.iter().map(Tasks::live).sum();
        let gauges = [
            ("tutti_channels", "Channels", self.channels.count()),
            ("tutti_users", "Users with a connection", self.gateway.registry.users()),
            ("tutti_tasks", "Supervised tasks that have not ended", tasks),
            ("tutti_outbound_bytes", "Bytes that wait for clients to read on", self.gateway.outbound_bytes()),
        ];
        for (name, help, value) in gauges {
            write(&mut encoder, name, help, &ConstGauge::new(value as u64))?;
        }
        let published = ConstCounter::new(self.channels.published());
        write(&mut encoder, "tutti_publications", "Publications in channels", &published)
    }
}

fn write(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, metric: &impl EncodeMetric) -> fmt::Result {
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}
