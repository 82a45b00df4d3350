//! The messages of the demo mailbox, in the order in which they were delivered.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::image;
use super::mailbox::Message;

/// Characters on a line of base64
/// ([RFC 2045 section 6.8](https://www.rfc-editor.org/rfc/rfc2045#section-6.8)).
const BASE64_LINE: usize = 76;

type File = (&'static str, &'static [u8]);

/// Files of the folder `messages`, inside the binary.
macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_bytes!(concat!("messages/", $name, ".eml")))),*]
    };
}

const BEFORE_THE_PICTURE: &[File] = files![
    "wrong-charset",
    "bad-base64",
    "german",
    "no-end",
    "french",
    "no-date",
    "no-header",
    "no-from",
    "raw-subject",
    "spanish",
    "empty",
    "long-subject",
    "invoice",
    "portuguese",
    "polish",
    "czech",
    "russian",
    "greek",
    "turkish",
    "arabic",
    "hebrew",
    "hindi",
    "thai",
    "chinese-simplified",
    "chinese-traditional",
    "japanese-jis",
    "dots",
    "japanese-utf8",
    "korean",
    "emoji",
    "invitation",
    "forwarded",
    "remote-images",
    "phishing",
];

const AFTER_THE_PICTURE: &[File] = files![
    "tricks",
    "inline-images",
    "attachments",
    "boat-1",
    "boat-2",
    "boat-3",
    "boat-4",
    "boat-5",
    "boat-6",
    "boat-7",
    "boat-8",
    "flowed",
    "dark-newsletter",
    "newsletter",
    "welcome",
];

/// All messages. They are put together once in the life of the process, and share their octets.
pub(super) fn all() -> Vec<Message> {
    static ALL: LazyLock<Vec<Message>> = LazyLock::new(|| {
        let file = |&(name, octets): &File| Message::new(name, Bytes::from_static(octets));
        let mut all: Vec<Message> = BEFORE_THE_PICTURE.iter().map(file).collect();
        all.push(Message::new("picture", picture().into()));
        all.extend(AFTER_THE_PICTURE.iter().map(file));
        all
    });
    ALL.clone()
}

/// The message of 5 MB: a few words and a photograph of sorts.
fn picture() -> Vec<u8> {
    const BEFORE: &str = "\
        Received: from mail.example.net by mx.example.org with ESMTPS id p5mb\r\n\
        \tfor <demo@example.org>; Sun, 16 Aug 2026 21:47:40 +0200\r\n\
        From: Ingrid Solvang <ingrid.solvang@example.net>\r\n\
        To: Robin Demo <demo@example.org>\r\n\
        Subject: The lake at dusk, in full size (5 MB)\r\n\
        Date: Sun, 16 Aug 2026 21:47:12 +0200\r\n\
        Message-ID: <lake-at-dusk@example.net>\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=\"=_lake\"\r\n\
        \r\n\
        --=_lake\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: 8bit\r\n\
        \r\n\
        Hi Robin,\r\n\
        \r\n\
        you asked for the picture from the jetty as it came out of the camera, so\r\n\
        here it is \u{2013} not made smaller, sorry about your connection. The sun went\r\n\
        down right between the two nearer ridges, and the water was so still that\r\n\
        nobody wanted to be the first to jump in.\r\n\
        \r\n\
        Print it as large as you like!\r\n\
        \r\n\
        Ingrid\r\n\
        \r\n\
        --=_lake\r\n\
        Content-Type: image/bmp; name=\"lake-at-dusk.bmp\"\r\n\
        Content-Disposition: attachment; filename=\"lake-at-dusk.bmp\"\r\n\
        Content-Transfer-Encoding: base64\r\n\
        \r\n";
    let encoded = STANDARD.encode(image::lake_at_dusk());
    let mut message = Vec::with_capacity(BEFORE.len() + encoded.len() / BASE64_LINE * 78 + 100);
    message.extend(BEFORE.as_bytes());
    for line in encoded.as_bytes().chunks(BASE64_LINE) {
        message.extend(line);
        message.extend(b"\r\n");
    }
    message.extend(b"--=_lake--\r\n");
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    /// POP3 sends lines: a message of anything else would not arrive as it is.
    #[test]
    fn every_line_ends_in_crlf() {
        for message in all() {
            for line in message.octets().split_inclusive(|&octet| octet == b'\n') {
                let text = line.strip_suffix(b"\r\n");
                let text = text.unwrap_or_else(|| panic!("{}: no CRLF", message.uid()));
                assert!(!text.contains(&b'\r'), "{}: a CR alone", message.uid());
                assert!(text.len() <= 998, "{}: a line too long", message.uid());
            }
        }
    }

    /// It is computed, and its unique-id must not depend on the machine or the build.
    #[test]
    fn the_picture_is_the_same_everywhere() {
        let all = all();
        let uids = all.iter().map(Message::uid);
        let pictures: Vec<&str> = uids.filter(|uid| uid.starts_with("picture.")).collect();
        assert_eq!(pictures, ["picture.6057676711247001"]);
    }
}
