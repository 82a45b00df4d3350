//! Attachments: names that are safe to save under, and which images belong in the HTML body.

use std::collections::HashSet;

use mail_parser::decoders::hex::decode_hex;
use memchr::memmem;

use crate::{Attachment, body::Leaf, limits};

/// The attachment that a part makes. `shown` holds the Content-IDs that the HTML refers to.
pub(crate) fn attachment(leaf: &Leaf<'_>, shown: &HashSet<String>) -> Attachment {
    let content = leaf.content().into_owned();
    let image = leaf.media_type.starts_with("image/");
    let referred = leaf
        .content_id
        .as_ref()
        .is_some_and(|id| shown.contains(id));
    Attachment {
        name: leaf.name.as_deref().and_then(safe_name),
        media_type: leaf.media_type.clone(),
        size: content.len(),
        content_id: leaf.content_id.clone(),
        inline: image && (referred || leaf.disposition == "inline"),
        content,
    }
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
pub(crate) fn referred_to(html: &str) -> HashSet<String> {
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
