//! The parts that mail-parser finds, and which of them are the body
//! ([RFC 8621, section 4.1.4](https://www.rfc-editor.org/rfc/rfc8621#section-4.1.4)).

use std::{mem, sync::LazyLock};

use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use memchr::memmem;

use crate::{
    body::Leaf,
    charset::Charsets,
    header::{self, Field, Fields},
    limits,
};

/// Parses of one message, where the first shows that parts are hidden.
const MAX_PARSES: usize = 4;

/// Multiparts around a part whose delimiters are looked for.
const MAX_OUTER: usize = 16;

/// A message in the parser's form. It is dropped without recursion: messages may be inside
/// messages as often as their octets allow.
struct Parsed<'a> {
    message: Message<'a>,
    charsets: Charsets,
}

impl Drop for Parsed<'_> {
    fn drop(&mut self) {
        let mut parts = mem::take(&mut self.message.parts);
        while let Some(part) = parts.pop() {
            if let PartType::Message(inner) = part.body {
                parts.extend(inner.parts);
            }
        }
    }
}

/// The message, sorted.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    pub(crate) fields: Vec<Field<'a>>,
    /// What makes up the body for a reader of plain text; HTML where there is nothing else.
    pub(crate) text: Vec<Leaf<'a>>,
    /// What makes up the body for a reader of HTML; plain text where there is nothing else.
    pub(crate) html: Vec<Leaf<'a>>,
    pub(crate) attachments: Vec<Leaf<'a>>,
    /// Where the body begins.
    pub(crate) body_start: usize,
}

impl<'a> Parts<'a> {
    /// Takes the message apart; of the header, these fields are kept.
    pub(crate) fn of(octets: &'a [u8], charsets: Charsets, wanted: fn(&[u8]) -> bool) -> Parts<'a> {
        let header = header::split(octets, charsets, wanted);
        Parts::single(octets, header).unwrap_or_else(|| Parts::by_parser(octets, charsets))
    }

    /// A message that is one text: all that the parser would do is look at each octet of it, and
    /// decode it for nobody. `None` where that is not certain.
    fn single(octets: &'a [u8], header: Fields<'a>) -> Option<Parts<'a>> {
        let Fields {
            fields,
            any,
            body_start,
        } = header;
        if !any || body_start == 0 || body_start >= octets.len() {
            return None;
        }
        let only = |name| {
            let mut same = fields.iter().filter(|field: &&Field<'_>| field.is(name));
            (same.next(), same.next().is_some())
        };
        match only("Content-Type") {
            (None, _) => {}
            (Some(field), false)
                if field.begins_with("text/plain") || field.begins_with("text/html") => {}
            _ => return None,
        }
        match only("Content-Disposition") {
            (None, _) => {}
            (Some(field), false) if field.begins_with("inline") => {}
            _ => return None,
        }
        let last = |name: &str| fields.iter().rev().find(|field| field.is(name)).cloned();
        let leaf = Leaf::read(octets, body_start..octets.len(), last);
        Some(Parts {
            text: vec![leaf.clone()],
            html: vec![leaf],
            attachments: Vec::new(),
            fields,
            body_start,
        })
    }

    /// Has mail-parser take the message apart.
    fn by_parser(octets: &'a [u8], charsets: Charsets) -> Parts<'a> {
        let mut parts = Parts::default();
        let mut view = limits::tame(octets);
        for round in 1.. {
            let Some(message) = PARSER.parse(view.as_ref()) else {
                break;
            };
            let parsed = Parsed { message, charsets };
            if round == MAX_PARSES || !parsed.has_encoded_message(octets) {
                parsed.sort(octets, &mut parts);
                let swallowed = parsed.swallowed(octets);
                drop(parsed);
                match swallowed.filter(|_| round < MAX_PARSES) {
                    Some(rest) if rest.write_header(view.to_mut()) => {
                        parts.cut(octets, rest.at);
                        continue;
                    }
                    _ => return parts,
                }
            }
            drop(parsed);
            let types: Vec<usize> = limits::message_types(&view).collect();
            for at in types {
                limits::blot(view.to_mut(), at);
            }
        }
        if parts.fields.is_empty() {
            parts.text.push(Leaf::plain(octets));
        }
        parts
    }

    /// Ends the part that swallowed the rest of the message before that rest.
    fn cut(&mut self, octets: &'a [u8], at: usize) {
        let lists = [&mut self.text, &mut self.html, &mut self.attachments];
        for leaf in lists.into_iter().flatten() {
            leaf.end_before(octets, at);
        }
    }
}

/// Parts that belong to an outer multipart, but were swallowed by the last part of an inner one
/// whose closing delimiter is missing: the parser looks for no other there.
struct Swallowed {
    boundary: String,
    /// Where the delimiter of the outer multipart begins.
    at: usize,
}

impl Swallowed {
    /// Overwrites what the parser has seen with a header that makes it go on at the delimiter.
    /// `false` if there is no room.
    fn write_header(&self, view: &mut [u8]) -> bool {
        let header = format!(
            "Content-Type: multipart/mixed; boundary=\"{}\"\n\n",
            self.boundary
        );
        let Some((before, _)) = view.split_at_mut_checked(self.at) else {
            return false;
        };
        let Some((start, seen)) = before.split_at_mut_checked(header.len()) else {
            return false;
        };
        start.copy_from_slice(header.as_bytes());
        seen.fill(b' ');
        true
    }
}

/// Fields of parts that decide on structure are parsed; those of the message are read from its
/// octets. Transfer encodings are not undone here: the parser opens encoded messages by recursion
/// without bound, and gives up on the whole part where base64 is damaged.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        .default_header_ignore()
});

