//! What the session knows of the mailbox: sizes, and marks for deletion.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::reply::ListEntry;

/// The mailbox, as far as the answers have told.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    sizes: BTreeMap<u32, u64>,
    /// In the order of the DELE commands; `deleted` holds the same numbers, to be searched.
    deletions: Vec<u32>,
    deleted: BTreeSet<u32>,
}

impl Mailbox {
    /// LIST has told all sizes. Leaves out what is marked for deletion, for servers that go on to
    /// list it (the quirk `deleted-still-listed`).
    pub(crate) fn listed(&mut self, entries: &mut Vec<ListEntry>) {
        entries.retain(|entry| !self.is_deleted(entry.number));
        self.sizes = entries
            .iter()
            .map(|entry| (entry.number, entry.size))
            .collect();
    }

    /// LIST has told the size of one message.
    pub(crate) fn listed_one(&mut self, entry: ListEntry) {
        self.sizes.insert(entry.number, entry.size);
    }

    pub(crate) fn size(&self, number: u32) -> Option<u64> {
        self.sizes.get(&number).copied()
    }

    pub(crate) fn delete(&mut self, number: u32) {
        if self.deleted.insert(number) {
            self.deletions.push(number);
        }
    }

    pub(crate) fn is_deleted(&self, number: u32) -> bool {
        self.deleted.contains(&number)
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
