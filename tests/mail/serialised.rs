//! The shape in which a message crosses into JavaScript: that of `message.d.ts`, but for what the
//! package's own code adds.

use serde_json::json;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn absent_values_are_left_out() {
    assert_eq!(
        serde_json::to_value(pop3_mail::parse(b"")).unwrap(),
        json!({
            "from": [], "to": [], "cc": [], "bcc": [], "replyTo": [], "deliveredTo": [],
            "inReplyTo": [], "references": [], "mayHaveAttachments": false, "bodyStart": 0,
        })
    );
    let body = pop3_mail::body(b"", pop3_mail::encoding_rs);
    assert_eq!(
        serde_json::to_value(body).unwrap(),
        json!({ "attachments": [] })
    );
    let header = pop3_mail::header(b"", pop3_mail::encoding_rs);
    assert_eq!(
        serde_json::to_value(header).unwrap(),
        json!({ "headers": [], "received": [] })
    );
}

#[test]
fn names_are_those_of_the_javascript_api() {
    let octets = concat!(
        "From: A <a@example.org>\r\nDate: Thu, 1 Jan 1970 00:00:01 +0000\r\nMessage-ID: <1@e>\r\n",
        "Content-Type: image/png; name=a.png\r\nContent-ID: <c>\r\n\r\nab"
    );
    let message = serde_json::to_value(pop3_mail::parse(octets.as_bytes())).unwrap();
    assert_eq!(
        message["from"],
        json!([{ "name": "A", "address": "a@example.org" }])
    );
    assert_eq!(message["date"], json!(1_000));
    assert_eq!(message["messageId"], json!("1@e"));
    let body = pop3_mail::body(octets.as_bytes(), pop3_mail::encoding_rs);
    assert_eq!(
        serde_json::to_value(body).unwrap()["attachments"],
        json!([{
            "name": "a.png", "type": "image/png", "contentId": "c", "related": false,
            "inline": false, "start": octets.len() - 2, "end": octets.len(),
        }])
    );
    let header = pop3_mail::header(octets.as_bytes(), pop3_mail::encoding_rs);
    assert_eq!(
        serde_json::to_value(header).unwrap()["headers"][0],
        json!({ "name": "From", "value": "A <a@example.org>", "start": 0, "end": 25 })
    );
}
