//! The tree of MIME parts, and which of them are the body
//! ([RFC 2046](https://www.rfc-editor.org/rfc/rfc2046),
//! [RFC 8621, section 4.1.4](https://www.rfc-editor.org/rfc/rfc8621#section-4.1.4)).

use std::borrow::Cow;

use crate::{
    charset,
    field::{self, Entity},
    limits,
    parameters::Parameterised,
    summary, transfer,
};

/// A part that holds no other parts.
pub(crate) struct Leaf<'a> {
    /// `type/subtype` in lower case.
    pub(crate) media_type: String,
    pub(crate) content_type: Parameterised,
    pub(crate) disposition: Parameterised,
    /// Without angle brackets.
    pub(crate) content_id: Option<String>,
    encoding: Option<String>,
    body: &'a [u8],
}

impl<'a> Leaf<'a> {
    /// The octets, transfer-decoded.
    pub(crate) fn content(&self) -> Cow<'a, [u8]> {
        transfer::decode(self.encoding.as_deref(), self.body)
    }

    /// The content as text, in its charset.
    pub(crate) fn text(&self) -> String {
        charset::decode(self.content_type.parameter("charset"), &self.content())
    }

    pub(crate) fn is_html(&self) -> bool {
        self.media_type == "text/html"
    }

    /// The name as sent, decoded, from Content-Disposition or else from Content-Type.
    pub(crate) fn name(&self) -> Option<&str> {
        self.disposition
            .parameter("filename")
            .or_else(|| self.content_type.parameter("name"))
    }

    /// Text that may be the body or a piece of it.
    fn is_body(&self, first: bool, parent: Multipart) -> bool {
        ["text/plain", "text/html"].contains(&self.media_type.as_str())
            && self.disposition.value != "attachment"
            && (first || (parent != Multipart::Related && self.name().is_none()))
    }
}

/// What a multipart says of its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Multipart {
    Mixed,
    Alternative,
    Related,
    Digest,
}

impl Multipart {
    fn of(media_type: &str) -> Option<Multipart> {
        Some(match media_type.strip_prefix("multipart/")? {
            "alternative" => Multipart::Alternative,
            "related" => Multipart::Related,
            "digest" => Multipart::Digest,
            _ => Multipart::Mixed,
        })
    }
}

/// The parts of a message, sorted by their role. The lists hold indices into `leaves`.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    pub(crate) leaves: Vec<Leaf<'a>>,
    /// What makes up the body for a reader of plain text; HTML where there is nothing else.
    pub(crate) text: Vec<usize>,
    /// What makes up the body for a reader of HTML; plain text where there is nothing else.
    pub(crate) html: Vec<usize>,
    pub(crate) attachments: Vec<usize>,
    /// Parts seen, multiparts among them.
    seen: usize,
}

/// Which of the two bodies the parts at hand belong to.
#[derive(Clone, Copy)]
struct Scope {
    parent: Multipart,
    in_alternative: bool,
    text: bool,
    html: bool,
}

