//! Framing: octets from the server become lines.
//!
//! Each octet is looked at a fixed number of times however the input is cut, so the time is linear
//! in the length of the input.

use alloc::vec::Vec;

/// What kind of line is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A status line.
    Status,
    /// A line of a multi-line reply, or its end.
    Listing,
}

/// A line without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// The octets of the line; in a multi-line reply, without the stuffed dot.
    Text(&'a [u8]),
    /// The lone dot that ends a multi-line reply.
    End,
}

/// The line is longer than its limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Gathers one line out of any pieces.
#[derive(Default)]
pub(crate) struct LineReader {
    line: Vec<u8>,
    /// The line in `line` was handed out, and the next octet starts another one.
    complete: bool,
    /// A reply ended with a dot and CR; the LF that may follow belongs to it.
    skip_lf: bool,
}

impl LineReader {
    /// Takes octets off `input` until a line is complete. `None`: more input is needed.
    pub(crate) fn read(
        &mut self,
        input: &mut &[u8],
        due: Due,
        limit: usize,
    ) -> Result<Option<Line<'_>>, TooLong> {
        if self.complete {
            self.line.clear();
            self.complete = false;
        }
        self.skip_awaited_lf(input);
        while !self.complete {
            // The first two octets go one by one, since a dot and CR end a listing at once.
            let rest = *input;
            let careful = due == Due::Listing && self.line.len() < 2;
            let piece = if careful {
                rest.get(..1).unwrap_or(rest)
            } else {
                rest
            };
            let end = memchr::memchr(b'\n', piece);
            let (taken, rest) = rest.split_at(end.map_or(piece.len(), |at| at + 1));
            if taken.is_empty() {
                return Ok(None);
            }
            if self.line.len() + taken.len() + usize::from(end.is_none()) > limit {
                // Of a line that is refused nothing is kept.
                self.line = Vec::new();
                return Err(TooLong);
            }
            self.line.extend_from_slice(taken);
            *input = rest;
            if end.is_some() {
                self.complete = true;
            } else if due == Due::Listing && self.line == b".\r" {
                self.complete = true;
                self.skip_lf = true;
            }
        }
        let line = without_line_end(&self.line);
        Ok(Some(match (due, line.split_first()) {
            (Due::Listing, Some((b'.', []))) => Line::End,
            (Due::Listing, Some((b'.', unstuffed))) => Line::Text(unstuffed),
            _ => Line::Text(line),
        }))
    }

    /// A reply has just ended with a dot and CR; an LF right after it is part of it.
    pub(crate) fn expect_lf(&mut self) {
        self.skip_lf = true;
    }

    /// Takes the awaited LF, if it is the next octet.
    pub(crate) fn skip_awaited_lf(&mut self, input: &mut &[u8]) {
        if let Some((first, rest)) = input.split_first() {
            if self.skip_lf && *first == b'\n' {
                *input = rest;
            }
            self.skip_lf = false;
        }
    }

    /// The octets of a line that has begun and not ended.
    pub(crate) fn unfinished(&self) -> &[u8] {
        if self.complete { &[] } else { &self.line }
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alloc::vec;
    use alloc::vec::Vec;

    use super::{Due, Line, LineReader, TooLong};

    fn lines(mut input: &[u8], due: Due) -> Vec<Option<Vec<u8>>> {
        let mut reader = LineReader::default();
        let mut found = vec![];
        while let Ok(Some(line)) = reader.read(&mut input, due, 100) {
            found.push(match line {
                Line::Text(text) => Some(text.to_vec()),
                Line::End => None,
            });
        }
        found
    }

    fn text(line: &str) -> Option<Vec<u8>> {
        Some(line.as_bytes().to_vec())
    }

    #[test]
    fn line_ends_are_crlf_or_lf() {
        assert_eq!(
            lines(b"a\r\nb\n\r\nc", Due::Status),
            [text("a"), text("b"), text("")]
        );
    }

    #[test]
    fn one_leading_dot_is_taken_off_in_a_listing_alone() {
        assert_eq!(
            lines(b"..a\r\n.b\r\n.\r\n", Due::Listing),
            [text(".a"), text("b"), None]
        );
        assert_eq!(lines(b".a\r\n", Due::Status), [text(".a")]);
    }

    #[test]
    fn dot_and_cr_end_a_listing_whether_or_not_lf_follows() {
        assert_eq!(lines(b".\r+OK\r\n", Due::Listing), [None, text("+OK")]);
        assert_eq!(lines(b".\r\n+OK\r\n", Due::Listing), [None, text("+OK")]);
        assert_eq!(lines(b".\r", Due::Listing), [None]);
    }

    #[test]
    fn the_limit_counts_the_line_end_and_does_not_wait_for_it() {
        let read = |octets: &[u8]| {
            LineReader::default()
                .read(&mut &*octets, Due::Status, 5)
                .map(|line| line.is_some())
        };
        assert_eq!(read(b"+OK\r\n"), Ok(true));
        assert_eq!(read(b"+OK "), Ok(false));
        assert_eq!(read(b"+OK a"), Err(TooLong));
        assert_eq!(read(b"+OK a\n"), Err(TooLong));
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        let mut reader = LineReader::default();
        for octets in [1, 7, 1000] {
            let piece = vec![b'x'; octets];
            while reader.read(&mut piece.as_slice(), Due::Listing, 100) == Ok(None) {
                assert!(reader.line.len() < 100);
            }
            assert_eq!(reader.line.capacity(), 0);
        }
    }
}
