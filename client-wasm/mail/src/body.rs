//! One part: its octets, transfer-decoded, and its text. The decoders are mail-parser's.

use std::{borrow::Cow, ops::Range};

use mail_parser::{
    Header, MessagePart,
    decoders::{
        base64::base64_decode,
        quoted_printable::{quoted_printable_decode, quoted_printable_decode_char},
    },
};

use crate::{
    charset::{self, Charsets},
    header::Field,
    html, text,
};

const CONTENT_TYPE: &str = "Content-Type";

/// A part that holds no other parts, or a message that stays whole.
#[derive(Clone, Default)]
pub(crate) struct Leaf<'a> {
    /// `type/subtype` in lower case.
    pub(crate) media_type: String,
    /// As sent, decoded.
    pub(crate) name: Option<String>,
    /// In lower case; may be empty.
    pub(crate) disposition: String,
    /// Without angle brackets.
    pub(crate) content_id: Option<String>,
    pub(crate) description: Option<String>,
    /// Of a calendar ([RFC 6047, section 2.4](https://www.rfc-editor.org/rfc/rfc6047#section-2.4)).
    pub(crate) method: Option<String>,
    /// Is it a part of multipart/related?
    pub(crate) related: bool,
    pub(crate) charset: Option<String>,
    /// [format=flowed](https://www.rfc-editor.org/rfc/rfc3676), and its parameter DelSp.
    flowed: Option<bool>,
    /// In lower case; may be empty.
    pub(crate) encoding: String,
    /// The delimiter that ends it never came.
    cut_off: bool,
    /// Where its octets begin in the message.
    pub(crate) start: usize,
    pub(crate) octets: &'a [u8],
}

impl<'a> Leaf<'a> {
    /// The part that the parser found in the octets.
    pub(crate) fn new(
        octets: &'a [u8],
        part: &MessagePart<'_>,
        charsets: Charsets,
    ) -> Option<Leaf<'a>> {
        let [start, end] = [part.offset_body, part.offset_end].map(|offset| {
            usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(octets.len())
        });
        let field = |name: &str| {
            let same = |header: &&Header<'_>| header.name.as_str().eq_ignore_ascii_case(name);
            let header = part.headers.iter().rev().find(same)?;
            Field::new(octets, header, charsets)
        };
        let mut leaf = Leaf::read(octets, start..end, field);
        leaf.cut_off = part.is_encoding_problem;
        if part.is_message()
            && field(CONTENT_TYPE).is_none_or(|field| field.content_type().is_none())
        {
            leaf.media_type = "message/rfc822".to_owned();
        }
        Some(leaf)
    }

    /// The part at this place, by the fields of its header that are looked up.
    pub(crate) fn read(
        octets: &'a [u8],
        place: Range<usize>,
        field: impl Fn(&str) -> Option<Field<'a>>,
    ) -> Leaf<'a> {
        let mut leaf = Leaf {
            media_type: "text/plain".to_owned(),
            start: place.start,
            octets: octets.get(place).unwrap_or_default(),
            ..Leaf::default()
        };
        if let Some(field) = field(CONTENT_TYPE)
            && let Some(content_type) = field.content_type()
        {
            leaf.media_type = media_type(&content_type);
            let attribute = |name| content_type.attribute(name);
            leaf.name = attribute("name").map(str::to_owned);
            leaf.charset = attribute("charset").map(str::to_owned);
            leaf.method = attribute("method").map(str::to_ascii_uppercase);
            if attribute("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed")) {
                leaf.flowed =
                    Some(attribute("delsp").is_some_and(|yes| yes.eq_ignore_ascii_case("yes")));
            }
        }
        if let Some(field) = field("Content-Disposition")
            && let Some(disposition) = field.content_type()
        {
            leaf.disposition = disposition.ctype().to_ascii_lowercase();
            leaf.name = disposition
                .attribute("filename")
                .map(str::to_owned)
                .or(leaf.name);
        }
        if let Some(field) = field("Content-Transfer-Encoding") {
            let encoding = field.text();
            let end = encoding.find([';', ' ', '(']).unwrap_or(encoding.len());
            leaf.encoding = encoding.get(..end).unwrap_or_default().to_ascii_lowercase();
        }
        leaf.content_id = field("Content-ID")
            .and_then(|field| field.identifiers().into_iter().next())
            .filter(|id| !id.is_empty());
        leaf.description = field("Content-Description")
            .map(|field| field.text())
            .filter(|text| !text.is_empty());
        leaf
    }

    /// Octets without a header.
    pub(crate) fn plain(octets: &'a [u8]) -> Leaf<'a> {
        Leaf {
            media_type: "text/plain".to_owned(),
            octets,
            ..Leaf::default()
        }
    }

    pub(crate) fn is_html(&self) -> bool {
        self.media_type == "text/html"
    }

    /// Text that may be shown. A multipart in which no part was found counts.
    pub(crate) fn is_text(&self) -> bool {
        self.is_html()
            || self.media_type == "text/plain"
            || self.media_type.starts_with("multipart/")
    }

    pub(crate) fn is_message(&self) -> bool {
        self.media_type.starts_with("message/")
    }

    pub(crate) fn is_encoded(&self) -> bool {
        ["base64", "quoted-printable"].contains(&self.encoding.as_str())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Drops the octets from there on, and the line end before them.
    pub(crate) fn end_before(&mut self, octets: &'a [u8], at: usize) {
        let start = octets.len() - self.octets.len();
        // Only the part that swallowed the rest reaches to the end of the message.
        if self.cut_off && self.octets.as_ptr_range().end == octets.as_ptr_range().end {
            let kept = octets.get(start..at).unwrap_or_default();
            let kept = kept.strip_suffix(b"\n").unwrap_or(kept);
            self.octets = kept.strip_suffix(b"\r").unwrap_or(kept);
        }
    }

    /// A piece of the body that the parser did not recognise as one.
    pub(crate) fn is_cut_off_body(&self) -> bool {
        let body = self.cut_off && self.name.is_none() && self.disposition != "attachment";
        (body && self.is_text()) || self.media_type.starts_with("multipart/")
    }

    /// The octets, transfer-decoded. Damage costs no more than the octets it hit.
    pub(crate) fn content(&self) -> Cow<'a, [u8]> {
        decode(&self.encoding, self.octets)
    }

    /// The content in Unicode.
    pub(crate) fn text(&self, charsets: Charsets) -> String {
        charset::decode(self.charset.as_deref(), &self.content(), charsets)
    }

    /// The text for a reader of plain text.
    pub(crate) fn plain_text(&self, charsets: Charsets) -> String {
        if self.is_html() {
            return html::to_text(&self.text(charsets));
        }
        let plain = text::normalise(self.text(charsets));
        match self.flowed {
            Some(delete_space) => text::unflow(&plain, delete_space),
            None => plain,
        }
    }
}

