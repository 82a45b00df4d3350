//! Framing of messages: dot-unstuffing as the octets come
//! ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3)).

use alloc::vec::Vec;

use memchr::memchr;

use crate::config::Limits;
use crate::error::Limit;

/// Where the next octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the start of a line.
    LineStart,
    /// After a dot at the start of a line. It is never part of the message.
    Dot,
    /// Within a line.
    Inside,
    /// Within a line, after a CR.
    AfterCr,
}

/// What ends a line of this message. The first line decides.
///
/// A message from a Unix file may have bare LFs throughout. But in a message with CRLF, a bare LF is
/// an octet like others, and its sender must not be able to fake the end of the reply with LF, dot,
/// CRLF: a server that reads lines by CRLF does not stuff that dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineEnd {
    Unknown,
    Crlf,
    Lf,
}

/// How a piece of input left the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All input is taken, and more is needed.
    More,
    /// The message is complete. What is left of the input belongs to the next reply.
    End {
        /// It ended with a dot and CR; an LF may follow.
        lf_may_follow: bool,
    },
}

/// Takes the stuffed dots out of one message.
#[derive(Debug)]
pub(crate) struct Unstuffer {
    place: Place,
    line_end: LineEnd,
}

impl Unstuffer {
    pub(crate) fn new() -> Self {
        Self {
            place: Place::LineStart,
            line_end: LineEnd::Unknown,
        }
    }

    /// Takes octets off `input` up to the end of the message, and appends those of the message to
    /// `out`.
    pub(crate) fn decode(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Progress {
        while let Some((&first, rest)) = input.split_first() {
            match (self.place, first) {
                (Place::LineStart, b'.') => {
                    self.place = Place::Dot;
                    *input = rest;
                }
                (Place::Dot, b'\r' | b'\n') => {
                    *input = rest;
                    return Progress::End {
                        lf_may_follow: first == b'\r',
                    };
                }
                (Place::LineStart | Place::Dot, _) => self.place = Place::Inside,
                (Place::Inside | Place::AfterCr, _) => self.run(input, out),
            }
        }
        Progress::More
    }

    /// Copies up to the next line end that a dot follows, or all there is.
    fn run(&mut self, input: &mut &[u8], out: &mut Vec<u8>) {
        let octets = *input;
        if self.place == Place::AfterCr && octets.first() == Some(&b'\n') {
            // The CR came with the piece before, so no search in this one would see the CRLF.
            take(1, input, out);
            if self.line_end == LineEnd::Unknown {
                self.line_end = LineEnd::Crlf;
            }
            self.place = Place::LineStart;
            return;
        }
        let end = match self.line_end {
            LineEnd::Unknown => memchr(b'\n', octets).map(|at| {
                let crlf = at.checked_sub(1).and_then(|at| octets.get(at)) == Some(&b'\r');
                self.line_end = if crlf { LineEnd::Crlf } else { LineEnd::Lf };
                at + 1
            }),
            LineEnd::Crlf => dotted(octets, b"\r\n"),
            LineEnd::Lf => dotted(octets, b"\n"),
        };
        take(end.unwrap_or(octets.len()), input, out);
        self.place = match (end, self.line_end) {
            (Some(_), _) => Place::LineStart,
            (None, LineEnd::Lf) if octets.ends_with(b"\n") => Place::LineStart,
            (None, LineEnd::Crlf) if octets.ends_with(b"\r\n") => Place::LineStart,
            (None, _) if octets.ends_with(b"\r") => Place::AfterCr,
            (None, _) => Place::Inside,
        };
    }
}

/// Where the first line begins, after such a line end, that starts with a dot.
fn dotted(octets: &[u8], line_end: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = octets.get(from..)?;
        from += memchr(b'\n', rest)? + 1;
        let (before, after) = octets.split_at_checked(from)?;
        if after.first() == Some(&b'.') && before.ends_with(line_end) {
            return Some(from);
        }
    }
}

