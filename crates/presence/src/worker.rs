//! The clockwork of presence: sleeps until something ends by itself, carries it out, and pushes it. It decides nothing.

use std::sync::Arc;

use tutti_core::tasks::Tasks;

use crate::service::Service;

/// Starts the worker; it ends with the server.
pub fn start(service: &Arc<Service>, tasks: &Tasks) {
    let (service, owner) = (Arc::clone(service), tasks.clone());
    tasks.worker("presence", move || {
        let (service, owner) = (Arc::clone(&service), owner.clone());
        async move { run(&service, &owner).await }
    });
}

/// Runs until the server stops.
pub async fn run(service: &Service, tasks: &Tasks) {
    while !tasks.is_stopping() {
        tokio::select! {
            () = tasks.stopping() => {}
            () = service.wait() => service.expire().await,
        }
    }
}
