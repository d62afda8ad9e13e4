//! Pages: how many, and where the next one starts. Nothing that lists is unbounded.

use tutti_protocol::limits::{DEFAULT_PAGE, MAX_PAGE};

use crate::failure::Failure;

/// Checks a page size that a client asked for.
///
/// # Errors
/// `validation_failed` when it is not 1 to 100.
pub fn page_size(asked: Option<u32>) -> Result<usize, Failure> {
    match asked {
        None => Ok(DEFAULT_PAGE as usize),
        Some(size @ 1..=MAX_PAGE) => Ok(size as usize),
        Some(_) => Err(Failure::invalid("limit", format!("`limit` is 1 to {MAX_PAGE}")).over(u64::from(MAX_PAGE))),
    }
}

/// Some items and, if there are more, where they start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page. Opaque to clients.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of what was read with one more than asked for: if that one is there, so is a next page, and it
    /// starts after the last item that is kept.
    #[must_use]
    pub fn cut(mut items: Vec<T>, size: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > size;
        items.truncate(size);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}