fn take(count: usize, input: &mut &[u8], out: &mut Vec<u8>) {
    let (taken, rest) = input.split_at(count.min(input.len()));
    out.extend_from_slice(taken);
    *input = rest;
}

/// How far the search for a second `+OK` has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// This many octets at the start of the message were those of `+OK`, and are held back.
    Maybe(usize),
    /// The first line is a second status line; this many octets of it were dropped.
    Dropping(usize),
    /// The message itself.
    No,
}

/// The answer to one RETR or TOP, after its status line.
#[derive(Debug)]
pub(crate) struct Body {
    unstuffer: Unstuffer,
    echo: Echo,
    size: u64,
}

const OK: &[u8] = b"+OK";

impl Body {
    pub(crate) fn of_retr() -> Self {
        Self {
            unstuffer: Unstuffer::new(),
            echo: Echo::No,
            size: 0,
        }
    }

    /// TOP: the quirk `second-status-line` is looked for.
    pub(crate) fn of_top() -> Self {
        Self {
            echo: Echo::Maybe(0),
            ..Self::of_retr()
        }
    }

    /// Octets of the message so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// As [`Unstuffer::decode`]. Past a limit, `out` holds what the limit allows.
    pub(crate) fn decode(
        &mut self,
        input: &mut &[u8],
        limits: &Limits,
        out: &mut Vec<u8>,
    ) -> Result<Progress, Limit> {
        let before = out.len();
        while self.echo != Echo::No {
            if input.is_empty() {
                return Ok(Progress::More);
            }
            self.drop_echo(input, limits, out)?;
        }
        let progress = self.unstuffer.decode(input, out);
        let allowed =
            usize::try_from(limits.message.saturating_sub(self.size)).unwrap_or(usize::MAX);
        let grown = out.len() - before;
        if grown > allowed {
            out.truncate(before + allowed);
            return Err(Limit::Message);
        }
        self.size += grown as u64;
        Ok(progress)
    }

