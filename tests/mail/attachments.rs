//! Names of attachments, and their octets.

use std::borrow::Cow;

use pop3_mail::parse;

use crate::message;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn names_by_rfc_2231_and_rfc_2047() {
    let message = message("parameters-2231");
    assert_eq!(
        message.text().as_deref(),
        Some("Hällo"),
        "the boundary and charset are cut up too"
    );
    let octets = |octets: &'static [u8]| Cow::Borrowed(octets);
    let attachments: Vec<_> = message
        .attachments
        .iter()
        .map(|a| (a.name.as_deref(), a.media_type.as_str(), a.content()))
        .collect();
    assert_eq!(
        attachments,
        [
            (Some("L'été 2026.pdf"), "application/pdf", octets(b"one")),
            (Some("Ärger.png"), "image/png", octets(b"two")),
            (Some("€.txt"), "text/plain", octets(b"three")),
            (
                Some("temp..evilgpj.exe"),
                "application/x-thing",
                octets(b"four")
            ),
            (None, "application/octet-stream", octets(b"five")),
            (Some("two words.txt"), "text/plain", octets(b"six")),
        ]
    );
}

fn name_of(parameter: &str) -> Option<String> {
    let octets =
        format!("Content-Type: image/png\r\nContent-Disposition: attachment; {parameter}\r\n\r\nx");
    let message = parse(octets.as_bytes());
    assert_eq!(message.attachments.len(), 1, "{parameter}");
    message
        .attachments
        .into_iter()
        .next()
        .and_then(|attachment| attachment.name)
}

#[test]
fn names_that_are_not_safe() {
    let expected = [
        ("filename=\"/etc/passwd\"", Some("passwd")),
        ("filename=\"..\\\\..\\\\boot.ini\"", Some("boot.ini")),
        ("filename=\"a\tb\u{7f}.txt\"", Some("a b .txt")),
        ("filename*=utf-8''%E2%80%AEtxt.exe%00", Some("txt.exe")),
        ("filename*=utf-8''a%2Fb%5Cc.png", Some("c.png")),
        ("filename=\" .. \"", None),
        ("filename=\"\"", None),
        ("filename=\"dir/\"", None),
        ("filename=\"say \\\"hi\\\".txt\"", Some("say \"hi\".txt")),
        ("filename=\"unclosed", Some("unclosed")),
        ("filename", None),
        ("=; ;;filename = spaced.png ;", Some("spaced.png")),
    ];
    for (parameter, name) in expected {
        assert_eq!(name_of(parameter).as_deref(), name, "{parameter}");
    }
    let long = name_of(&format!("filename={}", "é".repeat(1_500))).unwrap();
    assert_eq!(long.chars().count(), pop3_mail::limits::MAX_NAME_CHARS);
}

#[test]
fn octets_survive_base64_and_8_bit() {
    let every: Vec<u8> = (0..=255).collect();
    let mut octets = b"Content-Type: application/octet-stream\r\n\r\n".to_vec();
    octets.extend_from_slice(&every);
    assert_eq!(parse(&octets).attachments[0].content(), every);
    let encoded = concat!(
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64 (standard)\r\n\r\n",
        "/+7dzLuqmYh3ZlVEMyIRAA==\r\n"
    );
    let expected: Vec<u8> = (0..=15).rev().map(|digit| digit * 17).collect();
    assert_eq!(parse(encoded.as_bytes()).attachments[0].content(), expected);
}

#[test]
fn an_image_is_inline_if_marked_or_shown() {
    let part = |header: &str| {
        format!(
            "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
             <img src='cid:a+b@example.org'> <td background=cid:c>\r\n--b\r\n{header}\r\n\r\nx\r\n--b--\r\n"
        )
    };
    let cases = [
        (
            "Content-Type: image/png\r\nContent-ID: <a+b@example.org>",
            true,
        ),
        ("Content-Type: image/png\r\nContent-ID: <c>", true),
        (
            "Content-Type: image/png\r\nContent-ID: <other@example.org>",
            false,
        ),
        (
            "Content-Type: image/png\r\nContent-Disposition: INLINE; filename=a.png",
            true,
        ),
        (
            "Content-Type: image/png\r\nContent-Disposition: attachment; filename=a.png",
            false,
        ),
        (
            "Content-Type: application/pdf\r\nContent-Disposition: inline",
            false,
        ),
        (
            "Content-Type: application/pdf\r\nContent-ID: <a+b@example.org>",
            false,
        ),
    ];
    for (header, inline) in cases {
        let octets = part(header);
        let message = parse(octets.as_bytes());
        assert_eq!(message.attachments.len(), 1, "{header}");
        assert_eq!(message.attachments[0].inline, inline, "{header}");
    }
}
