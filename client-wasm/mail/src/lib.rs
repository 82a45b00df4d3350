//! A mail message from raw octets: summary, bodies, attachments.
//!
//! [`parse`] takes any octets, the header alone included, and always has an answer: what cannot
//! be read is left out. It never fails, and its time and memory are linear in the size of the
//! message; [`limits`] says what bounds them.
//!
//! Charsets, addresses, dates, base64 and HTML to text are the work of the crate `mail-parser`.
//! The frame around them is here: which octets are a header field or a part, where hostile or
//! damaged mail would otherwise cost unbounded recursion or quadratic time.

pub mod limits;

mod address;
mod attachment;
mod charset;
mod encoded_word;
mod field;
mod message;
mod parameters;
mod part;
mod summary;
mod text;
mod transfer;

use field::Entity;
pub use message::{Address, Attachment, HeaderField, Message};
use parameters::Parameterised;
use part::{Leaf, Parts};

/// Takes a message apart. Header octets alone, as from TOP
/// ([RFC 1939, section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)), do as well.
pub fn parse(octets: &[u8]) -> Message {
    let entity = Entity::split(octets);
    let parts = Parts::of(&entity);
    let html = html_body(&parts);
    let shown = html
        .as_deref()
        .map(attachment::referred_to)
        .unwrap_or_default();
    let attachments = leaves(&parts, &parts.attachments);
    Message {
        attachments: attachments
            .map(|leaf| attachment::attachment(leaf, &shown))
            .collect(),
        text: text_body(&parts),
        html,
        ..summary(&entity)
    }
}

/// What the header says.
fn summary(entity: &Entity<'_>) -> Message {
    let ids = |name| {
        entity
            .field(name)
            .map(|field| summary::identifiers(&field.text()))
            .unwrap_or_default()
    };
    let headers = entity.fields.iter().map(|field| HeaderField {
        name: field.name.to_owned(),
        value: field.text(),
    });
    Message {
        subject: entity
            .field("Subject")
            .map(|field| field.text())
            .filter(|subject| !subject.is_empty()),
        from: address::list(entity, "From"),
        to: address::list(entity, "To"),
        cc: address::list(entity, "Cc"),
        reply_to: address::list(entity, "Reply-To"),
        date: entity.value("Date").and_then(|value| summary::date(&value)),
        message_id: ids("Message-ID").into_iter().next(),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        headers: headers.collect(),
        may_have_attachments: may_have_attachments(entity),
        ..Message::default()
    }
}

/// A guess for lists, which have only the header: a mixed multipart, or content that is neither
/// text nor a multipart.
fn may_have_attachments(entity: &Entity<'_>) -> bool {
    let parameterised = |name| entity.value(name).map(|value| Parameterised::parse(&value));
    let content_type = parameterised("Content-Type").unwrap_or_default();
    let disposition = parameterised("Content-Disposition").unwrap_or_default();
    match part::media_type(&content_type.value) {
        Some("multipart/mixed") => true,
        Some(media_type) if media_type.starts_with("multipart/") => false,
        Some(media_type) if !media_type.starts_with("text/") => true,
        _ => disposition.value == "attachment",
    }
}

/// `None` if there is nothing but white space in it.
fn text_body(parts: &Parts<'_>) -> Option<String> {
    let pieces = leaves(parts, &parts.text).map(plain_text);
    let pieces: Vec<String> = pieces.filter(|piece| !piece.trim().is_empty()).collect();
    (!pieces.is_empty()).then(|| pieces.join("\n"))
}

fn plain_text(leaf: &Leaf<'_>) -> String {
    if leaf.is_html() {
        return text::from_html(&leaf.text());
    }
    let plain = text::normalise(&leaf.text());
    let parameter = |name| leaf.content_type.parameter(name).unwrap_or_default();
    if parameter("format").eq_ignore_ascii_case("flowed") {
        text::unflow(&plain, parameter("delsp").eq_ignore_ascii_case("yes"))
    } else {
        plain
    }
}

/// `None` unless there is HTML in it; plain text beside HTML, such as a mailing list's footer, is
/// taken along.
fn html_body(parts: &Parts<'_>) -> Option<String> {
    if !leaves(parts, &parts.html).any(Leaf::is_html) {
        return None;
    }
    let pieces = leaves(parts, &parts.html).map(|leaf| {
        if leaf.is_html() {
            return leaf.text();
        }
        let plain = plain_text(leaf);
        if plain.trim().is_empty() {
            String::new()
        } else {
            text::to_html(&plain)
        }
    });
    Some(pieces.collect::<String>()).filter(|html| !html.trim().is_empty())
}

fn leaves<'p, 'a>(parts: &'p Parts<'a>, list: &'p [usize]) -> impl Iterator<Item = &'p Leaf<'a>> {
    list.iter().filter_map(|&index| parts.leaves.get(index))
}
