//! Attachments: names that are safe to save under, and which images belong in the HTML body.

use std::borrow::Cow;

use mail_parser::decoders::hex::decode_hex;
use memchr::memmem;

use crate::{
    Attachment,
    body::{self, Leaf},
    charset::{self, Charsets},
    limits,
};

/// The attachment that a part makes. `shown` holds the Content-IDs that the HTML refers to.
pub(crate) fn attachment<'a>(leaf: &Leaf<'a>, shown: &[String]) -> Attachment<'a> {
    let image = leaf.media_type.starts_with("image/");
    let referred = || {
        let id = leaf.content_id.as_ref();
        id.is_some_and(|id| shown.contains(id))
    };
    Attachment {
        name: leaf.name.as_deref().and_then(safe_name),
        media_type: leaf.media_type.clone(),
        disposition: Some(leaf.disposition.clone()).filter(|word| !word.is_empty()),
        content_id: leaf.content_id.clone(),
        description: leaf.description.clone(),
        method: leaf.method.clone(),
        charset: leaf.charset.clone(),
        related: leaf.related,
        inline: image && (referred() || leaf.disposition == "inline"),
        encoding: Some(leaf.encoding.clone()).filter(|_| leaf.is_encoded()),
        start: leaf.start,
        end: leaf.start + leaf.octets.len(),
        octets: leaf.octets,
    }
}

impl<'a> Attachment<'a> {
    /// The octets, transfer-decoded; those of the message where nothing is encoded.
    pub fn content(&self) -> Cow<'a, [u8]> {
        content(self.encoding.as_deref(), self.octets)
    }

    /// The content in Unicode, for types of text.
    pub fn text(&self, charsets: Charsets) -> String {
        text(
            self.encoding.as_deref(),
            self.charset.as_deref(),
            self.octets,
            charsets,
        )
    }
}

/// [`Attachment::content`] for those who kept the message's octets and where the attachment is.
pub fn content<'a>(encoding: Option<&str>, octets: &'a [u8]) -> Cow<'a, [u8]> {
    body::decode(encoding.unwrap_or_default(), octets)
}

/// [`Attachment::text`] likewise.
pub fn text(
    encoding: Option<&str>,
    charset: Option<&str>,
    octets: &[u8],
    charsets: Charsets,
) -> String {
    charset::decode(charset, &content(encoding, octets), charsets)
}

/// The last component of a path, without characters that hide what the name is: controls, and
/// those that turn the direction of text, by which `gpj.exe` is made to look like `exe.jpg`.
fn safe_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last
        .chars()
        .filter(|character| !hides(*character))
        .collect();
    let trimmed: String = visible
        .trim()
        .chars()
        .take(limits::MAX_NAME_CHARS)
        .collect();
    let only_dots = trimmed.chars().all(|character| character == '.');
    (!only_dots).then_some(trimmed)
}

fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The Content-IDs that `cid:` links of the HTML name
/// ([RFC 2392](https://www.rfc-editor.org/rfc/rfc2392)).
pub(crate) fn referred_to(html: &str) -> Vec<String> {
    memmem::find_iter(html.as_bytes(), "cid:")
        .take(limits::MAX_LINKS)
        .filter_map(|at| html.get(at + "cid:".len()..))
        .map(|rest| {
            let window = rest.get(..rest.floor_char_boundary(256)).unwrap_or(rest);
            let end =
                |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>' | '<' | ')' | '&');
            let id = window.split(end).next().unwrap_or_default();
            let (_, octets) = decode_hex(id.as_bytes());
            String::from_utf8_lossy(&octets).into_owned()
        })
        .collect()
}
