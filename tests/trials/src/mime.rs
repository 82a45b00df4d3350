//! A message. An input whose first line is `repeat N` is a recipe for a large one: what follows is
//! cut at each octet 0x1E into what comes once, what comes N times, and what comes once after it.

use pop3_mail::{Header, Message, body, encoding_rs, envelope, header as header_of, limits, parse};

/// Octets of a message that a recipe makes. Were anything quadratic in them, it would take minutes.
const LARGEST: usize = 512 << 10;

/// What a message may come to, for each octet of it: a header is kept as it is, decoded, and taken
/// apart into addresses; an octet of an 8-bit charset may become three; and `&` becomes `&amp;`.
const MOST_OUTPUT: usize = 32;

/// The same for the memory that it takes at once.
#[cfg(not(target_family = "wasm"))]
const MOST_MEMORY: u64 = 128;

/// What the smallest message may take.
const FIXED: usize = 64 << 10;

/// The fuzz target.
///
/// # Panics
/// When a message comes out that must not, or takes more memory than its size allows.
pub fn trial(input: &[u8]) {
    let octets = cooked(input);
    #[cfg(not(target_family = "wasm"))]
    {
        let used = allocation_counter::measure(|| {
            check(&parse(&octets), &header_of(&octets, encoding_rs), &octets)
        });
        let most = MOST_MEMORY * octets.len() as u64 + FIXED as u64;
        assert!(
            used.bytes_max <= most,
            "{} octets held for {}",
            used.bytes_max,
            octets.len()
        );
    }
    #[cfg(target_family = "wasm")]
    check(&parse(&octets), &header_of(&octets, encoding_rs), &octets);
    check_pieces(&octets);
    let top = header(&octets);
    check(&parse(top), &header_of(top, encoding_rs), &octets);
}

/// What TOP gives.
fn header(octets: &[u8]) -> &[u8] {
    let blank = |end: &[u8]| octets.windows(end.len()).position(|window| window == end);
    let end = blank(b"\n\r\n")
        .map(|at| at + 3)
        .into_iter()
        .chain(blank(b"\n\n").map(|at| at + 2));
    octets
        .get(..end.min().unwrap_or(octets.len()))
        .unwrap_or(octets)
}

/// What is read of a message in pieces is what is read of it at once.
fn check_pieces(octets: &[u8]) {
    let whole = parse(octets);
    let body = body(octets, encoding_rs);
    let pieces = Message {
        report: body.report,
        plain: body.plain,
        html: body.html,
        attachments: body.attachments,
        ..envelope(octets, encoding_rs)
    };
    assert!(pieces == whole, "the header by itself says something else");
    assert!(whole.html.is_none() || whole.may_have_html);
    assert_eq!(whole.report.is_some(), whole.has_report);
}

/// What holds of every message, whatever octets it was made from.
///
/// # Panics
/// When it does not.
pub fn check(message: &Message<'_>, header: &Header, octets: &[u8]) {
    let mut output = 0;
    for field in &header.headers {
        let sent = octets.get(field.start..field.end);
        assert!(sent.is_some_and(|sent| sent.starts_with(field.name.as_bytes())));
    }
    assert!(message.attachments.len() <= limits::MAX_ATTACHMENTS);
    for attachment in &message.attachments {
        let size = attachment.content().len();
        assert!(size <= octets.len(), "more octets than there were");
        assert!(attachment.media_type.contains('/'));
        if let Some(name) = &attachment.name {
            assert!(!name.is_empty() && !name.contains(['/', '\\', '\n', '\0', '\u{202e}']));
            assert!(name.chars().count() <= limits::MAX_NAME_CHARS);
        }
        output += size + attachment.media_type.len();
    }
    assert!(header.headers.len() <= limits::MAX_FIELDS);
    for field in &header.headers {
        assert!(!field.name.is_empty());
        assert!(
            !field.value.contains(['\r', '\n', '\0']),
            "a value is one line"
        );
        output += field.name.len() + field.value.len();
    }
    if let Some(subject) = &message.subject {
        assert!(!subject.is_empty() && !subject.contains(['\r', '\n']));
        output += subject.len();
    }
    for list in [&message.from, &message.to, &message.cc, &message.reply_to] {
        let texts = list
            .iter()
            .map(|mailbox| (mailbox.name.as_deref(), &mailbox.address));
        output += texts
            .map(|(name, address)| name.map_or(0, str::len) + address.len())
            .sum::<usize>();
    }
    let text = message.text();
    let bodies = [&text, &message.html];
    output += bodies.into_iter().flatten().map(String::len).sum::<usize>();
    let most = MOST_OUTPUT * octets.len() + FIXED;
    assert!(output <= most, "{output} octets came of {}", octets.len());
}

fn cooked(input: &[u8]) -> Vec<u8> {
    recipe(input).unwrap_or_else(|| input.to_vec())
}

fn recipe(input: &[u8]) -> Option<Vec<u8>> {
    let rest = input.strip_prefix(b"repeat ")?;
    let end = rest.iter().position(|octet| *octet == b'\n')?;
    let (times, rest) = rest.split_at_checked(end)?;
    let times: usize = std::str::from_utf8(times).ok()?.parse().ok()?;
    let mut parts = rest.get(1..)?.splitn(3, |octet| *octet == 0x1e);
    let (before, piece, after) = (parts.next()?, parts.next()?, parts.next()?);
    let most = LARGEST.checked_sub(before.len() + after.len())? / piece.len().max(1);
    Some([before, &piece.repeat(times.min(most)), after].concat())
}