    /// One step at the start of the message, with at least one octet of input.
    fn drop_echo(
        &mut self,
        input: &mut &[u8],
        limits: &Limits,
        out: &mut Vec<u8>,
    ) -> Result<(), Limit> {
        match self.echo {
            Echo::Maybe(matched) => {
                let Some((&first, rest)) = input.split_first() else {
                    return Ok(());
                };
                match OK.get(matched) {
                    Some(&expected) if expected == first => {
                        *input = rest;
                        self.echo = Echo::Maybe(matched + 1);
                    }
                    None if matches!(first, b' ' | b'\r' | b'\n') => {
                        self.echo = Echo::Dropping(matched);
                    }
                    _ => {
                        self.echo = Echo::No;
                        let mut held = OK.get(..matched).unwrap_or(OK);
                        self.unstuffer.decode(&mut held, out);
                    }
                }
            }
            Echo::Dropping(dropped) => {
                let end = memchr(b'\n', input);
                let (line, rest) = input.split_at(end.map_or(input.len(), |at| at + 1));
                *input = rest;
                if dropped + line.len() + usize::from(end.is_none()) > limits.status_line {
                    return Err(Limit::StatusLine);
                }
                self.echo = end.map_or(Echo::Dropping(dropped + line.len()), |_| Echo::No);
            }
            Echo::No => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alloc::vec::Vec;

    use super::{Body, Progress, Unstuffer};
    use crate::config::Limits;
    use crate::error::Limit;

    /// The message in `wire`, and what follows it; `None` if it does not end.
    fn unstuffed(wire: &[u8]) -> Option<(Vec<u8>, &[u8])> {
        let mut whole = Vec::new();
        let mut rest = wire;
        let progress = Unstuffer::new().decode(&mut rest, &mut whole);
        let mut single = Vec::new();
        let mut unstuffer = Unstuffer::new();
        for octet in wire.chunks(1).take(wire.len() - rest.len()) {
            unstuffer.decode(&mut &*octet, &mut single);
        }
        assert_eq!(whole, single, "one by one differs from whole");
        match progress {
            Progress::More => None,
            Progress::End {
                lf_may_follow: false,
            } => Some((whole, rest)),
            Progress::End {
                lf_may_follow: true,
            } => Some((whole, rest.strip_prefix(b"\n").unwrap_or(rest))),
        }
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let cases: [(&[u8], &[u8]); 12] = [
            (b".\r\n", b""),
            (b".\n", b""),
            (b"\r\n.\r\n", b"\r\n"),
            (b"a\r\n.\r\n", b"a\r\n"),
            (b"a\n.\n", b"a\n"),
            (b"a\n\n..b\n.\r\n", b"a\n\n.b\n"),
            (b"..\r\n...\r\n.\r\n", b".\r\n..\r\n"),
            (b"a\r\n.b\r\n.\r\n", b"a\r\nb\r\n"),
            (b"a.\r\nb .\r\n.\r\n", b"a.\r\nb .\r\n"),
            (b"\0\xff\r\r\n\x80.\r\n.\r\n", b"\0\xff\r\r\n\x80.\r\n"),
            (b"a\r\n\r.\r\n.\r\n", b"a\r\n\r.\r\n"),
            (b"a\r\n.\r", b"a\r\n"),
        ];
        for (wire, message) in cases {
            assert_eq!(
                unstuffed(wire),
                Some((message.to_vec(), &b""[..])),
                "{}",
                wire.escape_ascii()
            );
        }
    }

    #[test]
    fn a_bare_lf_cannot_fake_the_end_of_a_message_with_crlf() {
        let wire = b"a\r\nb\n.\r\n+OK\r\n.\r\n+OK 2";
        let message = b"a\r\nb\n.\r\n+OK\r\n".to_vec();
        assert_eq!(unstuffed(wire), Some((message, &b"+OK 2"[..])));
    }

    #[test]
    fn what_follows_a_dot_and_cr_is_left_alone() {
        assert_eq!(
            unstuffed(b"a\r\n.\r+OK"),
            Some((b"a\r\n".to_vec(), &b"+OK"[..]))
        );
    }

    #[test]
    fn a_message_without_its_end_goes_on() {
        for wire in [
            &b""[..],
            b".",
            b"a",
            b"a\r\n",
            b"a\r\n.",
            b"a.\r\n",
            b"a\r.\r\n",
        ] {
            assert_eq!(unstuffed(wire), None, "{}", wire.escape_ascii());
        }
    }

    #[test]
    fn only_a_whole_status_line_at_the_start_is_an_echo() {
        let decode = |wire: &[u8]| {
            let mut out = Vec::new();
            let mut body = Body::of_top();
            for octet in wire.chunks(1) {
                let _ = body.decode(&mut &*octet, &Limits::default(), &mut out);
            }
            out
        };
        assert_eq!(decode(b"+OK\r\nA: b\r\n.\r\n"), b"A: b\r\n");
        assert_eq!(decode(b"+OK top follows\nA: b\n.\n"), b"A: b\n");
        assert_eq!(decode(b"+OKra: b\r\n.\r\n"), b"+OKra: b\r\n");
        assert_eq!(decode(b"+O\r\n.\r\n"), b"+O\r\n");
        assert_eq!(decode(b"A: b\r\n+OK\r\n.\r\n"), b"A: b\r\n+OK\r\n");
    }

    #[test]
    fn past_the_limit_comes_what_the_limit_allows() {
        let limits = Limits {
            message: 4,
            ..Limits::default()
        };
        let mut out = Vec::new();
        let result = Body::of_retr().decode(&mut &b"abcdef"[..], &limits, &mut out);
        assert_eq!(
            (result, out.as_slice()),
            (Err(Limit::Message), &b"abcd"[..])
        );
    }
}
