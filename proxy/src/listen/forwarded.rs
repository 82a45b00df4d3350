//! The header `Forwarded` ([RFC 7239]), as strictly as its grammar is. The crates for it split at
//! commas inside of quotes, or reject parameters that they do not know.
//!
//! [RFC 7239]: https://www.rfc-editor.org/rfc/rfc7239

use std::net::{IpAddr, SocketAddr};

/// An address as proxies write it: with or without port, IPv6 with or without brackets. The port is
/// 0 where there is none.
pub(super) fn address(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address);
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let ip: IpAddr = bare.parse().ok()?;
    Some(SocketAddr::new(ip, 0))
}

/// The `for` of each element of one line, from left to right: `None` for an element that has none,
/// or an identifier that is no address (sections 6.2 and 6.3). Altogether `None` where the line is
/// not one of section 4.
pub(super) fn parse(line: &str) -> Option<Vec<Option<SocketAddr>>> {
    let mut elements = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        // A list may have empty elements (RFC 9110 section 5.6.1).
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return Some(elements);
        }
        let (client, after) = element(rest)?;
        elements.push(client);
        rest = after;
    }
}

/// One element: pairs with semicolons between. Gives what follows it, a comma or nothing.
fn element(mut rest: &str) -> Option<(Option<SocketAddr>, &str)> {
    let mut client = None;
    let mut met = false;
    loop {
        let (name, after) = token(rest)?;
        let (value, after) = value(after.strip_prefix('=')?)?;
        if name.eq_ignore_ascii_case("for") {
            // No parameter may come twice: whom would one believe?
            if met {
                return None;
            }
            met = true;
            client = address(&value);
        }
        rest = after.trim_start_matches([' ', '\t']);
        match rest.strip_prefix(';') {
            Some(after) => rest = after.trim_start_matches([' ', '\t']),
            None if rest.is_empty() || rest.starts_with(',') => return Some((client, rest)),
            None => return None,
        }
    }
}

/// A token (RFC 9110 section 5.6.2), and what follows it.
fn token(text: &str) -> Option<(&str, &str)> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !allowed(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A value: a token, or a quoted string (RFC 9110 section 5.6.4), and what follows it. A port or
/// IPv6 without the quotes that they need is let pass, as several proxies send it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ';', ' ', '\t', '"']).unwrap_or(text.len());
        return (end > 0).then(|| {
            let (value, after) = text.split_at(end);
            (value.to_owned(), after)
        });
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Vec<String>> {
        let shown = |hop: Option<SocketAddr>| hop.map_or("-".to_owned(), |hop| hop.to_string());
        Some(parse(line)?.into_iter().map(shown).collect())
    }

    #[test]
    fn elements_are_read_as_rfc_7239_writes_them() {
        for (line, expected) in [
            (
                "for=192.0.2.60;proto=http;by=203.0.113.43",
                &["192.0.2.60:0"][..],
            ),
            (
                "For=\"[2001:db8:cafe::17]:4711\"",
                &["[2001:db8:cafe::17]:4711"],
            ),
            ("for=\"_gazonk\"", &["-"]),
            ("for=unknown", &["-"]),
            ("proto=https", &["-"]),
            (
                "for=192.0.2.43, for=198.51.100.17",
                &["192.0.2.43:0", "198.51.100.17:0"],
            ),
            (
                "for=192.0.2.43,for=\"[::1]\" ; ext=\"a,b;c\\\"\"",
                &["192.0.2.43:0", "[::1]:0"],
            ),
            ("for=192.0.2.43:80", &["192.0.2.43:80"]),
            (", ,for=192.0.2.43,", &["192.0.2.43:0"]),
            ("", &[]),
        ] {
            let expected = expected.iter().map(|&hop| hop.to_owned()).collect();
            assert_eq!(parsed(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn what_is_not_in_the_grammar_is_not_guessed_at() {
        for line in [
            "192.0.2.43",
            "for",
            "for=",
            "=192.0.2.43",
            "for =192.0.2.43",
            "for=\"192.0.2.43",
            "for=\"192.0.2.43\\",
            "for=\"192.0.2.43\"x",
            "for=192.0.2.43 for=192.0.2.44",
            "for=192.0.2.43;for=192.0.2.44",
            "for=192.0.2.43;",
            "for=192.0.2.43\"",
        ] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}
