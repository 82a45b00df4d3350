//! Header fields: encoded words, addresses, identifiers, dates.

use pop3_mail::parse;

use crate::{headers, mailboxes, message, octets};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn encoded_words_cut_in_mid_character() {
    let message = message("word-split-character");
    assert_eq!(message.subject.as_deref(), Some("今日はとても良い天気です"));
    assert_eq!(mailboxes(&message.from), ["山田 <yamada@example.org>"]);
}

#[test]
fn encoded_words_broken_ones_and_groups() {
    let message = message("word-forms");
    let subject = "a b c d =?nope =?utf-8?X?zz?= café =?";
    assert_eq!(message.subject.as_deref(), Some(subject));
    assert_eq!(
        mailboxes(&message.from),
        [
            "Müller, Jan <jan@example.org>",
            "André (Lyon) (home) <andre@example.net>"
        ]
    );
    let [undisclosed] = &message.to[..] else {
        panic!("an empty group is one entry: {:?}", message.to);
    };
    assert_eq!(undisclosed.group.as_deref(), Some("undisclosed-recipients"));
    assert_eq!(
        (&undisclosed.name, undisclosed.address.as_str()),
        (&None, "")
    );
    let cc = [
        "<anna@example.org>",
        "Ben, Jr. <ben@example.org>",
        "<broken@>",
        "<only@example.com>",
    ];
    assert_eq!(mailboxes(&message.cc), cc);
    let groups: Vec<_> = message.cc.iter().map(|a| a.group.as_deref()).collect();
    assert_eq!(groups, [Some("Team Été"), Some("Team Été"), None, None]);
    assert_eq!(
        mailboxes(&message.reply_to),
        ["<lists@example.org>", "just a name <>"]
    );
    let comments = headers(octets("word-forms"))
        .into_iter()
        .find(|field| field.name == "Comments")
        .unwrap();
    assert_eq!(comments.value, "1 =?= 2 =?utf-8?Q?unfinished");
}

#[test]
fn raw_8_bit_text_is_utf_8_or_windows_1252() {
    let message = message("headers-8-bit");
    assert_eq!(
        message.subject.as_deref(),
        Some("Grüße aus Köln – bis bald")
    );
    assert_eq!(mailboxes(&message.from), ["Jörg Grün <joerg@example.org>"]);
    assert_eq!(mailboxes(&message.to), ["Café Münster <cafe@example.org>"]);
}

#[test]
fn identifiers_lose_brackets_and_comments() {
    let message = message("thread");
    assert_eq!(message.message_id.as_deref(), Some("3@example.org"));
    assert_eq!(message.in_reply_to, ["2@example.org"]);
    assert_eq!(message.references, ["1@example.org", "2@example.org"]);
    let bare = parse(b"Message-ID: 7@example.org\r\n\r\n");
    assert_eq!(bare.message_id.as_deref(), Some("7@example.org"));
}

#[test]
fn headers_keep_order_names_and_decoded_values() {
    let fields = headers(b"RECEIVED: a\r\n\tb\r\nx-Y: =?utf-8?Q?=0D=0A=C3=A4?=\r\n\r\n");
    let fields: Vec<_> = fields
        .iter()
        .map(|field| (field.name.as_str(), field.value.as_str()))
        .collect();
    assert_eq!(fields, [("RECEIVED", "a b"), ("x-Y", "ä")]);
}

/// Milliseconds since 1970, UTC, or nothing for what is no date.
const DATES: [(&str, Option<i64>); 16] = [
    ("Tue, 3 Mar 2026 09:15:00 +0100", Some(1_772_525_700_000)),
    ("3 Mar 2026 08:15 +0000", Some(1_772_525_700_000)),
    ("Tue,  3 Mar 2026 03:15:00 EST", Some(1_772_525_700_000)),
    (
        "Tue, 03 Mar 2026 08:15:00 GMT (comment)",
        Some(1_772_525_700_000),
    ),
    ("Tue, 3 Mar 26 08:15:00 -0000", Some(1_772_525_700_000)),
    ("Tue, 3 Mar 2026 08:15:00", Some(1_772_525_700_000)),
    ("Thu, 1 Jan 1970 00:00:00 +0000", Some(0)),
    ("Wed, 31 Dec 1969 23:59:59 +0000", Some(-1_000)),
    ("Sat, 31 Dec 2016 23:59:60 +0000", Some(1_483_228_799_000)),
    ("Sun, 29 Feb 2026 10:00:00 +0000", None),
    ("Fri, 31 Apr 2026 10:00:00 +0000", None),
    ("Tue, 3 Mar 2026 25:15:00 +0100", None),
    ("99999999999999999999", None),
    ("yesterday", None),
    ("2026-03-03", None),
    ("", None),
];

#[test]
fn dates() {
    for (field, expected) in DATES {
        let octets = format!("Date: {field}\r\n\r\n");
        let message = parse(octets.as_bytes());
        assert_eq!(message.date, expected, "{field}");
    }
}

#[test]
fn attachments_are_foretold_from_the_header_alone() {
    let foretold = [
        ("Content-Type: multipart/mixed; boundary=x\r\n", true),
        ("Content-Type: Multipart/Mixed;\r\n\tboundary=x\r\n", true),
        ("Content-Type: application/pdf\r\n", true),
        ("Content-Type: message/rfc822\r\n", true),
        (
            "Content-Type: text/csv\r\nContent-Disposition: attachment\r\n",
            true,
        ),
        ("Content-Type: multipart/alternative; boundary=x\r\n", false),
        ("Content-Type: multipart/related; boundary=x\r\n", false),
        ("Content-Type: text/html\r\n", false),
        ("Content-Type: rubbish\r\n", false),
        ("Subject: none\r\n", false),
    ];
    for (header, expected) in foretold {
        let octets = format!("{header}\r\n");
        let message = parse(octets.as_bytes());
        assert_eq!(message.may_have_attachments, expected, "{header}");
    }
}
