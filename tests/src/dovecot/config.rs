//! Dovecot's configuration file, and the files that it names.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::token::Tokens;
use super::{FAULTS, Ports, Shown, address};
use crate::certificates::{Authorities, Fault};
use crate::mailbox::Owner;

/// Debian's `nobody`. Dovecot started by root refuses to touch mail as root.
const NOBODY: (u32, u32) = (65534, 65534);

pub(super) struct Configuration<'a> {
    /// Where everything lies.
    pub(super) folder: &'a Path,
    pub(super) ports: Ports,
    /// Whether Dovecot starts as root, and changes users for each of its processes.
    pub(super) root: bool,
    /// Names of SASL mechanisms as Dovecot has them, and `apop`.
    pub(super) mechanisms: &'a str,
    /// What it checks OAuth tokens by, without asking anybody.
    pub(super) tokens: &'a Tokens,
    /// What it shows in place of the authorities' certificates.
    pub(super) shown: Option<&'a Shown>,
}

/// Mechanisms that take a token instead of a password.
const FOR_TOKENS: [&str; 2] = ["xoauth2", "oauthbearer"];

impl Configuration<'_> {
    /// Who must own the mail; `None` is whoever runs the harness.
    pub(super) fn mail_owner(&self) -> Owner {
        self.root.then_some(NOBODY)
    }

    /// A greeting of this instance's own tells it from any other server on its port.
    pub(super) fn greeting(&self) -> String {
        let Ports { pop3, pop3s, .. } = self.ports;
        format!("Test server {}-{pop3}-{pop3s} ready", std::process::id())
    }

    /// Writes `dovecot.conf`, the certificates and `ca.pem`.
    /// `password` is that of the user `%u`.
    pub(super) fn write(&self, authorities: &Authorities, password: &str) -> Result<()> {
        let mut text = self.general();
        match self.shown {
            Some(shown) => text.push_str(&self.tls(shown)?),
            None => {
                for fault in FAULTS {
                    text.push_str(&self.certificate(authorities, fault)?);
                }
            }
        }
        text.push_str(&self.services(password)?);
        self.tokens.write_key(&self.folder.join("keys"))?;
        fs::write(self.folder.join("oauth2.conf"), self.oauth2())?;
        fs::write(self.folder.join("ca.pem"), authorities.trusted_pem())?;
        fs::write(self.folder.join("dovecot.conf"), text)?;
        Ok(())
    }

    fn general(&self) -> String {
        let folder = self.folder.display();
        let listen: Vec<String> = FAULTS.map(|fault| address(fault).to_string()).into();
        format!(
            "base_dir = {folder}/run\n\
             state_dir = {folder}/run\n\
             log_path = {folder}/dovecot.log\n\
             protocols = pop3\n\
             listen = {listen}\n\
             login_greeting = {greeting}\n\
             ssl = yes\n\
             disable_plaintext_auth = no\n\
             auth_mechanisms = {mechanisms}\n\
             # Wrong passwords are part of the tests and cost no waiting.\n\
             auth_failure_delay = 0\n\
             mail_max_userip_connections = 0\n\
             mail_location = maildir:~/Maildir\n\
             mail_fsync = never\n",
            listen = listen.join(", "),
            greeting = self.greeting(),
            mechanisms = self.mechanisms,
        )
    }

    /// How tokens are checked: by their signature, and against the name that the client gives.
    fn oauth2(&self) -> String {
        let folder = self.folder.display();
        format!(
            "introspection_mode = local\n\
             local_validation_key_dict = fs:posix:prefix={folder}/keys/\n\
             username_attribute = sub\n"
        )
    }

    /// The mechanisms that take a password, and those that take a token.
    fn mechanisms(&self) -> (String, String) {
        let (tokens, passwords): (Vec<&str>, Vec<&str>) = self
            .mechanisms
            .split_ascii_whitespace()
            .partition(|mechanism| FOR_TOKENS.contains(mechanism));
        (passwords.join(" "), tokens.join(" "))
    }

    /// The certificate with `fault` at the address that is for it.
    fn certificate(&self, authorities: &Authorities, fault: Fault) -> Result<String> {
        let address = address(fault);
        let certificate = authorities.issue(&address.to_string(), fault)?;
        let (pem, key) = (format!("{address}.pem"), format!("{address}.key"));
        fs::write(self.folder.join(&pem), certificate.pem())?;
        fs::write(self.folder.join(&key), certificate.key_pem())?;
        let folder = self.folder.display();
        let settings = format!("ssl_cert = <{folder}/{pem}\nssl_key = <{folder}/{key}\n");
        Ok(match fault {
            // Also the default, without which Dovecot offers no TLS.
            Fault::None => settings,
            _ => format!("local {address} {{\n{settings}}}\n"),
        })
    }

    /// One chain at all addresses. Dovecot has a setting for the oldest version of TLS alone; the
    /// newest is OpenSSL's own, for the whole process.
    fn tls(&self, shown: &Shown) -> Result<String> {
        let (chain, key) = (shown.chain.display(), shown.key.display());
        let mut text = format!("ssl_cert = <{chain}\nssl_key = <{key}\n");
        if let Some(version) = &shown.version {
            let file = self.folder.join("openssl.cnf");
            let limit = format!(
                "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = limit\n\
                 [limit]\nMaxProtocol = {version}\n"
            );
            fs::write(&file, limit)?;
            let file = file.display();
            writeln!(text, "ssl_min_protocol = {version}")?;
            writeln!(text, "import_environment = TZ OPENSSL_CONF={file}")?;
        }
        Ok(text)
    }

    fn services(&self, password: &str) -> Result<String> {
        let folder = self.folder.display();
        let Ports {
            pop3,
            pop3s,
            introduced,
            introduced_tls,
        } = self.ports;
        let (user, group) = match self.mail_owner() {
            Some((user, group)) => (user.to_string(), group.to_string()),
            None => (identity("-u")?, identity("-g")?),
        };
        let (for_passwords, for_tokens) = self.mechanisms();
        let mut text = format!(
            "first_valid_uid = 1\n\
             default_process_limit = 4096\n\
             default_client_limit = 8192\n\
             passdb {{\n driver = static\n args = password={{PLAIN}}{password}\n \
             mechanisms = {for_passwords}\n}}\n\
             userdb {{\n driver = static\n args = uid={user} gid={group} home={folder}/mail/%u\n}}\n\
             service pop3-login {{\n\
             \x20 # One process for many connections: the tests open hundreds.\n\
             \x20 service_count = 0\n\
             \x20 process_min_avail = 1\n\
             \x20 inet_listener pop3 {{\n   port = {pop3}\n  }}\n\
             \x20 inet_listener pop3s {{\n   port = {pop3s}\n   ssl = yes\n  }}\n\
             \x20 inet_listener introduced {{\n   port = {introduced}\n   haproxy = yes\n  }}\n\
             \x20 inet_listener introduced_tls {{\n   port = {introduced_tls}\n   haproxy = yes\n\
             \x20  ssl = yes\n  }}\n}}\n\
             haproxy_trusted_networks = 127.0.0.0/8\n\
             service anvil {{\n\
             \x20 # Without this socket there are no penalties for an address that fails to log in.\n\
             \x20 unix_listener anvil-auth-penalty {{\n   mode = 0\n  }}\n}}\n",
        );
        if !for_tokens.is_empty() {
            write!(
                text,
                "passdb {{\n driver = oauth2\n args = {folder}/oauth2.conf\n \
                 mechanisms = {for_tokens}\n}}\n",
            )?;
        }
        if !self.root {
            // An ordinary user can neither change users nor the root folder.
            let (user, group) = (identity("-un")?, identity("-gn")?);
            write!(
                text,
                "default_internal_user = {user}\n\
                 default_internal_group = {group}\n\
                 default_login_user = {user}\n\
                 service pop3-login {{\n  chroot =\n}}\n\
                 service anvil {{\n  chroot =\n}}\n",
            )?;
        }
        Ok(text)
    }
}

/// What `id` says about this process.
fn identity(option: &str) -> Result<String> {
    let output = Command::new("id")
        .arg(option)
        .output()
        .context("running id")?;
    ensure!(
        output.status.success(),
        "id {option} failed: Dovecot needs a user with a name"
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
