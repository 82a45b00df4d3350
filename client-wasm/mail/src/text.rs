//! Text bodies for people: HTML as text, text inside HTML, and
//! [format=flowed](https://www.rfc-editor.org/rfc/rfc3676).

use mail_parser::decoders::html::html_to_text;

/// Elements that begin on a line of their own.
const BLOCKS: [&str; 18] = [
    "address",
    "article",
    "blockquote",
    "dd",
    "div",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "section",
    "tr",
];

/// Lines that end in LF, with nothing after the last.
pub(crate) fn normalise(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Readable text from HTML. Only a reading aid: nothing in it is markup any more, and nothing of
/// it may be used as markup.
pub(crate) fn from_html(html: &str) -> String {
    let text = html_to_text(&with_line_breaks(html));
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 && !(line.is_empty() && out.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Adds a `<br>` where a block begins and a space where a table cell ends, which the conversion
/// to text does not know of.
fn with_line_breaks(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let name: &str = tag.get(1..).unwrap_or_default();
        let (name, closing) = name
            .strip_prefix('/')
            .map_or((name, false), |name| (name, true));
        let end = name
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(name.len());
        let name = name.get(..end).unwrap_or_default();
        if BLOCKS.iter().any(|block| name.eq_ignore_ascii_case(block)) && !closing {
            out.push_str("<br>");
        } else if closing
            && ["td", "th"]
                .iter()
                .any(|cell| name.eq_ignore_ascii_case(cell))
        {
            out.push(' ');
        }
        out.push('<');
        rest = tag.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Plain text as a piece of HTML, for a message that mixes both.
pub(crate) fn to_html(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<div style=\"white-space: pre-wrap\">{escaped}</div>")
}

/// Joins the lines of paragraphs that were wrapped for the way
/// ([RFC 3676, section 4](https://www.rfc-editor.org/rfc/rfc3676#section-4)). `delete_space` is
/// the parameter DelSp.
pub(crate) fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Quote depth of the paragraph that the next line may continue.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        // A space protects text that begins with `>`, a space or `From `.
        let content = content.strip_prefix(' ').unwrap_or(content);
        if open != Some(depth) {
            if open.is_some() {
                out.push('\n');
            }
            for _ in 0..depth {
                out.push('>');
            }
            if depth > 0 {
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && content != "-- ";
        if flows {
            let kept = if delete_space {
                content.strip_suffix(' ')
            } else {
                Some(content)
            };
            out.push_str(kept.unwrap_or(content));
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push('\n');
            open = None;
        }
    }
    // `split` sees one more line than there are line ends.
    out.truncate(out.strip_suffix('\n').map_or(out.len(), str::len));
    out
}
