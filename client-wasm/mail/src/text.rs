//! Plain text bodies for people: inside HTML, and
//! [format=flowed](https://www.rfc-editor.org/rfc/rfc3676).

use memchr::memchr;

/// Lines that end in LF, with nothing after the last.
pub(crate) fn normalise(text: String) -> String {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((line, after)) = rest.split_once('\r') {
        out.push_str(line);
        out.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out + rest
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

/// Units of UTF-16 in a text, in which JavaScript counts.
pub fn units(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let octets = text.bytes();
    let units = |octet: u8| usize::from(octet & 0xc0 != 0x80) + usize::from(octet >= 0xf0);
    octets.map(units).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn units_are_those_of_utf_16() {
        for text in [
            "",
            "a",
            "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}",
        ] {
            assert_eq!(units(text), text.encode_utf16().count());
        }
    }

    #[test]
    fn each_line_end_is_one() {
        for (text, lines) in [
            ("a\r\nb\rc\n\r\r\n", "a\nb\nc\n\n\n"),
            ("\r", "\n"),
            ("\n", "\n"),
            ("", ""),
        ] {
            assert_eq!(normalise(text.to_owned()), lines, "{text:?}");
        }
    }
}
