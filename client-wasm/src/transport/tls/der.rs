//! As much of DER ([X.690](https://www.itu.int/rec/T-REC-X.690)) as it takes to show a certificate. A
//! library for all of X.509 would make the module a tenth larger.

/// Tags of the universal class, and those by which certificates number their fields.
pub(super) mod tag {
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]`, constructed.
    pub(crate) const VERSION: u8 = 0xa0;
    /// `[3]`, constructed.
    pub(crate) const EXTENSIONS: u8 = 0xa3;
    /// `[2]` of a `GeneralName`.
    pub(crate) const DNS_NAME: u8 = 0x82;
    /// `[7]`, likewise.
    pub(crate) const IP_ADDRESS: u8 = 0x87;
}

/// A value with its tag.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Tag and length, too.
    pub(super) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside; it ends at the first octets that are none.
    pub(super) fn inside(self) -> Elements<'a> {
        Elements(self.content)
    }
}

/// Elements, one after the other.
#[derive(Clone)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Elements<'a> {
    /// The next one, if it has this tag. Any other is left where it is.
    pub(super) fn tagged(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = self.clone();
        let element = ahead.next().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let octets = self.0;
        let (tag, rest) = octets.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            // No certificate has lengths of more octets than these.
            0x81..=0x83 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let value = length
                    .iter()
                    .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
                (value, rest)
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        let whole = octets.get(..octets.len().checked_sub(after.len())?)?;
        self.0 = after;
        Some(Element {
            tag: *tag,
            content,
            whole,
        })
    }
}

/// Seconds from 1970 to a time as certificates write it
/// ([RFC 5280 section 4.1.2.5](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5)); 0 for those
/// before.
pub(super) fn seconds(time: Element<'_>) -> Option<u64> {
    let text = time.content.strip_suffix(b"Z")?;
    let mut pairs = text.chunks_exact(2).map(|pair| match pair {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(u64::from(tens - b'0') * 10 + u64::from(ones - b'0'))
        }
        _ => None,
    });
    let mut next = || pairs.next().flatten();
    let year = match (time.tag, text.len()) {
        (tag::UTC_TIME, 12) => match next()? {
            year @ 50.. => 1900 + year,
            year => 2000 + year,
        },
        (tag::GENERALIZED_TIME, 14) => next()? * 100 + next()?,
        _ => return None,
    };
    let (month, day) = (next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    // Years begin in March, so that the day of a leap year is their last.
    let (year, month) = match month {
        1..=2 => (year.checked_sub(1)?, month + 9),
        3..=12 => (year, month - 3),
        _ => return None,
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    /// From 1 March of the year 0 to 1970, and the day by which months begin with 1.
    const UNTIL_1970: u64 = 719_468 + 1;
    let days = days.saturating_sub(UNTIL_1970);
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}
