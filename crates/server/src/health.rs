//! How the server is: alive, ready (each dependency by name), and its metrics.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::json;
use tutti_core::Tasks;

use crate::storage::Stores;

/// What health is told from.
#[derive(Clone)]
pub struct Health {
    /// The dependencies.
    pub stores: Arc<Stores>,
    /// Everything that is counted.
    pub metrics: Arc<Registry>,
    /// Stops before the rest does.
    pub doors: Tasks,
}

/// The routes for operators and their machines.
pub fn routes(health: Health) -> Router {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// Whether requests should be sent here.
async fn ready(State(health): State<Health>) -> Response {
    let store = match health.stores.health().await {
        Ok(()) => "ok".to_owned(),
        Err(failure) => failure.to_string(),
    };
    let draining = health.doors.is_stopping();
    let ready = store == "ok" && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if draining {
        "draining"
    } else if ready {
        "ok"
    } else {
        "unavailable"
    };
    (status, Json(json!({ "status": word, "dependencies": { "store": store, "bus": "ok" } }))).into_response()
}

/// Metrics in the format of OpenMetrics, which Prometheus reads.
async fn metrics(State(health): State<Health>) -> Response {
    // Some gauges look at every connection: not on a thread that serves them.
    let encoded = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        encode(&mut text, &health.metrics).map(|()| text)
    });
    let Ok(Ok(text)) = encoded.await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
