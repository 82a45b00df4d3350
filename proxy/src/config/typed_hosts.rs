//! The policy for hosts that people type themselves, `[typed-hosts]`.

use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;

use super::end_to_end::EndToEnd;
use super::trust::network;
use super::values::CaFile;

/// Which hosts may be asked for that are not configured as servers. By default none.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TypedHosts {
    /// Whether there are any at all.
    pub enabled: bool,
    /// The domains that may be asked for, with what is below them; all where there are none.
    pub allow_domains: Vec<Domain>,
    /// The domains that may not, with what is below them. They win.
    pub deny_domains: Vec<Domain>,
    /// Networks that are public and not to be reached all the same, such as one's own.
    #[serde(deserialize_with = "networks")]
    pub deny_networks: Vec<IpNet>,
    /// A PEM file of authorities that replaces the platform's. A relative path counts from the
    /// configuration file's folder.
    #[serde(rename = "ca-file")]
    ca_path: Option<PathBuf>,
    /// The authorities read from `ca-file`.
    #[serde(skip)]
    pub ca: Option<CaFile>,
    /// Whether clients may do TLS with them themselves; [`TypedHosts::end_to_end`] says what `None`
    /// means.
    pub end_to_end: Option<EndToEnd>,
    /// Sessions with the same host and port at the same time.
    pub max_sessions_per_host: usize,
}

impl Default for TypedHosts {
    fn default() -> Self {
        Self {
            enabled: false,
            allow_domains: Vec::new(),
            deny_domains: Vec::new(),
            deny_networks: Vec::new(),
            ca_path: None,
            ca: None,
            end_to_end: None,
            max_sessions_per_host: 16,
        }
    }
}

impl TypedHosts {
    /// Whether clients may do TLS with them themselves. Where the key is missing they may, unless the
    /// proxy has authorities of its own for these hosts, which clients do not know.
    #[must_use]
    pub fn end_to_end(&self) -> EndToEnd {
        self.end_to_end.unwrap_or(match self.ca {
            None => EndToEnd::Allowed,
            Some(_) => EndToEnd::Forbidden,
        })
    }

    pub(super) fn read_ca_file(&mut self, folder: &Path) -> Result<(), String> {
        if let Some(path) = &self.ca_path {
            self.ca = Some(CaFile::read(&folder.join(path))?);
        }
        Ok(())
    }

    /// Whether the lists let this name be asked for; it is in lower case. An address is in no domain.
    pub(crate) fn lists_allow(&self, name: &str) -> bool {
        let listed = |list: &[Domain]| list.iter().any(|domain| domain.holds(name));
        let allowed = self.allow_domains.is_empty() || listed(&self.allow_domains);
        allowed && !listed(&self.deny_domains)
    }
}

/// A DNS domain: a name, and every name below it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Domain(String);

impl Domain {
    fn holds(&self, name: &str) -> bool {
        let above = name.strip_suffix(self.0.as_str());
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }
}

impl TryFrom<String> for Domain {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = text.to_ascii_lowercase();
        match rustls::pki_types::DnsName::try_from(name.as_str()) {
            Ok(_) if !name.ends_with('.') => Ok(Self(name)),
            _ => Err("expected a domain such as \"example.org\", without \"*.\" and in ASCII"),
        }
    }
}

fn networks<'de, D>(input: D) -> Result<Vec<IpNet>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let texts = Vec::<String>::deserialize(input)?;
    let networks = texts.iter().map(|text| {
        network(text).map_err(|e| serde::de::Error::custom(format_args!("{text:?}: {e}")))
    });
    networks.collect()
}
