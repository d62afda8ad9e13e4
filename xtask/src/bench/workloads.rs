//! What is compared: the columns of the table of goals, as flags of the load tool.

/// One column.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// What stands over the column.
    pub(crate) title: &'static str,
    pub(crate) flags: &'static [&'static str],
    /// Where the figure stands in the tool's result.
    pub(crate) figure: Figure,
}

/// Which figure of a result counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Microseconds of the server's processor time for each delivery.
    PerDelivery,
    /// Bytes of the server's own memory for each connection.
    PerConnection,
}

/// The payload is the same everywhere; an echo of Tutti carries no more than 64 bytes.
pub(crate) const ALL: [Workload; 5] = [
    Workload {
        name: "one",
        title: "1 room x 1000, one at a time",
        flags: &["fanout", "--members", "1000", "--payload", "128"],
        figure: Figure::PerDelivery,
    },
    Workload {
        name: "bursts",
        title: "1 room x 1000, bursts of 16",
        flags: &["fanout", "--members", "1000", "--burst", "16", "--payload", "128"],
        figure: Figure::PerDelivery,
    },
    Workload {
        name: "echo",
        title: "echo, 100 x 16 deep",
        flags: &["echo", "--connections", "100", "--depth", "16", "--payload", "64"],
        figure: Figure::PerDelivery,
    },
    Workload {
        name: "rooms",
        title: "1000 rooms x 2",
        flags: &["fanout", "--rooms", "1000", "--members", "2", "--payload", "128"],
        figure: Figure::PerDelivery,
    },
    Workload {
        name: "idle",
        title: "idle, bytes per connection",
        flags: &["idle", "--connections"],
        figure: Figure::PerConnection,
    },
];
