//! Mail made to exhaust its reader. Each must be done in time, with an answer that holds what
//! the limits allow. Stack use is checked in a thread whose stack is as small as WebAssembly's.

use pop3_mail::{Message, limits, parse};

use crate::headers;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Everything there is of the message, in time.
#[cfg(not(target_family = "wasm"))]
fn parse_in_bounds(octets: Vec<u8>) -> Message<'static> {
    use std::sync::mpsc;
    use std::thread;
    use std::time::{Duration, Instant};

    /// Far above what any of these takes, even in a debug build on a busy machine; the quadratic
    /// ways of reading them take hours.
    const DEADLINE: Duration = Duration::from_secs(30);

    let octets: &'static [u8] = octets.leak();
    let (sender, receiver) = mpsc::channel();
    let started = Instant::now();
    let parser = thread::Builder::new().stack_size(1 << 20);
    let handle = parser
        .spawn(move || {
            let message = parse(octets);
            message.text();
            for attachment in &message.attachments {
                attachment.content();
            }
            headers(octets);
            sender.send(message).unwrap();
        })
        .unwrap();
    let message = receiver.recv_timeout(DEADLINE);
    let message = message.unwrap_or_else(|_| panic!("not done after {:?}", started.elapsed()));
    handle.join().unwrap();
    message
}

/// Here the stack is what it is, and the runner waits no longer than it waits for all tests.
#[cfg(target_family = "wasm")]
fn parse_in_bounds(octets: Vec<u8>) -> Message<'static> {
    parse(octets.leak())
}

#[test]
fn multiparts_200_deep() {
    let mut octets = b"Subject: deep\r\n".to_vec();
    for depth in 0..200 {
        let header =
            format!("Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n");
        octets.extend_from_slice(header.as_bytes());
    }
    octets.extend_from_slice(b"\r\nthe bottom\r\n");
    let message = parse_in_bounds(octets);
    assert_eq!(message.subject.as_deref(), Some("deep"));
    assert_eq!(message.text().as_deref(), Some("the bottom\n"));
    assert_eq!(message.attachments, []);
}

#[test]
fn multiparts_100_000_deep() {
    let mut octets = Vec::new();
    for depth in 0..100_000 {
        let header =
            format!("Content-Type: multipart/mixed; boundary={depth}\r\n\r\n--{depth}\r\n");
        octets.extend_from_slice(header.as_bytes());
    }
    octets.extend_from_slice(b"\r\nthe bottom");
    assert!(
        parse_in_bounds(octets)
            .text()
            .unwrap()
            .ends_with("the bottom")
    );
}

/// The parser opens encoded messages by recursion, which is why it is not let do that.
#[test]
fn messages_100_000_deep_in_base64() {
    let inner = "Content-Type: message/rfc822\n\n".repeat(99_999) + "x";
    let encoded = base64(inner.as_bytes());
    let octets = format!(
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"
    );
    let message = parse_in_bounds(octets.into_bytes());
    assert_eq!(message.attachments[0].content().as_ref(), inner.as_bytes());
    assert_eq!(message.attachments[0].media_type, "message/rfc822");
}

fn base64(octets: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in octets.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) as usize & 63;
            out.push(if digit <= group.len() {
                char::from(alphabet[index])
            } else {
                '='
            });
        }
    }
    out
}

#[test]
fn messages_100_000_deep() {
    let mut octets = b"Content-Type: message/rfc822\n\n".repeat(100_000);
    octets.extend_from_slice(b"x");
    let message = parse_in_bounds(octets);
    assert_eq!(
        message.attachments.len(),
        1,
        "a nested message is not opened"
    );
    assert_eq!(message.attachments[0].media_type, "message/rfc822");
}

#[test]
fn header_fields_10_000() {
    let mut octets = Vec::new();
    for number in 0..10_000 {
        octets.extend_from_slice(format!("X-{number}: {number}\r\n").as_bytes());
    }
    octets.extend_from_slice(b"\r\nbody");
    let fields = headers(&octets);
    assert_eq!(fields.len(), limits::MAX_FIELDS);
    assert_eq!(fields[1_999].value, "1999");
    let message = parse_in_bounds(octets);
    assert_eq!(
        message.text().as_deref(),
        Some("body"),
        "the body begins where the header ends"
    );
}

#[test]
fn parts_beyond_count() {
    let mut octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for _ in 0..50_000 {
        octets.extend_from_slice(b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n");
    }
    let message = parse_in_bounds(octets);
    assert!(
        (limits::MAX_ATTACHMENTS - 1..=limits::MAX_ATTACHMENTS)
            .contains(&message.attachments.len())
    );
}

#[test]
fn multiparts_whose_boundary_never_comes() {
    let mut octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for _ in 0..20_000 {
        octets.extend_from_slice(b"--b\r\nContent-Type: multipart/x; boundary=zz\r\n\r\nx\r\n");
    }
    let text = parse_in_bounds(octets).text().unwrap();
    assert!(text.starts_with("x\nx\n"));
}

#[test]
fn the_same_boundary_at_every_depth() {
    let mut octets = Vec::new();
    for _ in 0..20_000 {
        octets.extend_from_slice(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n");
    }
    let message = parse_in_bounds(octets);
    assert!(message.attachments.len() <= limits::MAX_ATTACHMENTS);
}

#[test]
fn encoded_words_that_never_end() {
    for opening in ["=?", "=?utf-8", "=?ab?q?x", "=?ab?b?x", "=?a?q?=?"] {
        for name in ["Subject", "From", "Content-Type", "Message-ID", "Date"] {
            let field = format!(
                "{name}: {}\r\n\r\n",
                opening.repeat(1_000_000 / opening.len())
            );
            assert_eq!(headers(field.as_bytes()).len(), 1, "{name} {opening}");
            parse_in_bounds(field.into_bytes());
        }
    }
}

#[test]
fn long_fields_of_one_character() {
    for octet in "()<>@,;:\\\"[]=?' \t*%a/.-".bytes() {
        for name in [
            "From",
            "Content-Type",
            "Content-Disposition",
            "References",
            "Date",
        ] {
            let mut octets = format!("{name}: a").into_bytes();
            octets.resize(300_000, octet);
            octets.extend_from_slice(b"\r\nSubject: after\r\n\r\nbody");
            let message = parse_in_bounds(octets);
            assert_eq!(message.subject.as_deref(), Some("after"), "{name} {octet}");
        }
    }
}

#[test]
fn parameters_without_end() {
    let mut octets = b"Content-Type: text/plain".to_vec();
    for number in 0..50_000 {
        octets.extend_from_slice(format!("; name*{number}=x").as_bytes());
    }
    octets.extend_from_slice(b"\r\n\r\nbody");
    assert_eq!(parse_in_bounds(octets).text().as_deref(), Some("body"));
}

#[test]
fn html_without_end() {
    for piece in [
        "<", "<div", "<div>", "<!--", "&", "&#", "cid:", "<p>a</p>", "\u{e9}<", "<a b='",
    ] {
        let html = piece.repeat(200_000 / piece.len());
        let message =
            parse_in_bounds(format!("Content-Type: text/html\r\n\r\n{html}").into_bytes());
        assert_eq!(
            message.html.map(|html| html.len()),
            Some(html.len()),
            "{piece}"
        );
    }
}
