//! GNU Mailutils' POP3 server, over Maildirs.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::unpacked::Unpacked;
use super::wait_for_greeting;
use super::{Account, Delivery, Home, MailServer, free_port, start};
use crate::certificates::Authorities;
use crate::corpus::with_line_ends;
use crate::leash::Leash;
use crate::mailbox::Mailboxes;

/// Its users are none of the system's, and so have a domain.
const DOMAIN: &str = "tests.example";

/// A running `pop3d`. It ends when this is dropped, and with this process at the latest.
///
/// It offers USER and PASS, APOP, STLS and PIPELINING. It adds a field `X-UIDL` to the messages
/// that it has given an id.
pub struct Mailutils {
    // Fields are dropped in this order: first the server ends, then its folder goes.
    _leash: Leash,
    home: Home,
    pop3: u16,
    mailboxes: Mailboxes,
    users: Vec<String>,
}

impl Mailutils {
    /// Starts a server with these users, and waits until it greets.
    ///
    /// # Errors
    /// One line that says what to do where it is missing; else why it did not start.
    pub fn start(authorities: &Authorities, users: &[&str]) -> Result<Self> {
        let unpacked = Unpacked::find()?;
        start(|| Self::attempt(&unpacked, authorities, users)).context("GNU Mailutils")
    }

    fn attempt(unpacked: &Unpacked, authorities: &Authorities, users: &[&str]) -> Result<Self> {
        let home = Home::new("mailutils", authorities)?;
        let pop3 = free_port()?;
        // It serves mail as whoever starts it.
        let mailboxes = Mailboxes::new(home.path("mail"), None)?;
        for folder in ["domains", "locks"] {
            fs::create_dir(home.path(folder))?;
        }
        let owner = fs::metadata(home.path("locks"))?;
        let (uid, gid) = (owner.uid(), owner.gid());

        let mut accounts = String::new();
        for user in users {
            let password = mailboxes.create(user)?;
            let mail = home.path("mail").join(user);
            symlink(mail.join("Maildir"), mail.join("INBOX"))?;
            writeln!(
                accounts,
                "{user}:{hash}:{uid}:{gid}::{mail}:/bin/sh",
                hash = hashed(&password)?,
                mail = mail.display(),
            )?;
            let mut popauth = unpacked.program("usr/bin/popauth", &[]);
            popauth.arg("--add").arg("--file").arg(home.path("apop.db"));
            popauth.args(["--user", &format!("{user}@{DOMAIN}")]);
            let status = popauth.args(["--password", &password]).status()?;
            ensure!(status.success(), "popauth: {status}");
        }
        fs::write(home.path("domains").join(DOMAIN), accounts)?;
        // It takes on the group `mail` when it starts. For all but root, that must be its own.
        fs::write(
            home.path("passwd"),
            format!("tests:x:{uid}:{gid}::/:/bin/sh\n"),
        )?;
        fs::write(home.path("group"), format!("mail:x:{gid}:\n"))?;
        fs::write(home.path("pop3d.conf"), settings(&home, pop3, uid))?;

        let variables = [
            (
                "LD_PRELOAD",
                unpacked.library("libnss_wrapper.so")?.into_os_string(),
            ),
            ("NSS_WRAPPER_PASSWD", home.path("passwd").into_os_string()),
            ("NSS_WRAPPER_GROUP", home.path("group").into_os_string()),
        ];
        let mut pop3d = unpacked.program("usr/sbin/pop3d", &variables);
        pop3d.arg("--config-file").arg(home.path("pop3d.conf"));
        let mut leash = Leash::start(&pop3d, home.folder.path())?;
        wait_for_greeting(&mut leash, pop3, "POP3 Ready", home.folder.path())?;
        Ok(Self {
            _leash: leash,
            home,
            pop3,
            mailboxes,
            users: users.iter().map(|user| (*user).to_owned()).collect(),
        })
    }
}

fn settings(home: &Home, pop3: u16, uid: u32) -> String {
    let folder = home.folder.path().display();
    format!(
        "mode daemon;\n\
         foreground yes;\n\
         max-children 100;\n\
         logging {{ syslog no; }};\n\
         tcp-wrappers {{ enable no; }};\n\
         server 127.0.0.1:{pop3} {{\n\
         \x20 tls-mode ondemand;\n\
         \x20 tls {{\n\
         \x20   ssl-certificate-file \"{folder}/server.pem\";\n\
         \x20   ssl-key-file \"{folder}/server.key\";\n\
         \x20 }};\n\
         }};\n\
         virtdomain {{ passwd-dir \"{folder}/domains\"; }};\n\
         auth {{\n\
         \x20 authentication clear;\n\
         \x20 authentication generic;\n\
         \x20 authorization clear;\n\
         \x20 authorization virtdomain;\n\
         }};\n\
         apop-database-file \"{folder}/apop.db\";\n\
         apop-database-owner {uid};\n\
         mandatory-locking {{ enable yes; lock-directory \"{folder}/locks\"; }};\n",
    )
}

/// A password as a file of accounts has it.
fn hashed(password: &str) -> Result<String> {
    // Every Debian has Perl, and Perl has crypt(3).
    let output = Command::new("perl")
        .args(["-e", "print crypt($ARGV[0], '$5$tests$')", password])
        .output()
        .context("perl")?;
    ensure!(output.status.success(), "perl: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

impl MailServer for Mailutils {
    fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.pop3).into()
    }

    fn account(&self, user: &str) -> Result<Account> {
        ensure!(self.users.iter().any(|known| known == user), "no such user");
        Ok(Account {
            name: format!("{user}@{DOMAIN}"),
            password: self.mailboxes.password(user),
        })
    }

    /// As Unix has mail in files, with bare line feeds.
    fn deliver(&self, user: &str, message: &[u8]) -> Result<Delivery> {
        self.mailboxes
            .deliver(user, &with_line_ends(message, b"\n"))?;
        Ok(Delivery::Stored)
    }

    fn ca_file(&self) -> PathBuf {
        self.home.path("ca.pem")
    }

    fn log(&self) -> String {
        self.home.log()
    }
}
