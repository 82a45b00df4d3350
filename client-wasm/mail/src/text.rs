//! Plain text bodies for people: inside HTML, and
//! [format=flowed](https://www.rfc-editor.org/rfc/rfc3676).

/// Lines that end in LF, with nothing after the last.
pub(crate) fn normalise(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
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
