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

use std::mem;

pub use attachment::{content, text};
use body::Leaf;
pub use charset::Charsets;
#[cfg(feature = "encoding_rs")]
pub use charset::encoding_rs;
use header::{Field, Fields};
use mail_parser::ContentType;
pub use message::{
    Address, Attachment, Body, Header, HeaderField, MailingList, Message, Received, Recipient,
    Report, ReportField, text_of,
};
use parts::Parts;
pub use text::units;

/// Takes a message apart. Header octets alone, as from TOP
/// ([RFC 1939, section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)), do as well.
#[cfg(feature = "encoding_rs")]
pub fn parse(octets: &[u8]) -> Message<'_> {
    parse_with(octets, encoding_rs)
}

/// [`parse`], with charsets by another library.
pub fn parse_with(octets: &[u8], charsets: Charsets) -> Message<'_> {
    let parts = Parts::of(octets, charsets, |_| true);
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
    let Fields {
        fields, body_start, ..
    } = header::split(octets, charsets, |name| known(name).is_some());
    Message {
        body_start,
        ..summary(&fields)
    }
}

/// [`parse_with`] for what the header does not say.
pub fn body(octets: &[u8], charsets: Charsets) -> Body<'_> {
    body_of(&Parts::of(octets, charsets, of_content), charsets)
}

fn body_of<'a>(parts: &Parts<'a>, charsets: Charsets) -> Body<'a> {
    let html = html_body(parts, charsets);
    let shown = html
        .as_deref()
        .filter(|_| !parts.attachments.is_empty())
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
    Header {
        headers: headers(octets, charsets),
        received: received(octets, charsets),
    }
}

/// Of [`header()`] the fields.
pub fn headers(octets: &[u8], charsets: Charsets) -> Vec<HeaderField> {
    let Fields { fields, .. } = header::split(octets, charsets, |_| true);
    fields.iter().map(HeaderField::from).collect()
}

/// Of [`header()`] the way that the message took.
pub fn received(octets: &[u8], charsets: Charsets) -> Vec<Received> {
    let wanted = |name: &[u8]| name.eq_ignore_ascii_case(b"Received");
    let Fields { fields, .. } = header::split(octets, charsets, wanted);
    fields.iter().filter_map(trace::received).collect()
}

/// Does this field tell how the body is to be read?
fn of_content(name: &[u8]) -> bool {
    let start = name.get(.."Content-".len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(b"Content-"))
}

/// A field that [`summary`] asks for.
#[derive(Clone, Copy)]
enum Known {
    Bcc,
    Cc,
    ContentDisposition,
    ContentType,
    Date,
    DeliveredTo,
    From,
    InReplyTo,
    List,
    MessageId,
    References,
    ReplyTo,
    ReturnPath,
    Sender,
    Subject,
    To,
}

/// The names of one length are compared, which are few.
fn known(name: &[u8]) -> Option<Known> {
    let names: &[(&str, Known)] = match name.len() {
        2 => &[("To", Known::To), ("Cc", Known::Cc)],
        3 => &[("Bcc", Known::Bcc)],
        4 => &[("From", Known::From), ("Date", Known::Date)],
        6 => &[("Sender", Known::Sender)],
        7 => &[("Subject", Known::Subject), ("List-ID", Known::List)],
        8 => &[("Reply-To", Known::ReplyTo)],
        9 => &[("List-Post", Known::List), ("List-Help", Known::List)],
        10 => &[
            ("Message-ID", Known::MessageId),
            ("References", Known::References),
            ("List-Owner", Known::List),
        ],
        11 => &[
            ("In-Reply-To", Known::InReplyTo),
            ("Return-Path", Known::ReturnPath),
        ],
        12 => &[
            ("Content-Type", Known::ContentType),
            ("Delivered-To", Known::DeliveredTo),
            ("List-Archive", Known::List),
        ],
        14 => &[("List-Subscribe", Known::List)],
        16 => &[("List-Unsubscribe", Known::List)],
        19 => &[("Content-Disposition", Known::ContentDisposition)],
        21 => &[("List-Unsubscribe-Post", Known::List)],
        _ => &[],
    };
    let mut names = names.iter();
    let found = names.find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    found.map(|(_, known)| *known)
}

/// What the header says. Of a field that may be there once, the first counts.
fn summary<'a>(fields: &[Field<'_>]) -> Message<'a> {
    let mut message = Message::default();
    let mut plain = true;
    let [mut subject, mut date, mut message_id, mut in_reply_to] = [false; 4];
    let [mut references, mut return_path, mut lists] = [false; 3];
    let [mut content_type, mut disposition] = [None; 2];
    let first = |seen: &mut bool| !mem::replace(seen, true);
    let path = |mailbox: Address| mailbox.address;
    for field in fields {
        let Some(known) = known(field.name.as_bytes()) else {
            continue;
        };
        match known {
            Known::From => message.from.extend(field.addresses()),
            Known::To => message.to.extend(field.addresses()),
            Known::Cc => message.cc.extend(field.addresses()),
            Known::Bcc => message.bcc.extend(field.addresses()),
            Known::ReplyTo => message.reply_to.extend(field.addresses()),
            Known::DeliveredTo => {
                let paths = field.addresses().into_iter().map(path);
                message.delivered_to.extend(paths);
            }
            Known::Sender => {
                let mut sender = || field.addresses().into_iter().next();
                message.sender = message.sender.or_else(&mut sender);
            }
            Known::Subject if first(&mut subject) => {
                message.subject = Some(field.text()).filter(|subject| !subject.is_empty());
            }
            Known::Date if first(&mut date) => message.date = field.date(),
            Known::MessageId if first(&mut message_id) => {
                message.message_id = field.identifiers().into_iter().next();
            }
            Known::InReplyTo if first(&mut in_reply_to) => {
                message.in_reply_to = field.identifiers();
            }
            Known::References if first(&mut references) => {
                message.references = field.identifiers();
            }
            Known::ReturnPath if first(&mut return_path) => {
                let path = field.addresses().into_iter().next().map(path);
                message.return_path = Some(path.unwrap_or_default());
            }
            Known::List => lists = true,
            Known::ContentType => {
                plain &= field.begins_with("text/plain");
                content_type = content_type.or(Some(field));
            }
            Known::ContentDisposition => disposition = disposition.or(Some(field)),
            _ => {}
        }
    }
    if lists {
        message.list = list(fields);
    }
    message.may_have_html = !plain;
    let is_text =
        |field: &Field<'_>| field.begins_with("text/plain") || field.begins_with("text/html");
    // Most are text, and need no parser.
    let parsed = content_type
        .filter(|field| !is_text(field))
        .and_then(Field::content_type);
    message.has_report = parsed.as_ref().is_some_and(report::is_report);
    message.may_have_attachments = may_have_attachments(parsed.as_ref(), disposition);
    message
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
/// text nor a multipart. The type of text may be left out.
fn may_have_attachments(
    content_type: Option<&ContentType<'_>>,
    disposition: Option<&Field<'_>>,
) -> bool {
    let attached = || {
        let disposition = disposition.and_then(Field::content_type);
        disposition.is_some_and(|disposition| disposition.is_attachment())
    };
    let Some(content_type) = content_type else {
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
    let together = |mut all: String, piece: String| {
        all.push('\n');
        all.push_str(&piece);
        all
    };
    pieces
        .filter(|piece| !piece.trim().is_empty())
        .reduce(together)
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
    let html = pieces.reduce(|all, piece| all + &piece);
    html.filter(|html| !html.trim().is_empty())
}
