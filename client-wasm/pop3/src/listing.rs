//! Multi-line replies that become lists: LIST, UIDL, LANG and CAPA.

use alloc::vec::Vec;

use crate::capability::Capabilities;
use crate::config::Limits;
use crate::error::{Limit, Violation};
use crate::parse;
use crate::reply::{Language, ListEntry, UidlEntry};

/// What has come so far.
#[derive(Debug)]
pub(crate) enum Entries {
    List(Vec<ListEntry>),
    Uidl(Vec<UidlEntry>),
    Languages(Vec<Language>),
    Capabilities(Capabilities),
}

/// One multi-line reply on its way.
#[derive(Debug)]
pub(crate) struct Listing {
    entries: Entries,
    lines: usize,
    malformed: bool,
}

impl Listing {
    pub(crate) fn new(entries: Entries) -> Self {
        Self {
            entries,
            lines: 0,
            malformed: false,
        }
    }

    /// Takes in a line. One that cannot be read spoils the reply, but it is read to its end, so
    /// that the session goes on.
    pub(crate) fn add_line(&mut self, line: &[u8], limits: &Limits) -> Result<(), Limit> {
        let (most, limit) = match self.entries {
            Entries::List(_) | Entries::Uidl(_) | Entries::Languages(_) => {
                (limits.list_lines, Limit::ListLines)
            }
            Entries::Capabilities(_) => (limits.capabilities, Limit::Capabilities),
        };
        if self.lines >= most {
            return Err(limit);
        }
        self.lines += 1;
        if self.malformed {
            return Ok(());
        }
        let read = match &mut self.entries {
            Entries::List(entries) => parse::list_entry(line).map(|entry| entries.push(entry)),
            Entries::Uidl(entries) => parse::uidl_entry(line).map(|entry| entries.push(entry)),
            Entries::Languages(entries) => parse::language(line).map(|entry| entries.push(entry)),
            Entries::Capabilities(capabilities) => {
                capabilities.add_line(line);
                Some(())
            }
        };
        self.malformed = read.is_none();
        Ok(())
    }

    /// The reply is complete.
    pub(crate) fn finish(self) -> Result<Entries, Violation> {
        if self.malformed {
            Err(Violation::Malformed)
        } else {
            Ok(self.entries)
        }
    }
}
