//! The shape in which a message crosses into JavaScript: that of `index.d.ts`.

use serde_json::json;

#[test]
fn absent_values_are_left_out() {
    assert_eq!(
        serde_json::to_value(pop3_mail::parse(b"")).unwrap(),
        json!({
            "from": [], "to": [], "cc": [], "replyTo": [], "inReplyTo": [], "references": [],
            "headers": [], "attachments": [], "mayHaveAttachments": false,
        })
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
    assert_eq!(
        message["headers"][0],
        json!({ "name": "From", "value": "A <a@example.org>" })
    );
    assert_eq!(
        message["attachments"],
        json!([{
            "name": "a.png", "type": "image/png", "size": 2, "contentId": "c", "inline": false,
            "content": [97, 98],
        }])
    );
}