/// The octets of a part, transfer-decoded.
pub(crate) fn decode<'a>(encoding: &str, octets: &'a [u8]) -> Cow<'a, [u8]> {
    match encoding {
        "base64" => base64(octets).into(),
        "quoted-printable" => quoted_printable(octets).into(),
        _ => octets.into(),
    }
}

fn media_type(content_type: &mail_parser::ContentType<'_>) -> String {
    let subtype = content_type.subtype().unwrap_or_default();
    let media_type = format!("{}/{subtype}", content_type.ctype()).to_ascii_lowercase();
    let token = |octet: u8| octet.is_ascii_alphanumeric() || b"/!#$&-^_.+".contains(&octet);
    match content_type.ctype() {
        "text" if subtype.is_empty() => "text/plain".to_owned(),
        _ if subtype.is_empty() || !media_type.bytes().all(token) => {
            "application/octet-stream".to_owned()
        }
        _ => media_type,
    }
}

/// The parser's decoder gives up at an octet outside the alphabet, which
/// [RFC 2045, section 6.8](https://www.rfc-editor.org/rfc/rfc2045#section-6.8) demands to skip.
/// Text after the padding is mostly a footer added on the way.
pub(crate) fn base64(octets: &[u8]) -> Vec<u8> {
    base64_decode(octets).unwrap_or_else(|| {
        let end = memchr::memchr(b'=', octets).unwrap_or(octets.len());
        let alphabet = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/".contains(octet);
        let clean = octets.iter().copied().take(end).filter(alphabet);
        base64_decode(&clean.collect::<Vec<u8>>()).unwrap_or_default()
    })
}

/// An `=` that begins no valid sequence stands for itself
/// ([RFC 2045, section 6.7](https://www.rfc-editor.org/rfc/rfc2045#section-6.7), note 1); the
/// parser's decoder gives up there.
pub(crate) fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    quoted_printable_decode(octets).unwrap_or_else(|| {
        let mut mended = Vec::with_capacity(octets.len() + 64);
        for (at, &octet) in octets.iter().enumerate() {
            mended.push(octet);
            let after = octets.get(at + 1..).unwrap_or_default();
            let line = || after.iter().find(|o| !matches!(o, b' ' | b'\t' | b'\r'));
            let valid = match after {
                [high, low, ..] if quoted_printable_decode_char(*high, *low).is_some() => true,
                _ => matches!(line(), None | Some(b'\n')),
            };
            if octet == b'=' && !valid {
                mended.extend_from_slice(b"3D");
            }
        }
        quoted_printable_decode(&mended).unwrap_or_else(|| octets.to_vec())
    })
}
