//! Text bodies for people: HTML as text, text inside HTML, and
//! [format=flowed](https://www.rfc-editor.org/rfc/rfc3676).

use mail_parser::decoders::html::html_to_text;

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 25] = [
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
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
    "ol",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];

/// Stands in the text where a line must begin, until the lines are made. A private-use character,
/// which no text has a meaning for.
const LINE_START: char = '\u{f8fe}';

/// Lines that end in LF, with nothing after the last.
pub(crate) fn normalise(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Readable text from HTML. Only a reading aid: nothing in it is markup any more, and nothing of
/// it may be used as markup.
pub(crate) fn from_html(html: &str) -> String {
    let text = html_to_text(&mark_lines(html));
    let mut out = String::with_capacity(text.len());
    // Line ends since the last visible character.
    let mut ends = 2;
    for character in text.chars() {
        match character {
            LINE_START if ends > 0 => {}
            LINE_START | '\n' => {
                if ends < 2 {
                    out.truncate(out.trim_end_matches(' ').len());
                    out.push('\n');
                }
                ends += 1;
            }
            ' ' if ends > 0 => {}
            character => {
                out.push(character);
                ends = 0;
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Marks where blocks begin and end, adds an empty line before a paragraph and a space after a
/// table cell: the conversion to text knows only `</p>` and `<br>`.
fn mark_lines(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let (name, closing) = tag
            .strip_prefix('/')
            .map_or((tag, false), |name| (name, true));
        let end = name
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(name.len());
        let name = name.get(..end).unwrap_or_default();
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if BLOCKS.iter().any(|block| is(block)) {
            out.push(' ');
            out.push(LINE_START);
            out.push(' ');
        } else if is("p") && !closing {
            out.push_str("<br>");
        } else if closing && ["td", "th"].iter().any(|cell| is(cell)) {
            out.push(' ');
        }
        out.push('<');
        rest = tag;
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
        // The line before a signature is no paragraph, whatever it looks like.
        let signature = content == "-- ";
        if open != Some(depth) || signature {
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
        let flows = content.ends_with(' ') && !signature;
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
