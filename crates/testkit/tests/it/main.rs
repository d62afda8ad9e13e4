//! Scenarios over the whole server, one file each, in one test binary.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod broken_store;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod fallbacks;
#[cfg(test)]
mod heartbeat;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod members;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod ordering;
#[cfg(test)]
mod presence;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod resume_under_fire;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod slow_consumer;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod typing;
