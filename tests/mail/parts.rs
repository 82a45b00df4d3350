//! Which parts are the body, and what the body is.

use crate::{mailboxes, message};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn nested_multiparts() {
    let message = message("nested-multiparts");
    assert_eq!(mailboxes(&message.from), ["Mila <mila@example.org>"]);
    assert_eq!(message.text().as_deref(), Some("plain\nfooter"));
    assert_eq!(
        message.html.as_deref(),
        Some(concat!(
            r#"<p>html <img src="cid:pic%40example.org"></p>"#,
            r#"<div style="white-space: pre-wrap">footer</div>"#
        ))
    );
    let attachments: Vec<_> = message
        .attachments
        .iter()
        .map(|a| {
            (
                a.name.as_deref(),
                a.media_type.as_str(),
                a.inline,
                a.content().len(),
            )
        })
        .collect();
    assert_eq!(
        attachments,
        [
            (Some("pic.png"), "image/png", true, 11),
            (Some("unused.png"), "image/png", false, 11),
            (Some("doc.pdf"), "application/pdf", false, 4),
            (None, "message/rfc822", false, 119),
            (None, "image/gif", true, 6),
        ]
    );
    assert_eq!(
        message.attachments[0].content_id.as_deref(),
        Some("pic@example.org")
    );
    let inner = message.attachments[3].content();
    let nested = pop3_mail::parse(&inner);
    assert_eq!(nested.subject.as_deref(), Some("inside"));
    assert_eq!(nested.text().as_deref(), Some("inner text"));
}

#[test]
fn html_alone_gives_text_too() {
    let message = message("html-only");
    let html = message.html.as_deref().unwrap();
    assert!(
        html.contains("<script>alert(1)</script>"),
        "HTML stays as sent"
    );
    let text = "Offer & more\n\nFirst\u{a0}line\nsecond\none\ntwo\na b\nc\nx < y € € 😀";
    assert_eq!(message.text().as_deref(), Some(text));
}

#[test]
fn text_beside_html_is_kept_in_both() {
    let message = message("mixed-text-and-html");
    assert_eq!(
        message.text().as_deref(),
        Some("Dear all\n-- \nfooter <list@example.org>")
    );
    assert_eq!(
        message.html.as_deref(),
        Some(concat!(
            "<p>Dear all</p>",
            "<div style=\"white-space: pre-wrap\">-- \nfooter &lt;list@example.org&gt;</div>"
        ))
    );
}

#[test]
fn flowed_paragraphs_are_joined() {
    let text = concat!(
        "A paragraph that was wrapped by the sender.\n\n",
        "> quoted text goes on\n",
        "> > deeper \n",
        ">> still\n",
        "From the start, stuffed\n",
        "Last line \n",
        "-- \n",
        "Sig\n"
    );
    assert_eq!(message("format-flowed").text().as_deref(), Some(text));
}

#[test]
fn a_digest_holds_messages() {
    let message = message("digest");
    assert_eq!(message.text().as_deref(), Some("plain"));
    assert_eq!(message.attachments.len(), 1);
    assert_eq!(message.attachments[0].media_type, "message/rfc822");
    let inner = message.attachments[0].content();
    let nested = pop3_mail::parse(&inner);
    assert_eq!(
        (nested.subject.as_deref(), nested.text().as_deref()),
        (Some("one"), Some("first"))
    );
}

#[test]
fn a_message_that_is_one_file() {
    let message = pop3_mail::parse(b"Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.7");
    assert_eq!((message.text(), message.html), (None, None));
    assert_eq!(message.attachments[0].content().as_ref(), b"%PDF-1.7");
    assert!(message.may_have_attachments);
}

#[test]
fn empty_and_header_only() {
    assert_eq!(message("empty"), pop3_mail::Message::default());
    let message = message("header-only");
    assert_eq!(message.subject.as_deref(), Some("only a header"));
    assert_eq!(message.date, Some(1_770_051_600_000));
    assert!(message.may_have_attachments);
    assert_eq!(
        (message.text(), message.html, message.attachments.len()),
        (None, None, 0)
    );
}
