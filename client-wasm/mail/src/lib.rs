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
mod charset;
mod header;
mod html;
mod message;
mod parameters;
mod parts;
mod report;
mod text;
mod trace;
mod words;

pub use attachment::{content, text};
use body::Leaf;
pub use charset::Charsets;
#[cfg(feature = "encoding_rs")]
pub use charset::encoding_rs;
use header::{Field, Fields};
pub use message::{
    Address, Attachment, Body, Header, HeaderField, MailingList, Message, Received, Recipient,
    Report, ReportField, text_of,
};
use parts::Parts;

/// Takes a message apart. Header octets alone, as from TOP
/// ([RFC 1939, section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)), do as well.
#[cfg(feature = "encoding_rs")]
pub fn parse(octets: &[u8]) -> Message<'_> {
    parse_with(octets, encoding_rs)
}

/// [`parse`], with charsets by another library.
pub fn parse_with(octets: &[u8], charsets: Charsets) -> Message<'_> {
    let parts = Parts::of(octets, charsets);
    let body = body_of(&parts, charsets);
    Message {
        report: body.report,
        attachments: body.attachments,
        plain: body.plain,
        html: body.html,
        body_start: parts.body_start,
        ..summary(&parts.fields)
    }
}

/// [`parse_with`] for what the header says: of the report, the bodies and the attachments there is
/// nothing. The octets after the header may be left out. If as many as there are come out as
/// [`body_start`](Message::body_start), or none, the header did not end in them.
pub fn envelope(octets: &[u8], charsets: Charsets) -> Message<'static> {
    let Fields { fields, body_start } = header::split(octets, charsets);
    Message {
        body_start,
        ..summary(&fields)
    }
}

/// [`parse_with`] for what the header does not say.
pub fn body(octets: &[u8], charsets: Charsets) -> Body<'_> {
    body_of(&Parts::of(octets, charsets), charsets)
}

fn body_of<'a>(parts: &Parts<'a>, charsets: Charsets) -> Body<'a> {
    let html = html_body(parts, charsets);
    let shown = html
        .as_deref()
        .map(attachment::referred_to)
        .unwrap_or_default();
    let content_type = parts.fields.iter().find(|field| field.is("Content-Type"));
    let attachments = parts.attachments.iter();
    Body {
        report: report::report(content_type, &parts.attachments, charsets),
        attachments: attachments
            .map(|leaf| attachment::attachment(leaf, &shown))
            .collect(),
        plain: plain_body(parts, charsets),
        html,
    }
}

/// Takes a header apart: that of a message, or the octets before
/// [`body_start`](Message::body_start) alone.
pub fn header(octets: &[u8], charsets: Charsets) -> Header {
    let Fields { fields, .. } = header::split(octets, charsets);
    let received = fields.iter().filter(|field| field.is("Received"));
    Header {
        received: received.filter_map(trace::received).collect(),
        headers: fields.iter().map(HeaderField::from).collect(),
    }
}

/// What the header says.
fn summary<'a>(fields: &[Field<'_>]) -> Message<'a> {
    let first = |name| fields.iter().find(|field| field.is(name));
    let ids = |name| first(name).map(Field::identifiers).unwrap_or_default();
    let addresses = |name| -> Vec<Address> {
        let same = fields.iter().filter(|field| field.is(name));
        same.flat_map(Field::addresses).collect()
    };
    let paths = |name| addresses(name).into_iter().map(|mailbox| mailbox.address);
    Message {
        subject: first("Subject")
            .map(Field::text)
            .filter(|subject| !subject.is_empty()),
        from: addresses("From"),
        sender: addresses("Sender").into_iter().next(),
        to: addresses("To"),
        cc: addresses("Cc"),
        bcc: addresses("Bcc"),
        reply_to: addresses("Reply-To"),
        delivered_to: paths("Delivered-To").collect(),
        return_path: first("Return-Path").map(|field| {
            let path = field.addresses().into_iter().next();
            path.map(|mailbox| mailbox.address).unwrap_or_default()
        }),
        date: first("Date").and_then(Field::date),
        message_id: ids("Message-ID").into_iter().next(),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        list: list(fields),
        may_have_attachments: may_have_attachments(
            first("Content-Type"),
            first("Content-Disposition"),
        ),
        ..Message::default()
    }
}

/// `None` unless there is a field of a mailing list.
fn list(fields: &[Field<'_>]) -> Option<MailingList> {
    let first = |name| fields.iter().find(|field| field.is(name));
    let urls = |name| {
        let same = fields.iter().filter(|field| field.is(name));
        same.flat_map(Field::urls).collect()
    };
    let id = first("List-ID").map(Field::phrase_and_path);
    let (name, id) = id.unwrap_or_default();
    let list = MailingList {
        id,
        name,
        post: urls("List-Post"),
        help: urls("List-Help"),
        subscribe: urls("List-Subscribe"),
        unsubscribe: urls("List-Unsubscribe"),
        one_click: first("List-Unsubscribe-Post").is_some_and(|field| {
            field
                .text()
                .eq_ignore_ascii_case("List-Unsubscribe=One-Click")
        }),
        owner: urls("List-Owner"),
        archive: urls("List-Archive"),
    };
    (list != MailingList::default()).then_some(list)
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

/// `None` if there is nothing but white space in it, or nothing but HTML.
fn plain_body(parts: &Parts<'_>, charsets: Charsets) -> Option<String> {
    if parts.text.iter().all(Leaf::is_html) {
        return None;
    }
    let pieces = parts.text.iter().map(|leaf| leaf.plain_text(charsets));
    let pieces: Vec<String> = pieces.filter(|piece| !piece.trim().is_empty()).collect();
    (!pieces.is_empty()).then(|| pieces.join("\n"))
}

/// `None` unless there is HTML in it; plain text beside HTML, such as a mailing list's footer, is
/// taken along.
fn html_body(parts: &Parts<'_>, charsets: Charsets) -> Option<String> {
    if !parts.html.iter().any(Leaf::is_html) {
        return None;
    }
    let pieces = parts.html.iter().map(|leaf| {
        if leaf.is_html() {
            return leaf.text(charsets);
        }
        let plain = leaf.plain_text(charsets);
        if plain.trim().is_empty() {
            String::new()
        } else {
            text::to_html(&plain)
        }
    });
    Some(pieces.collect::<String>()).filter(|html| !html.trim().is_empty())
}
