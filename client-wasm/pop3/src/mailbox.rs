//! What the session knows of the mailbox: sizes, and marks for deletion.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::order;
use crate::reply::ListEntry;

/// The mailbox, as far as the answers have told.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    /// By number.
    sizes: Vec<ListEntry>,
    /// In the order of the DELE commands; `deleted` holds the same numbers in their own.
    deletions: Vec<u32>,
    deleted: Vec<u32>,
}

impl Mailbox {
    /// LIST has told all sizes. Leaves out what is marked for deletion, for servers that go on to
    /// list it (the quirk `deleted-still-listed`).
    pub(crate) fn listed(&mut self, entries: &mut Vec<ListEntry>) {
        entries.retain(|entry| !self.is_deleted(entry.number));
        self.sizes = order::sorted(entries.clone(), |a, b| a.number.cmp(&b.number));
    }

    /// LIST has told the size of one message.
    pub(crate) fn listed_one(&mut self, entry: ListEntry) {
        match self.place(entry.number) {
            Ok(at) => {
                if let Some(known) = self.sizes.get_mut(at) {
                    *known = entry;
                }
            }
            Err(at) => self.sizes.insert(at, entry),
        }
    }

    pub(crate) fn size(&self, number: u32) -> Option<u64> {
        let at = self.place(number).ok()?;
        self.sizes.get(at).map(|entry| entry.size)
    }

    /// Where the size of a message stands, or would stand.
    fn place(&self, number: u32) -> Result<usize, usize> {
        self.sizes
            .binary_search_by_key(&number, |entry| entry.number)
    }

    pub(crate) fn delete(&mut self, number: u32) {
        if let Err(at) = self.deleted.binary_search(&number) {
            self.deleted.insert(at, number);
            self.deletions.push(number);
        }
    }

    pub(crate) fn is_deleted(&self, number: u32) -> bool {
        self.deleted.binary_search(&number).is_ok()
    }

    pub(crate) fn deletions(&self) -> &[u32] {
        &self.deletions
    }

    /// The session ends: nothing is pending any more.
    pub(crate) fn take_deletions(&mut self) -> Arc<[u32]> {
        self.deleted.clear();
        core::mem::take(&mut self.deletions).into()
    }

    /// RSET took the marks back.
    pub(crate) fn reset(&mut self) {
        self.deleted.clear();
        self.deletions.clear();
    }
}
