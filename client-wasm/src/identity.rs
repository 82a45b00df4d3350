//! Which messages of a mailbox are new, for `js/mailbox.js`.

use alloc::string::String;
use alloc::vec::Vec;

use pop3_proto::{Comparison, HeaderDigest, Listed};
use wasm_bindgen::prelude::wasm_bindgen;

/// A mailbox held against the ids of the messages that were seen before.
#[wasm_bindgen]
pub struct RawComparison {
    comparison: Comparison,
}

#[wasm_bindgen]
impl RawComparison {
    /// Of ids, and of what LIST and UIDL tell: the uid at the same place as the number, empty
    /// where there is none.
    #[wasm_bindgen(constructor)]
    #[allow(
        clippy::needless_pass_by_value,
        reason = "arrays cross the boundary by value"
    )]
    pub fn new(seen: Vec<String>, numbers: &[u32], uids: Vec<String>) -> Self {
        let listed = numbers.iter().zip(uids).map(|(number, uid)| Listed {
            number: *number,
            uid: Some(uid),
        });
        Self {
            comparison: Comparison::new(seen.iter().map(String::as_str), listed),
        }
    }

    /// Numbers of the messages whose headers are needed.
    pub fn undecided(&self) -> Vec<u32> {
        self.comparison.undecided().collect()
    }

    /// Tells the header of a message: all of it, with or without the body.
    pub fn tell(&mut self, number: u32, octets: &[u8]) {
        self.comparison.tell(number, HeaderDigest::of(octets));
    }

    /// Numbers of the messages that are new.
    pub fn fresh(&mut self) -> Vec<u32> {
        self.comparison.fresh()
    }

    /// The id to remember for a new message, of which these are the octets.
    pub fn id(&self, number: u32, octets: &[u8]) -> Option<String> {
        self.comparison.id(number, &HeaderDigest::of(octets))
    }

    /// The numbers of messages that were seen before; 0 for those that the mailbox holds no more.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "arrays cross the boundary by value"
    )]
    pub fn numbers(&self, ids: Vec<String>) -> Vec<u32> {
        let number = |id: &String| self.comparison.number(id).unwrap_or_default();
        ids.iter().map(number).collect()
    }

    /// Ids of messages that the mailbox holds no more.
    pub fn gone(&self) -> Vec<String> {
        self.comparison.gone()
    }
}
