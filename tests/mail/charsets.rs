//! One message for each charset that real mail uses: in the subject, in a display name, and in
//! the body under different transfer encodings.

use crate::{mailboxes, message};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Fixture, subject, author's name, text.
const EXPECTED: [(&str, &str, &str, &str); 12] = [
    (
        "utf-8",
        "Žluťoučký kůň – 日本 🐎",
        "Zoë Øster",
        "Grüße, 世界 und 🎉!",
    ),
    (
        "iso-8859-1",
        "Déjà vu à Besançon",
        "Renée Noël",
        "Où est le garçon ? À côté.",
    ),
    (
        "iso-8859-2",
        "Zażółć gęślą jaźń",
        "Łukasz Żak",
        "Pchnąć w tę łódź jeża.",
    ),
    ("iso-8859-15", "Prix : 25 €", "Œuvre Žen", "Cœur à 9 €"),
    (
        "windows-1251",
        "Привет из Казани",
        "Анна Ильина",
        "Съешь ещё этих булок — №5.",
    ),
    (
        "koi8-r",
        "Расписание поездов",
        "Пётр Волков",
        "Поезд отправляется в семь.",
    ),
    ("gb2312", "周末的安排", "李小明", "我们星期六见面吧。"),
    ("gbk", "關於會議", "張明", "請在下午三點參加會議。"),
    ("big5", "晚餐邀請", "陳美玲", "今天晚上一起吃飯好嗎？"),
    (
        "shift-jis",
        "表示のテスト",
        "能登ソラ",
        "十分に構えて噂を予約する。",
    ),
    (
        "iso-2022-jp",
        "会議のお知らせ",
        "山本ハル",
        "明日は十時からです。",
    ),
    ("euc-kr", "안녕하세요", "김하늘", "내일 만나요."),
];

#[test]
fn each_charset_in_subject_name_and_body() {
    for (charset, subject, name, text) in EXPECTED {
        let message = message(&format!("charset-{charset}"));
        assert_eq!(message.subject.as_deref(), Some(subject), "{charset}");
        assert_eq!(
            mailboxes(&message.from),
            [format!("{name} <sender@example.org>")],
            "{charset}"
        );
        assert_eq!(
            message.text().as_deref(),
            Some(format!("{text}\n").as_str()),
            "{charset}"
        );
        assert_eq!(message.html, None, "{charset}");
        assert_eq!(message.date, Some(1_772_525_700_000), "{charset}");
        assert_eq!(
            message.message_id,
            Some(format!("charset-{charset}@example.org"))
        );
    }
}

/// The table that the tests of the npm package have too: the octets of a text in a charset, in
/// base64. There the charsets are those of the JavaScript engine.
#[test]
fn each_charset_gives_the_same_by_encoding_rs_as_by_text_decoder() {
    let table = include_str!("charsets.json");
    let table: serde_json::Value = serde_json::from_str(table).unwrap();
    let table = table.as_array().unwrap();
    assert!(table.len() >= 50, "{} charsets", table.len());
    for row in table {
        let [label, octets, text] =
            ["label", "octets", "text"].map(|key| row[key].as_str().unwrap());
        let header = format!(
            "Subject: =?{label}?B?{octets}?=\r\nContent-Type: text/plain; charset=\"{label}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{octets}\r\n"
        );
        let message = pop3_mail::parse(header.as_bytes());
        assert_eq!(message.text().as_deref(), Some(text), "{label} in the body");
        assert_eq!(message.subject.as_deref(), Some(text), "{label} in a word");
    }
}

#[test]
fn a_charset_that_the_host_lacks_is_read_as_utf_8_or_windows_1252() {
    let octets = b"Subject: =?shift_jis?Q?abc=E9?=\r\n\r\n";
    let message = pop3_mail::parse_with(octets, |_, _| None);
    assert_eq!(message.subject.as_deref(), Some("abcé"));
}

/// Some senders only write the word around the text.
#[test]
fn octets_above_127_in_a_word_are_in_its_charset() {
    for (octets, subject) in [
        (
            &b"Subject: =?iso-8859-1?Q?Fr\xf6sche?=\r\n\r\n"[..],
            "Frösche",
        ),
        (b"Subject: =?koi8-r?q?\xf0=CF_\xf0?=\r\n\r\n", "По П"),
        (
            b"Subject: =?iso-8859-1?Q?Fr\xc3\xb6sche?=\r\n\r\n",
            "Frösche",
        ),
        (b"Subject: =?utf-8?Q?Fr\xc3\xb6sche?=\r\n\r\n", "Frösche"),
    ] {
        let message = pop3_mail::parse(octets);
        assert_eq!(message.subject.as_deref(), Some(subject));
    }
}

#[test]
fn utf_8_label_on_windows_1252_text() {
    let message = message("mislabelled-utf-8");
    assert_eq!(message.subject.as_deref(), Some("Grüße"));
    assert_eq!(message.text().as_deref(), Some("Schöne Grüße\n"));
}

#[test]
fn utf_8_cut_short_keeps_what_is_whole() {
    let mut octets = b"Content-Type: text/plain; charset=utf-8\r\n\r\n".to_vec();
    octets.extend_from_slice(&"naïve €".as_bytes()[..9]);
    assert_eq!(
        pop3_mail::parse(&octets).text().as_deref(),
        Some("naïve \u{fffd}")
    );
}

#[test]
fn unknown_charset_is_read_as_utf_8_or_windows_1252() {
    let message = message("unknown-charset");
    assert_eq!(message.subject.as_deref(), Some("nuqé"));
    assert_eq!(message.text().as_deref(), Some("qapla’\n"));
}
