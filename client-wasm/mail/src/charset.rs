//! Text in the charsets of mail. Those with small tables are mail-parser's; those of East Asia,
//! and a few rare ones, are left to the host, which mostly has their tables already.

use mail_parser::decoders::charsets::map::charset_decoder;
use memchr::memchr;

use crate::body;

/// Decodes octets by a charset of the [Encoding Standard](https://encoding.spec.whatwg.org/), as
/// `TextDecoder` does: `None` where the host does not know the label.
pub type Charsets = fn(label: &str, octets: &[u8]) -> Option<String>;

/// The charsets by encoding_rs, for hosts without a `TextDecoder`.
#[cfg(feature = "encoding_rs")]
pub fn encoding_rs(label: &str, octets: &[u8]) -> Option<String> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    let (text, _) = encoding.decode_without_bom_handling(octets);
    Some(text.into_owned())
}

/// Who decodes a charset.
enum Decoder {
    /// No charset is named, or one that says as much: UTF-8 or windows-1252.
    Guess,
    /// mail-parser, where it knows the label.
    Parser,
    /// The host, by this label.
    Host(&'static str),
    /// [HZ](https://www.rfc-editor.org/rfc/rfc1843), which the Encoding Standard refuses.
    Hz,
    /// [UTF-7](https://www.rfc-editor.org/rfc/rfc2152): it refuses that too, and mail-parser loses
    /// the character after a shifted run.
    Utf7,
    /// [ISO-2022-KR](https://www.rfc-editor.org/rfc/rfc1557), which it refuses as well.
    Iso2022Kr,
}

/// The octets in Unicode. A label that nobody knows is none.
pub(crate) fn decode(label: Option<&str>, octets: &[u8], charsets: Charsets) -> String {
    let Some(label) = label.map(str::trim).filter(|label| label.len() <= 45) else {
        return guess(octets);
    };
    if octets.is_ascii()
        && keeps_ascii(label)
        && let Ok(text) = std::str::from_utf8(octets)
    {
        return text.to_owned();
    }
    let decoded = match decoder(label) {
        Decoder::Guess => None,
        Decoder::Parser => charset_decoder(label.as_bytes())
            .map(|decode| decode(octets))
            .or_else(|| charsets(label, octets)),
        Decoder::Host(label) => charsets(label, octets),
        Decoder::Utf7 => Some(utf_7(octets)),
        Decoder::Hz => charsets("gb18030", &without_hz(octets)),
        Decoder::Iso2022Kr => charsets("euc-kr", &without_shifts(octets)),
    };
    decoded.unwrap_or_else(|| guess(octets))
}

/// The names are those of the Encoding Standard, and what mail programs write instead.
fn decoder(label: &str) -> Decoder {
    match label.to_ascii_lowercase().replace('_', "-").as_str() {
        "" | "utf-8" | "utf8" | "utf8mb4" | "unicode-1-1-utf-8" | "us-ascii" | "ascii"
        | "ansi-x3.4-1968" | "unknown-8bit" | "8bit" | "binary" => Decoder::Guess,
        "shift-jis" | "sjis" | "x-sjis" | "ms-kanji" | "ms932" | "cp932" | "windows-31j"
        | "csshiftjis" | "x-ms-cp932" => Decoder::Host("shift_jis"),
        "euc-jp"
        | "x-euc-jp"
        | "eucjp"
        | "cseucpkdfmtjapanese"
        | "extended-unix-code-packed-format-for-japanese" => Decoder::Host("euc-jp"),
        "iso-2022-jp" | "csiso2022jp" | "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-ms"
        | "cp50220" | "cp50221" | "cp50222" => Decoder::Host("iso-2022-jp"),
        "big5" | "big5-hkscs" | "cn-big5" | "csbig5" | "x-x-big5" | "cp950" | "windows-950" => {
            Decoder::Host("big5")
        }
        "euc-kr" | "euckr" | "cseuckr" | "ks-c-5601-1987" | "ks-c-5601-1989" | "ksc5601"
        | "ksc-5601" | "csksc56011987" | "iso-ir-149" | "korean" | "windows-949" | "cp949"
        | "ms949" | "uhc" | "x-windows-949" => Decoder::Host("euc-kr"),
        "gb18030" | "csgb18030" | "gbk" | "csgbk" | "x-gbk" | "gb2312" | "csgb2312" | "gb-2312"
        | "gb-2312-80" | "iso-ir-58" | "csiso58gb231280" | "chinese" | "cp936" | "ms936"
        | "windows-936" | "euc-cn" | "euccn" | "x-euc-cn" | "cn-gb" => Decoder::Host("gb18030"),
        "windows-874" | "cswindows874" | "dos-874" | "cp874" => Decoder::Host("windows-874"),
        "ibm866" | "csibm866" | "cp866" | "866" => Decoder::Host("ibm866"),
        "x-mac-cyrillic" | "x-mac-ukrainian" => Decoder::Host("x-mac-cyrillic"),
        "utf-7" | "csutf7" | "unicode-1-1-utf-7" | "x-unicode-1-1-utf-7" => Decoder::Utf7,
        "hz-gb-2312" | "hz" => Decoder::Hz,
        "iso-2022-kr" | "csiso2022kr" => Decoder::Iso2022Kr,
        _ => Decoder::Parser,
    }
}

/// Is ASCII itself in this charset, whoever decodes it? Not where it shifts to others.
fn keeps_ascii(label: &str) -> bool {
    let shifts = [
        &b"utf-7"[..],
        b"utf7",
        b"16",
        b"ucs",
        b"unicode",
        b"2022",
        b"hz",
        b"cp502",
    ];
    let label = label.as_bytes();
    !shifts.iter().any(|word| {
        let mut windows = label.windows(word.len());
        windows.any(|window| window.eq_ignore_ascii_case(word))
    })
}

/// UTF-8, or windows-1252 where not one character above 127 is UTF-8.
pub(crate) fn guess(octets: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(octets) {
        return text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    }
    let text = String::from_utf8_lossy(octets);
    let mut above = text.chars().filter(|character| !character.is_ascii());
    if above.all(|character| character == char::REPLACEMENT_CHARACTER)
        && let Some(decoder) = charset_decoder(b"windows-1252")
    {
        return decoder(octets);
    }
    match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text.into_owned(),
    }
}

