//! Commands as a client writes them: one line, a keyword, and arguments.

/// A command with its arguments, from one line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Capa,
    Dele(Number),
    List(Option<Number>),
    Noop,
    /// Everything after the first space, since a password may hold spaces.
    Pass(Password<'a>),
    Quit,
    Retr(Number),
    Rset,
    Stat,
    /// The message, and how many lines of its body.
    Top(Number, usize),
    Uidl(Option<Number>),
    User(&'a [u8]),
}

/// A message number as it was sent, from 1; whether there is such a message is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(pub(super) usize);

/// A password, which `Debug` does not show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Password<'a>(pub(super) &'a [u8]);

impl std::fmt::Debug for Password<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// The keyword is none of this server's.
    Unknown,
    /// Too many arguments, too few, or one that is not a number.
    Arguments,
}

impl<'a> Command<'a> {
    /// Reads a line. Keywords are compared without regard to case.
    pub(super) fn parse(line: &'a [u8]) -> Result<Self, Mistake> {
        let (keyword, rest) = match line.iter().position(|&octet| octet == b' ') {
            Some(space) => (line.get(..space), line.get(space + 1..)),
            None => (Some(line), None),
        };
        let keyword = keyword.unwrap_or_default().to_ascii_uppercase();
        let no_argument = |command| match rest {
            None => Ok(command),
            Some(rest) if rest.trim_ascii().is_empty() => Ok(command),
            Some(_) => Err(Mistake::Arguments),
        };
        match keyword.as_slice() {
            b"CAPA" => no_argument(Self::Capa),
            b"NOOP" => no_argument(Self::Noop),
            b"QUIT" => no_argument(Self::Quit),
            b"RSET" => no_argument(Self::Rset),
            b"STAT" => no_argument(Self::Stat),
            b"DELE" => Ok(Self::Dele(Number(only_number(rest)?))),
            b"RETR" => Ok(Self::Retr(Number(only_number(rest)?))),
            b"LIST" => Ok(Self::List(perhaps_number(rest)?)),
            b"UIDL" => Ok(Self::Uidl(perhaps_number(rest)?)),
            b"TOP" => {
                let [message, lines] = words(rest)?;
                Ok(Self::Top(Number(number(message)?), number(lines)?))
            }
            b"USER" => {
                let [name] = words(rest)?;
                Ok(Self::User(name))
            }
            b"PASS" => Ok(Self::Pass(Password(rest.ok_or(Mistake::Arguments)?))),
            _ => Err(Mistake::Unknown),
        }
    }
}

/// Exactly `N` words.
fn words<const N: usize>(rest: Option<&[u8]>) -> Result<[&[u8]; N], Mistake> {
    let mut words = rest
        .unwrap_or_default()
        .split(|&octet| octet == b' ')
        .filter(|w| !w.is_empty());
    let mut found = [&[][..]; N];
    for place in &mut found {
        *place = words.next().ok_or(Mistake::Arguments)?;
    }
    match words.next() {
        None => Ok(found),
        Some(_) => Err(Mistake::Arguments),
    }
}

fn only_number(rest: Option<&[u8]>) -> Result<usize, Mistake> {
    let [word] = words(rest)?;
    number(word)
}

fn perhaps_number(rest: Option<&[u8]>) -> Result<Option<Number>, Mistake> {
    match rest {
        Some(rest) if !rest.trim_ascii().is_empty() => Ok(Some(Number(only_number(Some(rest))?))),
        _ => Ok(None),
    }
}

/// Digits and nothing else: no sign, as `parse` alone would allow.
fn number(word: &[u8]) -> Result<usize, Mistake> {
    if !word.iter().all(u8::is_ascii_digit) {
        return Err(Mistake::Arguments);
    }
    let word = std::str::from_utf8(word).map_err(|_| Mistake::Arguments)?;
    word.parse().map_err(|_| Mistake::Arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_commands() {
        let table: &[(&[u8], Command<'_>)] = &[
            (b"CAPA", Command::Capa),
            (b"noop", Command::Noop),
            (b"Quit ", Command::Quit),
            (b"RSET", Command::Rset),
            (b"sTaT", Command::Stat),
            (b"DELE 7", Command::Dele(Number(7))),
            (b"RETR  007", Command::Retr(Number(7))),
            (b"LIST", Command::List(None)),
            (b"LIST ", Command::List(None)),
            (b"LIST 0", Command::List(Some(Number(0)))),
            (b"UIDL", Command::Uidl(None)),
            (b"UIDL 40 ", Command::Uidl(Some(Number(40)))),
            (b"TOP 3 0", Command::Top(Number(3), 0)),
            (b"USER demo", Command::User(b"demo")),
            (b"PASS demo", Command::Pass(Password(b"demo"))),
            (
                b"PASS  two spaces ",
                Command::Pass(Password(b" two spaces ")),
            ),
            (b"PASS ", Command::Pass(Password(b""))),
        ];
        for (line, command) in table {
            assert_eq!(
                Command::parse(line).as_ref(),
                Ok(command),
                "{}",
                line.escape_ascii()
            );
        }
    }

    #[test]
    fn lines_that_are_not() {
        let table: &[(&[u8], Mistake)] = &[
            (b"", Mistake::Unknown),
            (b" STAT", Mistake::Unknown),
            (b"STAT\0", Mistake::Unknown),
            (b"RETR\t1", Mistake::Unknown),
            (b"\xff\xfe", Mistake::Unknown),
            (b"APOP demo 0123456789abcdef", Mistake::Unknown),
            (b"STAT 1", Mistake::Arguments),
            (b"QUIT now", Mistake::Arguments),
            (b"RETR", Mistake::Arguments),
            (b"RETR one", Mistake::Arguments),
            (b"RETR +1", Mistake::Arguments),
            (b"RETR -1", Mistake::Arguments),
            (b"RETR 1 2", Mistake::Arguments),
            (b"RETR \xd9\xa1", Mistake::Arguments),
            (b"DELE 99999999999999999999999999", Mistake::Arguments),
            (b"TOP 1", Mistake::Arguments),
            (b"TOP 1 2 3", Mistake::Arguments),
            (b"USER", Mistake::Arguments),
            (b"USER two words", Mistake::Arguments),
            (b"PASS", Mistake::Arguments),
        ];
        for (line, mistake) in table {
            assert_eq!(
                Command::parse(line),
                Err(*mistake),
                "{}",
                line.escape_ascii()
            );
        }
    }

    #[test]
    fn debug_output_has_no_password() {
        let shown = format!("{:?}", Command::parse(b"PASS wishbone"));
        assert_eq!(shown, "Ok(Pass(Password(..)))");
    }
}
