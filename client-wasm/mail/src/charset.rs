//! Octets to Unicode. The decoders are mail-parser's, which are those of the
//! [WHATWG Encoding Standard](https://encoding.spec.whatwg.org/) and a few older ones.

use mail_parser::decoders::charsets::map::charset_decoder;

/// Labels beyond this length name no charset.
const MAX_LABEL: usize = 45;

/// Text in the charset of that label. Without a label, with an unknown one, or where octets
/// above 127 come under the label `us-ascii`, the octets decide: see [`guess`].
pub(crate) fn decode(label: Option<&str>, octets: &[u8]) -> String {
    let label = label
        .map(str::trim)
        .filter(|label| (1..MAX_LABEL).contains(&label.len()));
    let Some(label) = label else {
        return guess(octets);
    };
    if ["us-ascii", "ascii"]
        .iter()
        .any(|ascii| label.eq_ignore_ascii_case(ascii))
    {
        return guess(octets);
    }
    if ["utf-8", "utf8"]
        .iter()
        .any(|utf8| label.eq_ignore_ascii_case(utf8))
    {
        return utf8_or_mislabelled(octets);
    }
    match charset_decoder(label.as_bytes()) {
        Some(decoder) => decoder(octets),
        None => guess(octets),
    }
}

/// UTF-8 if that is what it is, windows-1252 otherwise.
pub(crate) fn guess(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        Err(_) => windows_1252(octets),
    }
}

/// Text declared as UTF-8. A message cut short, or damaged, keeps what is readable; one in which
/// not a single character above 127 is UTF-8 was mislabelled, and most often is windows-1252.
fn utf8_or_mislabelled(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let mut above = text.chars().filter(|character| !character.is_ascii());
    if std::str::from_utf8(octets).is_err()
        && above.all(|character| character == char::REPLACEMENT_CHARACTER)
    {
        return windows_1252(octets);
    }
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

fn windows_1252(octets: &[u8]) -> String {
    match charset_decoder(b"windows-1252") {
        Some(decoder) => decoder(octets),
        None => String::from_utf8_lossy(octets).into_owned(),
    }
}
