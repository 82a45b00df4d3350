//! What a client sends in a session: frames of RFC 6455, more or less.

use super::gateway::Place;

static PLACE: Place = Place::new();

const REQUEST: &str = "GET /pop3?server=plain HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n\
     upgrade: websocket\r\nsec-websocket-version: 13\r\n\
     sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: pop3.v1\r\n\r\n";

/// The largest frame and the largest message, in octets: the default of `max-frame`.
const LARGEST: u64 = 65_536;

/// Close codes that a client can bring about by what it sends.
const CODES: [u16; 3] = [1002, 1003, 4012];

/// The fuzz target.
///
/// # Panics
/// When the proxy hangs or panics, gives the server other octets than those of the client's whole
/// binary messages, or closes with a code that does not fit.
pub fn trial(input: &[u8]) {
    let expected = read(input);
    let (back, sent) = PLACE.gateway().session(REQUEST, input);
    assert_eq!(sent, expected.octets, "what the server was sent");
    let code = close_code(&back);
    match expected.end {
        // The client was cut off, and hears nothing, or nothing more than pongs.
        End::Cut => assert_eq!(code, None),
        End::Closed => {}
        // It is told once the frame is whole, if that comes about.
        End::BadHeader => assert!(code.is_none_or(|code| CODES.contains(&code)), "{code:?}"),
        End::Broken => assert!(code.is_some_and(|code| CODES.contains(&code)), "{code:?}"),
    }
}

enum End {
    /// In the middle of a frame, or between two.
    Cut,
    /// By a close frame.
    Closed,
    /// By the header of a frame that breaks RFC 6455 or PROTOCOL.md.
    BadHeader,
    /// By a whole frame that does.
    Broken,
}

struct Reading {
    /// The octets of all binary messages before the end.
    octets: Vec<u8>,
    end: End,
}

/// One frame of a client, and what follows it.
struct Frame<'a> {
    fin: bool,
    opcode: u8,
    payload: Vec<u8>,
    rest: &'a [u8],
}

/// Reads the frames independently of the proxy, as slowly and plainly as can be.
fn read(mut input: &[u8]) -> Reading {
    let mut octets = Vec::new();
    let mut message: Option<(u8, Vec<u8>)> = None;
    let end = loop {
        let frame = match next(input) {
            Ok(frame) => frame,
            Err(end) => break end,
        };
        input = frame.rest;
        match (frame.opcode, message.take()) {
            (0x8, _) => {
                break match close_is_well_formed(&frame.payload) {
                    true => End::Closed,
                    false => End::Broken,
                };
            }
            (0x9 | 0xa, before) => {
                message = before;
                continue;
            }
            (0x0, Some((kind, mut whole))) => {
                whole.extend(frame.payload);
                message = Some((kind, whole));
            }
            (0x1 | 0x2, None) => message = Some((frame.opcode, frame.payload)),
            _ => break End::Broken,
        }
        let Some((kind, whole)) = &message else {
            continue;
        };
        let size = u64::try_from(whole.len()).unwrap_or(u64::MAX);
        // Text ends the session as soon as it is whole, or known to be none.
        if size > LARGEST || *kind == 0x1 && (frame.fin || broken_utf8(whole)) {
            break End::Broken;
        }
        if frame.fin {
            octets.extend_from_slice(whole);
            message = None;
        }
    };
    Reading { octets, end }
}

/// The frame at the beginning (RFC 6455 section 5.2).
fn next(input: &[u8]) -> Result<Frame<'_>, End> {
    let [first, second, rest @ ..] = input else {
        return Err(End::Cut);
    };
    let (fin, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0f);
    let (masked, short) = (second & 0x80 != 0, second & 0x7f);
    if reserved != 0 || matches!(opcode, 0x3..=0x7 | 0xb..) {
        return Err(End::BadHeader);
    }
    let (length, rest) = match (short, rest) {
        (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
        (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
            let octets = [*a, *b, *c, *d, *e, *f, *g, *h];
            (u64::from_be_bytes(octets), rest)
        }
        (126 | 127, _) => return Err(End::Cut),
        (short, rest) => (u64::from(short), rest),
    };
    if opcode >= 0x8 && (!fin || length > 125) {
        return Err(End::BadHeader);
    }
    if length > LARGEST {
        return Err(End::BadHeader);
    }
    if !masked {
        return Err(End::BadHeader);
    }
    let [a, b, c, d, rest @ ..] = rest else {
        return Err(End::Cut);
    };
    let mask = [*a, *b, *c, *d];
    let length = usize::try_from(length).map_err(|_| End::BadHeader)?;
    let (payload, rest) = rest.split_at_checked(length).ok_or(End::Cut)?;
    let payload = payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(octet, mask)| octet ^ mask);
    Ok(Frame {
        fin,
        opcode,
        payload: payload.collect(),
        rest,
    })
}

/// Nothing, or a code and text (RFC 6455 section 5.5.1).
fn close_is_well_formed(payload: &[u8]) -> bool {
    match payload {
        [] => true,
        [_] => false,
        [_, _, text @ ..] => std::str::from_utf8(text).is_ok(),
    }
}

/// Whether no more octets could make it UTF-8.
fn broken_utf8(octets: &[u8]) -> bool {
    std::str::from_utf8(octets).is_err_and(|error| error.error_len().is_some())
}

/// The code of the last frame from the proxy, if that is a close frame. Its frames are short here:
/// the server says nothing.
fn close_code(mut back: &[u8]) -> Option<u16> {
    let mut code = None;
    while let [first, length, rest @ ..] = back {
        let (payload, rest) = rest.split_at_checked(usize::from(*length))?;
        if let (0x88, [a, b, ..]) = (*first, payload) {
            code = Some(u16::from_be_bytes([*a, *b]));
        }
        back = rest;
    }
    code
}
