//! The SQLite store as its users see it: the domains' conformance suites, restarts, and who may open what.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod reopening;
#[cfg(test)]
mod support;
