//! Mail that was broken on its way, or by who wrote it.

use crate::{headers, mailboxes, message, octets};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn quoted_printable() {
    let message = message("damage-quoted-printable");
    let text = "1 = 1, =ZZ stays, été, é too, ==\nsoft break, trailing\nlast";
    assert_eq!(message.text().as_deref(), Some(text));
}

#[test]
fn base64() {
    let message = message("damage-base64");
    assert_eq!(message.text().as_deref(), Some("Hello, world"));
    let contents: Vec<_> = message
        .attachments
        .iter()
        .map(|a| a.content().into_owned())
        .collect();
    assert_eq!(
        contents,
        [&[0, 1, 2, 3][..], &[0, 1, 2, 3, 4, 5, 6, 7], &[0, 1, 2]]
    );
}

#[test]
fn boundary_left_out_of_the_header() {
    let message = message("boundary-missing");
    let text = message.text().unwrap();
    assert!(text.starts_with("--guess-me\n"), "shown as it is: {text}");
    assert!(text.contains("first") && text.contains("second"), "{text}");
}

#[test]
fn boundary_that_never_comes() {
    let text = "--other\nContent-Type: text/plain\n\nshown as it is\n--other--\n";
    assert_eq!(message("boundary-never-met").text().as_deref(), Some(text));
}

#[test]
fn inner_multipart_without_its_end() {
    let message = message("boundary-unclosed");
    assert_eq!(message.text().as_deref(), Some("plain"));
    assert_eq!(message.html.as_deref(), Some("<p>html</p>"));
    assert_eq!(message.attachments[0].name.as_deref(), Some("a.pdf"));
    assert_eq!(message.attachments[0].content().as_ref(), b"%PDF");
}

#[test]
fn header_without_an_empty_line_after_it() {
    let message = message("header-without-body-separator");
    assert_eq!(message.subject.as_deref(), Some("no empty line"));
    assert_eq!(
        message.text().as_deref(),
        Some("This line has no colon\nand neither has this")
    );
}

#[test]
fn body_without_a_header() {
    let message = message("body-only");
    assert_eq!(headers(octets("body-only")), []);
    let text = "Just some text,\nwithout any header.\n\nAnd a second paragraph.\n";
    assert_eq!(message.text().as_deref(), Some(text));
}

#[test]
fn stray_lines_in_the_header() {
    let message = message("stray-line-in-header");
    assert_eq!(message.subject.as_deref(), Some("spaced colon"));
    assert_eq!(mailboxes(&message.to), ["<a@example.org>"]);
    assert_eq!(message.html.as_deref(), Some("<p>body</p>\r\n"));
}

#[test]
fn nul_octets() {
    let message = message("nul-octets");
    assert_eq!(message.subject.as_deref(), Some("with nul"));
    assert_eq!(mailboxes(&message.from), ["a b <nul@example.org>"]);
    assert_eq!(message.text().as_deref(), Some("body\0with\0nul\n"));
}

#[test]
fn no_line_end_and_unix_line_ends() {
    assert_eq!(message("no-line-end").text().as_deref(), Some("last line"));
    let message = message("lf-only");
    assert_eq!(message.subject.as_deref(), Some("unix  folded"));
    assert_eq!(message.text().as_deref(), Some("one"));
    assert_eq!(message.attachments[0].content().as_ref(), b"two");
}

#[test]
fn html_cut_off_beside_plain_text_is_in_both_bodies() {
    let octets = concat!(
        "Content-Type: multipart/mixed; boundary=ab\r\n\r\n",
        "--ab\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n",
        "--a\r\nContent-Type: text/plain\r\n\r\nbody\r\n",
        "--ab\r\nContent-Type: text/html\r\n\r\n<b>body2</b>\r\n"
    );
    let message = pop3_mail::parse(octets.as_bytes());
    assert_eq!(message.text().as_deref(), Some("body\nbody2"));
    assert!(message.html.is_some_and(|html| html.contains("body2")));
}

/// Against RFC 2046 section 5.2.1, but some gateways do it.
#[test]
fn a_message_in_base64_does_not_hide_what_follows() {
    let octets = concat!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        "U3ViamVjdDogaW5zaWRlDQoNCmhpDQo=\r\n",
        "--b\r\nContent-Type: application/pdf; name=after.pdf\r\n\r\n%PDF\r\n--b--\r\n"
    );
    let message = pop3_mail::parse(octets.as_bytes());
    let types: Vec<_> = message
        .attachments
        .iter()
        .map(|a| a.media_type.as_str())
        .collect();
    assert_eq!(types, ["message/rfc822", "application/pdf"]);
    let inner = message.attachments[0].content();
    let nested = pop3_mail::parse(&inner);
    assert_eq!(nested.subject.as_deref(), Some("inside"));
    assert_eq!(message.attachments[1].content().as_ref(), b"%PDF");
}