impl Parsed<'_> {
    fn leaf<'o>(&self, octets: &'o [u8], id: u32) -> Option<Leaf<'o>> {
        let part = self.message.parts.get(usize::try_from(id).ok()?)?;
        Leaf::new(octets, part, self.charsets)
    }

    /// Is there a message that is transfer-encoded, against
    /// [RFC 2046, section 5.2.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.2.1)? The parser
    /// took its octets, and the parts after it, for a header.
    fn has_encoded_message(&self, octets: &[u8]) -> bool {
        let opened = |part: &&MessagePart<'_>| part.is_message() || part.is_encoding_problem;
        let leaves = self.message.parts.iter().filter(opened);
        let mut leaves = leaves.filter_map(|part| Leaf::new(octets, part, self.charsets));
        leaves.any(|leaf| leaf.is_message() && leaf.is_encoded())
    }

    /// Adds what the parser found.
    fn sort<'o>(&self, octets: &'o [u8], parts: &mut Parts<'o>) {
        let top = self.message.parts.first();
        // A parse of what was swallowed has a header of our own, which says nothing.
        let own_header = !parts.fields.is_empty();
        if !own_header {
            let headers = top.map(|part| part.headers.as_slice()).unwrap_or_default();
            parts.body_start = top
                .and_then(|part| usize::try_from(part.offset_body).ok())
                .unwrap_or_default();
            let fields = headers.iter().take(limits::MAX_FIELDS);
            parts.fields = fields
                .filter_map(|header| Field::new(octets, header, self.charsets))
                .collect();
            if let Some(text) = self.text_without_structure(octets, parts.fields.is_empty()) {
                parts.text.push(Leaf::plain(text));
                return;
            }
        }
        let leaves = |ids: &[u32]| -> Vec<Leaf<'o>> {
            let ids = ids.iter().filter(|&&id| id > 0 || !own_header);
            let leaves = ids.filter_map(|&id| self.leaf(octets, id));
            leaves.filter(Leaf::is_text).collect()
        };
        parts.text.extend(leaves(&self.message.text_body));
        parts.html.extend(leaves(&self.message.html_body));
        let single = self.message.parts.len() == 1;
        let related = self.marked("related");
        let alternatives = self.marked("alternative").contains(&true);
        let room = limits::MAX_ATTACHMENTS.saturating_sub(parts.attachments.len());
        for &id in self.message.attachments.iter().take(room) {
            if id == 0 && own_header {
                continue;
            }
            let Some(mut leaf) = self.leaf(octets, id) else {
                continue;
            };
            let mark = usize::try_from(id).ok().and_then(|id| related.get(id));
            leaf.related = mark.copied().unwrap_or_default();
            if leaf.is_cut_off_body() {
                // The parser lists text whose delimiter never comes as an attachment; a message
                // cut short by TOP would have no body.
                match (leaf.is_html(), alternatives) {
                    (true, true) => parts.html.push(leaf),
                    (false, true) => parts.text.push(leaf),
                    (_, false) => {
                        parts.html.push(leaf.clone());
                        parts.text.push(leaf);
                    }
                }
            } else if !(single && leaf.is_empty()) {
                parts.attachments.push(leaf);
            }
        }
        if parts.text.is_empty() && parts.html.iter().any(Leaf::is_html) {
            parts.text.clone_from(&parts.html);
        }
    }

    /// Of each part whether a multipart of this subtype holds it, such as `related`
    /// ([RFC 2387](https://www.rfc-editor.org/rfc/rfc2387)).
    fn marked(&self, multipart: &str) -> Vec<bool> {
        let held = self
            .message
            .parts
            .iter()
            .filter_map(|part| match &part.body {
                PartType::Multipart(ids) => part
                    .content_type()
                    .and_then(|content_type| content_type.subtype())
                    .filter(|subtype| subtype.eq_ignore_ascii_case(multipart))
                    .map(|_| ids),
                _ => None,
            });
        let mut marks = vec![false; self.message.parts.len()];
        for &id in held.flatten() {
            if let Some(mark) = usize::try_from(id).ok().and_then(|id| marks.get_mut(id)) {
                *mark = true;
            }
        }
        marks
    }

    /// What the last part took that belongs to a multipart around its own.
    fn swallowed(&self, octets: &[u8]) -> Option<Swallowed> {
        let last = self
            .message
            .parts
            .last()
            .filter(|part| part.is_encoding_problem)?;
        let start = usize::try_from(last.offset_body).ok()?;
        let taken = octets.get(start..)?;
        let boundaries = self.message.parts.iter().rev().filter_map(|part| {
            let boundary = part.content_type()?.attribute("boundary")?;
            (!boundary.is_empty() && matches!(part.body, PartType::Multipart(_)))
                .then_some(boundary)
        });
        let found = boundaries.take(MAX_OUTER).filter_map(|boundary| {
            let at = memmem::find(taken, format!("\n--{boundary}").as_bytes())?;
            Some((start + at + 1, boundary))
        });
        let (at, boundary) = found.min()?;
        Some(Swallowed {
            boundary: boundary.to_owned(),
            at,
        })
    }

    /// Text that the parser passes over: all octets where nothing is a field, and what comes after
    /// the last field where the empty line is missing.
    fn text_without_structure<'o>(&self, octets: &'o [u8], no_field: bool) -> Option<&'o [u8]> {
        if no_field {
            return Some(octets);
        }
        let top = self.message.parts.first()?;
        // The parser takes the last line for a field without a colon.
        let ends = top.headers.iter().rev().filter_map(|header| {
            let [start, end] = [header.offset_start, header.offset_end].map(usize::try_from);
            let colon = octets.get(start.ok()?.checked_sub(1)?) == Some(&b':');
            end.ok().filter(|_| colon)
        });
        let last = { ends }.next()?;
        let cut = usize::try_from(top.offset_body).ok()? >= octets.len();
        octets
            .get(last..)
            .filter(|rest| cut && !rest.trim_ascii().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{body_of, encoding_rs};
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const TYPES: [&str; 22] = [
        "",
        "Content-Type: text/plain\r\n",
        "content-type:TEXT/Plain\n",
        "Content-Type : text/html\r\n",
        "Content-Type: text/html; charset=\"iso-8859-1\"\r\n",
        "Content-Type: text/plain;\r\n\tcharset=utf-8; format=flowed; delsp=yes\r\n",
        "Content-Type: text/plain; charset=koi8-r; name=\"a.txt\"\r\n",
        "Content-Type: text/plain; charset=utf-16\r\n",
        "Content-Type: text/plain; boundary=b\r\n",
        "Content-Type: text/plain (html)\r\n",
        "Content-Type: text/plain,text/html\r\n",
        "Content-Type: text/plain\r\nContent-Type: text/html\r\n",
        "Content-Type: text/html;\r\n charset*=utf-8''us-ascii\r\n",
        "Content-Type: text/plain; =?utf-8?q?charset?=\r\n",
        "Content-Type: =?utf-8?q?text/html?=\r\n",
        "Content-Type: text/calendar; method=request\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        "Content-Type: message/rfc822\r\n",
        "Content-Type: image/png\r\n",
        "Content-Type: text\r\n",
        "Content-Type:\r\n",
    ];
    const FIELDS: [&str; 9] = [
        "",
        "Content-Disposition: inline\r\n",
        "Content-Disposition: inline; filename=a.txt\r\n",
        "Content-Disposition: attachment\r\n",
        "Content-Disposition: Inline\r\nContent-Disposition: attachment\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\nContent-ID: <i>\r\n",
        "Content-Description: =?utf-8?q?=C3=A9?=\r\n",
        "no field\r\n:none\r\n",
    ];
    const BODIES: [&[u8]; 10] = [
        b"\r\n",
        b"\r\ntext\r\n",
        b"\n\xe9t\xe9 \n--b\n\ntext\n--b--\n",
        b"\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n",
        b"\r\n=C3=A9=\r\n  \r\n",
        b"\r\nSGVsbG8=\r\n",
        b"\r\n \r\n",
        b"\r\nSubject: s\r\n\r\ntext",
        b"",
        b"text without an empty line",
    ];

    /// What is read without the parser is what is read with it.
    #[test]
    fn one_text_is_what_the_parser_makes_of_it() {
        let mut single = 0;
        for before in ["", "Subject: s\r\n", "From mbox\n"] {
            for (content_type, field, body) in TYPES.iter().flat_map(|content_type| {
                FIELDS.iter().flat_map(move |field| {
                    BODIES
                        .iter()
                        .map(move |body| (*content_type, *field, *body))
                })
            }) {
                let header = [before, content_type, field].concat();
                let octets = [header.as_bytes(), body].concat();
                let fields = header::split(&octets, encoding_rs, |_| true);
                let Some(parts) = Parts::single(&octets, fields) else {
                    continue;
                };
                single += 1;
                let parsed = Parts::by_parser(&octets, encoding_rs);
                let shown = String::from_utf8_lossy(&octets);
                assert_eq!(parts.body_start, parsed.body_start, "{shown}");
                assert_eq!(
                    body_of(&parts, encoding_rs),
                    body_of(&parsed, encoding_rs),
                    "{shown}"
                );
            }
        }
        assert!(single > 1_000, "{single}");
    }
}
