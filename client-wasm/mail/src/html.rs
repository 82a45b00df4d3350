//! HTML as text. mail-parser has a converter as well: it shows style sheets whose tag has attributes,
//! has no lines but for `</p>` and `<br>`, and its table of entities takes twice what this one does
//! when compressed.

use memchr::memchr;

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

/// Elements whose content is not shown.
const HIDDEN: [&str; 4] = ["head", "style", "script", "template"];

/// The [named character references](https://html.spec.whatwg.org/multipage/named-characters.html) of
/// one character: on each line a name and a code point in hexadecimal, in the order of the names.
const ENTITIES: &str = include_str!("entities.txt");

/// Readable text from HTML. Only a reading aid: nothing in it is markup any more, and nothing of
/// it may be used as markup.
pub(crate) fn to_text(html: &str) -> String {
    let mut lines = Lines {
        out: String::with_capacity(html.len() / 2),
        space: false,
        ends: 2,
    };
    // The element that hides what is in it.
    let mut hidden: Option<&str> = None;
    let mut rest = html;
    loop {
        let at = memchr(b'<', rest.as_bytes());
        let (text, markup) = rest.split_at(at.unwrap_or(rest.len()));
        if hidden.is_none() {
            lines.text(text);
        }
        let Some(markup) = markup.strip_prefix('<') else {
            break;
        };
        if let Some(comment) = markup.strip_prefix('!').filter(|c| c.starts_with("--")) {
            // `<!-->` is one too.
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (name, closing) = markup
            .strip_prefix('/')
            .map_or((markup, false), |name| (name, true));
        let end = name
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(name.len());
        let name = name.get(..end).unwrap_or_default();
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match hidden {
            Some(element) if closing && is(element) => hidden = None,
            // The end tag may be left out.
            Some("head") if is("body") => hidden = None,
            Some(_) => {}
            None if !closing => hidden = HIDDEN.into_iter().find(|element| is(element)),
            None => {}
        }
        if hidden.is_none() {
            lines.tag(is, closing);
        }
        // A tag that is not closed ends where the next begins.
        let end = markup.find(['<', '>']).unwrap_or(markup.len());
        rest = markup.get(end..).unwrap_or_default();
        rest = rest.strip_prefix('>').unwrap_or(rest);
    }
    let mut out = lines.out;
    out.truncate(out.trim_end().len());
    out
}

/// The text as it grows.
struct Lines {
    out: String,
    /// Was there white space since the last visible character?
    space: bool,
    /// Line ends since the last visible character.
    ends: usize,
}

impl Lines {
    fn tag(&mut self, is: impl Fn(&str) -> bool, closing: bool) {
        if BLOCKS.into_iter().any(&is) {
            if self.ends == 0 {
                self.end();
            }
        } else if is("p") || (is("br") && !closing) {
            self.end();
        } else if closing && (is("td") || is("th")) {
            self.space = true;
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find([' ', '\t', '\r', '\n', '&']) {
            let (word, after) = rest.split_at(at);
            self.word(word);
            rest = after.get(1..).unwrap_or_default();
            if !after.starts_with('&') {
                self.space = true;
            } else if let Some((character, after)) = reference(rest) {
                self.character(character);
                rest = after;
            } else {
                self.word("&");
            }
        }
        self.word(rest);
    }

    fn character(&mut self, character: char) {
        match character {
            '\n' => self.end(),
            ' ' => self.space = true,
            character => self.word(character.encode_utf8(&mut [0; 4])),
        }
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        if self.space && self.ends == 0 {
            self.out.push(' ');
        }
        self.out.push_str(word);
        self.space = false;
        self.ends = 0;
    }

    /// Ends the line; there is at most one empty line between others.
    fn end(&mut self) {
        if self.ends < 2 {
            self.out.push('\n');
        }
        self.ends += 1;
        self.space = false;
    }
}

/// The character that a reference stands for, after its `&`, and what comes after it.
fn reference(text: &str) -> Option<(char, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '#')?;
    let (name, after) = text.split_at(end);
    let after = after.strip_prefix(';')?;
    let code = match name.strip_prefix('#') {
        None => named(name)?,
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(number) => u32::from_str_radix(number, 16).ok()?,
            None => number.parse().ok()?,
        },
    };
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((character, after))
}

/// Looks a name up, by halving the lines.
fn named(name: &str) -> Option<u32> {
    let mut lines = ENTITIES;
    while !lines.is_empty() {
        let start = lines
            .get(..lines.len() / 2)
            .and_then(|half| half.rfind('\n'))
            .map_or(0, |end| end + 1);
        let (before, from) = lines.split_at(start);
        let (line, after) = from.split_once('\n')?;
        let (known, code) = line.split_once(' ')?;
        lines = match name.cmp(known) {
            std::cmp::Ordering::Less => before,
            std::cmp::Ordering::Greater => after,
            std::cmp::Ordering::Equal => return u32::from_str_radix(code, 16).ok(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::decoders::html::html_to_text;
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn entities_are_those_of_the_parser() {
        let mut names = 0;
        for line in ENTITIES.lines() {
            let (name, code) = line.split_once(' ').expect("a name and a code point");
            assert_eq!(format!("{:x}", named(name).expect(name)), code);
            let reference = format!("&{name};");
            let theirs = html_to_text(&reference);
            assert_eq!(
                Some(theirs.as_str()),
                char::from_u32(named(name).expect(name))
                    .map(String::from)
                    .as_deref()
            );
            names += 1;
        }
        assert_eq!(names, 2_125);
        for unknown in ["", "a", "nbsp ", "NBSP", "zzz", "A", "nbspx", "nbs"] {
            assert_eq!(named(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_is_shown_of_markup() {
        let cases = [
            ("a<br>b<br/>c<BR class=x>d", "a\nb\nc\nd"),
            ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("<div>one</div><div><div>two</div></div>", "one\ntwo"),
            ("<tr><td>a</td><td>b</td></tr><tr><td>c", "a b\nc"),
            ("  a \r\n b<b> c</b>d  ", "a b cd"),
            ("<head><title>t</title></head><body>b", "b"),
            ("<head><title>t</title><body>b", "b"),
            (
                "<style type=text/css>p{}</style>a<script>if (a<b) c()</script>b",
                "ab",
            ),
            ("a<!-- <b> -- > --->b<!-->c<!-- never closed", "abc"),
            (
                "AT&T &amp; a&lt;b&gt; &copy &#8364;&#x20ac;&#xd800;&none;",
                "AT&T & a<b> &copy \u{20ac}\u{20ac}\u{fffd}&none;",
            ),
            ("a&#32;&#10;b&nbsp;c", "a\nb\u{a0}c"),
            ("a<b c", "a"),
            ("a<<br>b", "a\nb"),
            ("", ""),
        ];
        for (html, text) in cases {
            assert_eq!(to_text(html), text, "{html}");
        }
    }
}
