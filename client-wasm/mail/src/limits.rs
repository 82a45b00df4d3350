//! Bounds that keep the work linear in the size of the message, whatever it holds. Each is far
//! above what honest mail needs; what lies beyond is left out or left whole, never an error.
//!
//! mail-parser walks parts without recursion, but some inputs make it slow or large: those are
//! found by a scan before it sees them, and blotted out in a copy of the same length. Offsets stay
//! true, so that contents are always taken from the octets as they came.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2_iter, memmem};

/// Header fields kept; those after it are skipped.
pub const MAX_FIELDS: usize = 2_000;

/// Octets of one field's value that are looked at.
pub const MAX_FIELD_OCTETS: usize = 256 * 1024;

/// Octets of Content-Type and Content-Disposition; a longer one is no header field. The parser
/// takes time in proportion to their square.
pub const MAX_PARAMETER_OCTETS: usize = 4 * 1024;

/// Attachments of one message; those after it are skipped.
pub const MAX_ATTACHMENTS: usize = 1_000;

/// Recipients in a report; those after them are skipped.
pub const MAX_RECIPIENTS: usize = 1_000;

/// Characters of an attachment's name.
pub const MAX_NAME_CHARS: usize = 200;

/// Links to parts that are looked at in the HTML.
pub(crate) const MAX_LINKS: usize = 10_000;

/// Openings of an encoded word that turn out to be none, in one field. For each the parser may
/// look ahead to the end of the field.
pub(crate) const MAX_FALSE_WORDS: usize = 16;

/// Octets of a message that is too small to do harm, and is not scanned.
const HARMLESS: usize = 32 * 1024;

/// Places where a delimiter line may begin, so that parts do not fill the memory.
const MAX_DELIMITERS: usize = 200_000;

/// Messages inside one another are looked for only in mail with more colons than this.
const MAX_COLONS: usize = 100_000;

/// Messages inside one another; deeper ones are not opened.
const MAX_MESSAGES: usize = 1_000;

/// Multiparts that are split for certain, however large the message.
const MIN_MULTIPARTS: usize = 32;

/// Octets that may be searched in vain for the delimiters of multiparts that have none.
const MAX_SEARCHED: usize = 1_000_000_000;

/// The octets as the parser may see them.
pub(crate) fn tame(octets: &[u8]) -> Cow<'_, [u8]> {
    if octets.len() < HARMLESS {
        return Cow::Borrowed(octets);
    }
    let mut blots = Vec::new();
    let colons = long_parameters(octets, &mut blots);
    let delimiters = memmem::find_iter(octets, "--").skip(MAX_DELIMITERS);
    blots.extend(delimiters);
    let multiparts = (MAX_SEARCHED / octets.len().max(1)).max(MIN_MULTIPARTS);
    blots.extend(boundaries(octets).skip(multiparts));
    if colons > MAX_COLONS {
        blots.extend(message_types(octets).skip(MAX_MESSAGES));
    }
    if blots.is_empty() {
        return Cow::Borrowed(octets);
    }
    let mut tame = octets.to_vec();
    for at in blots {
        blot(&mut tame, at);
    }
    Cow::Owned(tame)
}

/// Takes the meaning of what stands there.
pub(crate) fn blot(octets: &mut [u8], at: usize) {
    if let Some(octet) = octets.get_mut(at) {
        *octet = b'~';
    }
}

/// Adds where the names end of fields with parameters that are too long, and counts all colons.
fn long_parameters(octets: &[u8], blots: &mut Vec<usize>) -> usize {
    let mut colons = 0;
    let mut field_end = 0;
    for colon in memchr_iter(b':', octets) {
        colons += 1;
        let before = octets.get(..colon).unwrap_or_default();
        if !ends_with_name(before, b"content-type")
            && !ends_with_name(before, b"content-disposition")
        {
            continue;
        }
        if field_end <= colon {
            field_end = end_of_field(octets, colon);
        }
        if field_end - colon > MAX_PARAMETER_OCTETS {
            let name = before.trim_ascii_end();
            blots.extend(name.len().checked_sub(1));
        }
    }
    colons
}

/// Compares as the parser does: in any case, white space inside ignored.
fn ends_with_name(before: &[u8], name: &[u8]) -> bool {
    let mut octets = before
        .iter()
        .rev()
        .filter(|octet| !octet.is_ascii_whitespace());
    let mut same = |expected: &u8| {
        octets
            .next()
            .is_some_and(|o| o.eq_ignore_ascii_case(expected))
    };
    name.iter().rev().all(&mut same)
}

/// Where the field ends that begins or goes on at `start`: at a line end without a fold.
pub(crate) fn end_of_field(octets: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(end) = octets.get(at..).and_then(|rest| memchr(b'\n', rest)) {
        at += end + 1;
        if !matches!(octets.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    octets.len()
}

/// Where parameters called `boundary` end their names.
fn boundaries(octets: &[u8]) -> impl Iterator<Item = usize> {
    let parameter = |at: &usize| {
        let after = octets.get(at + 1..).unwrap_or_default().iter();
        matches!(
            after.copied().find(|octet| !octet.is_ascii_whitespace()),
            Some(b'=' | b'*' | b'(')
        )
    };
    words(octets, b"boundary").filter(parameter)
}

/// Where the subtypes of messages end, which the parser opens.
pub(crate) fn message_types(octets: &[u8]) -> impl Iterator<Item = usize> {
    words(octets, b"rfc822").chain(words(octets, b"global"))
}

/// The last octet of each place where the word stands, in any case.
fn words<'a>(octets: &'a [u8], word: &'static [u8]) -> impl Iterator<Item = usize> + 'a {
    let last = word.last().copied().unwrap_or_default();
    memchr2_iter(last, last.to_ascii_uppercase(), octets).filter(move |&at| {
        let start = (at + 1).checked_sub(word.len());
        start
            .and_then(|start| octets.get(start..=at))
            .is_some_and(|o| o.eq_ignore_ascii_case(word))
    })
}
