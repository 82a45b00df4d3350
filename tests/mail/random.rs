//! No octets bring the parser down: neither random ones nor fixtures with pieces changed, cut
//! out, doubled or swapped between them.

use pop3_mail::{Message, parse};
use proptest::prelude::*;

use crate::{all, headers};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What holds of every message, whatever it was made from.
fn check(message: &Message<'_>, octets: usize) {
    for attachment in &message.attachments {
        assert!(
            attachment.content().len() <= octets,
            "more octets than there were"
        );
        assert!(attachment.media_type.contains('/'));
        if let Some(name) = &attachment.name {
            assert!(!name.is_empty() && !name.contains(['/', '\\', '\n', '\0', '\u{202e}']));
        }
    }
    if let Some(subject) = &message.subject {
        assert!(!subject.is_empty() && !subject.contains(['\r', '\n']));
    }
}

/// What holds of every header.
fn check_header(octets: &[u8]) {
    let mut end = 0;
    for field in headers(octets) {
        assert!(!field.name.is_empty());
        assert!(
            !field.value.contains(['\r', '\n', '\0']),
            "a value is one line"
        );
        assert!(end <= field.start && field.start < field.end);
        let raw = &octets[field.start..field.end];
        assert!(raw.starts_with(field.name.as_bytes()));
        end = field.end;
    }
}

/// A browser is slower.
const CASES: u32 = if cfg!(target_family = "wasm") {
    32
} else {
    400
};

/// Text made of what gives a parser work.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        " ",
        "\t",
        ":",
        ";",
        "=",
        "\"",
        "\\",
        "(",
        ")",
        "<",
        ">",
        "@",
        ",",
        "'",
        "*",
        "%",
        "--",
        "--b",
        "--b--",
        "=?",
        "?=",
        "=?utf-8?Q?",
        "=?utf-8?B?",
        "=?iso-2022-jp?B?",
        "\u{1b}$B",
        "Subject:",
        "From:",
        "To: a <",
        "Date: ",
        "Tue, 3 Mar 2026 09:15:00",
        " +0100",
        "Received: from x by y;",
        "Message-ID: <",
        "References: <a> <",
        "Content-ID: <a>",
        "Content-Type: ",
        "multipart/mixed; boundary=b",
        "multipart/alternative; boundary=\"b\"",
        "multipart/digest; boundary=b",
        "message/rfc822",
        "text/html",
        "text/plain; format=flowed",
        "; charset=",
        "utf-7",
        "utf-16",
        "gb18030",
        "shift_jis",
        "image/png; name*0*=utf-8''",
        "; name*1=",
        "Content-Disposition: attachment; filename=",
        "inline",
        "Content-Transfer-Encoding: ",
        "base64",
        "quoted-printable",
        "QUJD",
        "=C3=A4",
        "=C3",
        "<p>",
        "<!--",
        "-->",
        "<div>",
        "</td>",
        "&amp;",
        "&#x1F600;",
        "cid:a",
        "é",
        "漢",
        "\u{0}",
    ]);
    prop::collection::vec(
        prop_oneof![
            8 => fragment.prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 1..4),
        ],
        0..80,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_octets(octets in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check(&parse(&octets), octets.len());
        check_header(&octets);
    }

    #[test]
    fn random_fragments(octets in fragments()) {
        check(&parse(&octets), octets.len());
        check_header(&octets);
    }

    #[test]
    fn mutated_fixtures(
        which in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..20),
    ) {
        let fixtures = all();
        let mut octets = which.get(fixtures).1.to_vec();
        for (place, octet, change) in changes {
            let at = place.index(octets.len() + 1);
            match change {
                0 => octets.insert(at, octet),
                1 => octets.truncate(at.max(16)),
                2 if at < octets.len() => octets[at] = octet,
                2 => octets.push(octet),
                _ => {
                    let source = &other.get(fixtures).1;
                    let from = place.index(source.len() + 1);
                    let piece = &source[from..source.len().min(from + usize::from(octet))];
                    octets.splice(at..at, piece.iter().copied());
                }
            }
        }
        check(&parse(&octets), octets.len());
        check_header(&octets);
    }
}

#[test]
fn every_fixture_cut_at_every_octet() {
    for (_, octets) in all() {
        for end in 0..=octets.len() {
            check(&parse(&octets[..end]), end);
            check_header(&octets[..end]);
        }
    }
}