/// Between `+` and the first octet outside the alphabet is UTF-16 in base64; a `-` there is taken away.
fn utf_7(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(at) = memchr(b'+', rest) {
        let (before, shifted) = rest.split_at(at);
        out.push_str(&String::from_utf8_lossy(before));
        let shifted = shifted.get(1..).unwrap_or_default();
        let outside = |octet: &u8| !octet.is_ascii_alphanumeric() && !b"+/".contains(octet);
        let end = shifted.iter().position(outside).unwrap_or(shifted.len());
        let (run, after) = shifted.split_at(end);
        let closed = after.strip_prefix(b"-");
        if run.is_empty() && closed.is_some() {
            out.push('+');
        }
        let units = body::base64(run);
        let units = units.chunks_exact(2).map(|unit| match unit {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        });
        out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        rest = closed.unwrap_or(after);
    }
    out.push_str(&String::from_utf8_lossy(rest));
    out
}

/// HZ as EUC-CN: between `~{` and `~}` each pair of octets is a character.
fn without_hz(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut wide = false;
    let mut rest = octets;
    loop {
        rest = match rest {
            [b'~', b'{', rest @ ..] => {
                wide = true;
                rest
            }
            [b'~', b'}', rest @ ..] => {
                wide = false;
                rest
            }
            [b'~', b'~', rest @ ..] if !wide => {
                out.push(b'~');
                rest
            }
            // A line that goes on.
            [b'~', b'\n', rest @ ..] if !wide => rest,
            [b'\n', rest @ ..] => {
                // No line begins in the middle of a character.
                wide = false;
                out.push(b'\n');
                rest
            }
            [first, second, rest @ ..] if wide && *second != b'\n' => {
                out.extend([first | 0x80, second | 0x80]);
                rest
            }
            [octet, rest @ ..] => {
                out.push(*octet);
                rest
            }
            [] => return out,
        };
    }
}

/// ISO-2022-KR as EUC-KR: the octets between SO and SI have their eighth bit set.
fn without_shifts(octets: &[u8]) -> Vec<u8> {
    const DESIGNATION: &[u8] = b"\x1b$)C";
    let mut out = Vec::with_capacity(octets.len());
    let mut wide = false;
    let mut rest = octets;
    while let Some((&octet, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(DESIGNATION) {
            rest = after;
            continue;
        }
        rest = after;
        match octet {
            0x0e => wide = true,
            0x0f => wide = false,
            0x21..=0x7e if wide => out.push(octet | 0x80),
            b'\n' => {
                wide = false;
                out.push(octet);
            }
            _ => out.push(octet),
        }
    }
    out
}