impl<'a> Parts<'a> {
    /// Takes the message apart.
    pub(crate) fn of(message: &Entity<'a>) -> Parts<'a> {
        let mut parts = Parts::default();
        let scope = Scope {
            parent: Multipart::Mixed,
            in_alternative: false,
            text: true,
            html: true,
        };
        parts.visit(message, true, &mut { scope }, 0);
        parts
    }

    fn visit(&mut self, entity: &Entity<'a>, first: bool, scope: &mut Scope, depth: usize) {
        self.seen += 1;
        let leaf = leaf(entity, scope.parent);
        if let Some(multipart) = Multipart::of(&leaf.media_type) {
            if depth >= limits::MAX_DEPTH {
                self.add(leaf, false, scope, first);
                return;
            }
            if let Some(pieces) = split(leaf.body, leaf.content_type.parameter("boundary")) {
                let inner = Scope {
                    parent: multipart,
                    in_alternative: scope.in_alternative || multipart == Multipart::Alternative,
                    ..*scope
                };
                self.children(&pieces, inner, depth + 1);
                return;
            }
            // A multipart without parts: its text is all there is to show.
            let media_type = "text/plain".to_owned();
            self.add(Leaf { media_type, ..leaf }, true, scope, first);
            return;
        }
        self.add(leaf, true, scope, first);
    }

    fn children(&mut self, pieces: &[&'a [u8]], mut scope: Scope, depth: usize) {
        let (wants_text, wants_html) = (scope.text, scope.html);
        let (text_before, html_before) = (self.text.len(), self.html.len());
        for (index, piece) in pieces.iter().enumerate() {
            if self.seen >= limits::MAX_PARTS {
                break;
            }
            self.visit(&Entity::split(piece), index == 0, &mut scope, depth);
        }
        if scope.parent == Multipart::Alternative && wants_text && wants_html {
            // Only one of the two forms was sent: it serves both readers.
            let added_text = self.text.get(text_before..).unwrap_or_default().to_vec();
            let added_html = self.html.get(html_before..).unwrap_or_default().to_vec();
            if added_text.is_empty() {
                self.text.extend(added_html);
            } else if added_html.is_empty() {
                self.html.extend(added_text);
            }
        }
    }

    fn add(&mut self, leaf: Leaf<'a>, may_be_body: bool, scope: &mut Scope, first: bool) {
        let index = self.leaves.len();
        if !(may_be_body && leaf.is_body(first, scope.parent)) {
            self.attachments.push(index);
        } else if scope.parent == Multipart::Alternative {
            if leaf.is_html() {
                self.html.push(index);
            } else {
                self.text.push(index);
            }
        } else {
            if scope.in_alternative {
                // Inside one of the alternatives: text of this kind settles which one it is.
                if leaf.is_html() {
                    scope.text = false;
                } else {
                    scope.html = false;
                }
            }
            if scope.text {
                self.text.push(index);
            }
            if scope.html {
                self.html.push(index);
            }
        }
        self.leaves.push(leaf);
    }
}

fn leaf<'a>(entity: &Entity<'a>, parent: Multipart) -> Leaf<'a> {
    let parameterised = |name| {
        entity
            .value(name)
            .map(|value| Parameterised::parse(&value))
            .unwrap_or_default()
    };
    let content_type = parameterised("Content-Type");
    let media_type = match media_type(&content_type.value) {
        Some(media_type) => media_type.to_owned(),
        None if entity.field("Content-Type").is_some() && content_type.value.contains('/') => {
            "application/octet-stream".to_owned()
        }
        None if parent == Multipart::Digest => "message/rfc822".to_owned(),
        None => "text/plain".to_owned(),
    };
    Leaf {
        media_type,
        content_type,
        disposition: parameterised("Content-Disposition"),
        content_id: entity
            .value("Content-ID")
            .and_then(|value| summary::identifiers(&value).into_iter().next()),
        encoding: entity.value("Content-Transfer-Encoding"),
        body: entity.body,
    }
}

/// `type/subtype`, if it is two tokens
/// ([RFC 2045, section 5.1](https://www.rfc-editor.org/rfc/rfc2045#section-5.1)).
pub(crate) fn media_type(value: &str) -> Option<&str> {
    let token = |token: &str| {
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&octet);
        !token.is_empty() && token.len() <= 127 && token.bytes().all(allowed)
    };
    let (major, minor) = value.split_once('/')?;
    (token(major) && token(minor)).then_some(value)
}

/// The pieces between the delimiter lines; `None` if there is no such line
/// ([RFC 2046, section 5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1)). The last
/// piece may lack its closing delimiter. Where the boundary was left out of the header, the first
/// line that looks like a delimiter tells it.
fn split<'a>(body: &'a [u8], boundary: Option<&str>) -> Option<Vec<&'a [u8]>> {
    let boundary = match boundary
        .map(str::trim_end)
        .filter(|boundary| !boundary.is_empty())
    {
        Some(boundary) => boundary.as_bytes(),
        None => field::lines(body)
            .map(<[u8]>::trim_ascii_end)
            .find(|line| !line.is_empty())
            .and_then(|line| line.strip_prefix(b"--"))
            .filter(|boundary| !boundary.is_empty())?,
    };
    let mut pieces = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    let mut found = false;
    for line in field::lines(body) {
        let start = at;
        at += line.len();
        let Some(closing) = delimiter(line, boundary) else {
            continue;
        };
        found = true;
        if let Some(from) = open.take() {
            // The line end before a delimiter belongs to the delimiter.
            let piece = body.get(from..start).unwrap_or_default();
            pieces.push(field::strip_line_end(piece));
        }
        if closing || pieces.len() >= limits::MAX_PARTS {
            break;
        }
        open = Some(at);
    }
    if let Some(rest) = open.and_then(|from| body.get(from..)) {
        pieces.push(rest);
    }
    pieces.retain(|piece| !piece.trim_ascii().is_empty());
    found.then_some(pieces)
}

/// Is the line a delimiter, and the closing one?
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.trim_ascii_end() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}
