//! A mail message from raw octets: summary, bodies, attachments.
//!
//! [`parse`] takes any octets, the header alone included, and always has an answer: what cannot
//! be read is left out. It never fails, and its time and memory are linear in the size of the
//! message; [`limits`] says what bounds them.
//!
//! The crate `mail-parser` does the work. Here its answers become the types of our API, with what
//! it has no answer for: safe names of attachments, images that belong in the HTML, raw 8-bit
//! header text, messages cut short, and bounds against hostile mail.

pub mod limits;

mod attachment;
mod body;
mod header;
mod message;
mod parameters;
mod parts;
mod text;

use body::Leaf;
use header::Field;
pub use message::{Address, Attachment, HeaderField, Message};
use parts::Parts;

/// Takes a message apart. Header octets alone, as from TOP
/// ([RFC 1939, section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)), do as well.
pub fn parse(octets: &[u8]) -> Message {
    let parts = Parts::of(octets);
    let html = html_body(&parts);
    let shown = html
        .as_deref()
        .map(attachment::referred_to)
        .unwrap_or_default();
    let attachments = parts.attachments.iter();
    Message {
        attachments: attachments
            .map(|leaf| attachment::attachment(leaf, &shown))
            .collect(),
        text: text_body(&parts),
        html,
        ..summary(&parts.fields)
    }
}

/// What the header says.
fn summary(fields: &[Field<'_>]) -> Message {
    let first = |name| fields.iter().find(|field| field.is(name));
    let ids = |name| first(name).map(Field::identifiers).unwrap_or_default();
    let addresses = |name| {
        let same = fields.iter().filter(|field| field.is(name));
        same.flat_map(Field::addresses).collect()
    };
    Message {
        subject: first("Subject")
            .map(Field::text)
            .filter(|subject| !subject.is_empty()),
        from: addresses("From"),
        to: addresses("To"),
        cc: addresses("Cc"),
        reply_to: addresses("Reply-To"),
        date: first("Date").and_then(Field::date),
        message_id: ids("Message-ID").into_iter().next(),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        headers: fields.iter().map(HeaderField::from).collect(),
        may_have_attachments: may_have_attachments(
            first("Content-Type"),
            first("Content-Disposition"),
        ),
        ..Message::default()
    }
}

/// A guess for lists, which have only the header: a mixed multipart, or content that is neither
/// text nor a multipart.
fn may_have_attachments(content_type: Option<&Field<'_>>, disposition: Option<&Field<'_>>) -> bool {
    let attached = || {
        let disposition = disposition.and_then(Field::content_type);
        disposition.is_some_and(|disposition| disposition.is_attachment())
    };
    let Some(content_type) = content_type.and_then(Field::content_type) else {
        return attached();
    };
    match (content_type.ctype(), content_type.subtype()) {
        ("multipart", subtype) => subtype == Some("mixed"),
        ("text", _) | (_, None) => attached(),
        _ => true,
    }
}

/// `None` if there is nothing but white space in it.
fn text_body(parts: &Parts<'_>) -> Option<String> {
    let pieces = parts.text.iter().map(Leaf::plain_text);
    let pieces: Vec<String> = pieces.filter(|piece| !piece.trim().is_empty()).collect();
    (!pieces.is_empty()).then(|| pieces.join("\n"))
}

/// `None` unless there is HTML in it; plain text beside HTML, such as a mailing list's footer, is
/// taken along.
fn html_body(parts: &Parts<'_>) -> Option<String> {
    if !parts.html.iter().any(Leaf::is_html) {
        return None;
    }
    let pieces = parts.html.iter().map(|leaf| {
        if leaf.is_html() {
            return leaf.text();
        }
        let plain = leaf.plain_text();
        if plain.trim().is_empty() {
            String::new()
        } else {
            text::to_html(&plain)
        }
    });
    Some(pieces.collect::<String>()).filter(|html| !html.trim().is_empty())
}
