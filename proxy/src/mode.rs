//! Who does TLS with the mail server in a session: this proxy, or the client through it.

use crate::close::Reason;
use crate::config::EndToEnd;

/// The parameter `tls` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The proxy, as the server's entry says. It sees the mail.
    Proxy,
    /// The client. The proxy carries what it cannot read, and does not try: not even whether it is
    /// TLS.
    EndToEnd,
}

impl Mode {
    /// Reads the parameter. A client that leaves it out knows of no other mode than the first.
    pub(crate) fn asked(parameter: Option<&str>) -> Option<Self> {
        match parameter {
            None | Some("proxy") => Some(Self::Proxy),
            Some("end-to-end") => Some(Self::EndToEnd),
            Some(_) => None,
        }
    }

    /// Holds the mode against what the configuration says.
    ///
    /// # Errors
    /// The reason for the client. Neither mode is ever taken for the other: who asks for one of them
    /// would do too much, or nothing, to protect the password.
    pub(crate) fn check(self, policy: EndToEnd) -> Result<(), Reason> {
        match (self, policy) {
            (Self::Proxy, EndToEnd::Required) => Err(Reason::EndToEndRequired),
            (Self::EndToEnd, EndToEnd::Forbidden) => Err(Reason::EndToEndForbidden),
            _ => Ok(()),
        }
    }

    /// The values of the parameter that pass, the one that shows the proxy less first.
    pub(crate) fn words(policy: EndToEnd) -> &'static [&'static str] {
        match policy {
            EndToEnd::Allowed => &["end-to-end", "proxy"],
            EndToEnd::Required => &["end-to-end"],
            EndToEnd::Forbidden => &["proxy"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mode;
    use crate::config::EndToEnd;

    #[test]
    fn what_is_listed_is_what_passes() {
        for policy in [EndToEnd::Allowed, EndToEnd::Required, EndToEnd::Forbidden] {
            let passes = ["end-to-end", "proxy"].into_iter().filter(|word| {
                let mode = Mode::asked(Some(word)).unwrap();
                mode.check(policy).is_ok()
            });
            assert_eq!(
                passes.collect::<Vec<_>>(),
                Mode::words(policy),
                "{policy:?}"
            );
        }
    }

    #[test]
    fn the_parameter_is_one_of_two_words_or_left_out() {
        assert_eq!(Mode::asked(None), Some(Mode::Proxy));
        for wrong in ["", "End-To-End", "end-to-end ", "none", "implicit"] {
            assert_eq!(Mode::asked(Some(wrong)), None, "{wrong:?}");
        }
    }
}
