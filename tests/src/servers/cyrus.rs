//! Cyrus: the server of many universities and of large mail hosts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::unpacked::Unpacked;
use super::{Account, Delivery, Home, MailServer, free_port, start, wait_for_greeting};
use crate::STEP;
use crate::certificates::Authorities;
use crate::corpus::with_line_ends;
use crate::leash::Leash;

/// A running Cyrus. It ends when this is dropped, and with this process at the latest.
///
/// It offers USER and PASS, APOP, STLS, PIPELINING, and AUTH with PLAIN, LOGIN, CRAM-MD5,
/// SCRAM-SHA-1 and SCRAM-SHA-256. Mail goes in by LMTP, as it does in the field, so it gets a few
/// more header fields.
pub struct Cyrus {
    // Fields are dropped in this order: first the server ends, then its folder goes.
    _leash: Leash,
    home: Home,
    pop3: u16,
    lmtp: u16,
    passwords: BTreeMap<String, String>,
}

impl Cyrus {
    /// Starts a server with these users, and waits until it greets.
    ///
    /// # Errors
    /// One line that says what to do where it is missing; else why it did not start.
    pub fn start(authorities: &Authorities, users: &[&str]) -> Result<Self> {
        let unpacked = Unpacked::find()?;
        start(|| Self::attempt(&unpacked, authorities, users)).context("Cyrus")
    }

    fn attempt(unpacked: &Unpacked, authorities: &Authorities, users: &[&str]) -> Result<Self> {
        let home = Home::new("cyrus", authorities)?;
        let (pop3, lmtp) = (free_port()?, free_port()?);
        let realm = format!("test-{}-{pop3}", std::process::id());
        let plugins = unpacked.library("sasl2")?.into_os_string();
        let environment = [("SASL_PATH", plugins)];

        let mut passwords = BTreeMap::new();
        for user in users {
            let password = format!("{realm}-{user}");
            let mut program = unpacked.program("usr/sbin/saslpasswd2", &environment);
            // -p: from standard input, -c: a new user.
            program.args(["-p", "-c", "-u", &realm, "-f"]);
            tell(program.arg(home.path("sasldb")).arg(user), &password)?;
            passwords.insert((*user).to_owned(), password);
        }
        for folder in ["config", "spool"] {
            fs::create_dir(home.path(folder))?;
        }
        for name in ["config", "spool", "sasldb", "server.key"] {
            home.give_away(name)?;
        }
        fs::write(home.path("imapd.conf"), settings(&home, &realm)?)?;
        fs::write(
            home.path("cyrus.conf"),
            services(&home, unpacked, pop3, lmtp),
        )?;

        let mut master = unpacked.program("usr/lib/cyrus/bin/master", &environment);
        // -D: in the foreground.
        master.arg("-D");
        for (option, file) in [("-C", "imapd.conf"), ("-M", "cyrus.conf"), ("-p", "pid")] {
            master.arg(option).arg(home.path(file));
        }
        let mut leash = Leash::start(&master, home.folder.path())?;
        wait_for_greeting(&mut leash, pop3, &realm, home.folder.path())?;
        Ok(Self {
            _leash: leash,
            home,
            pop3,
            lmtp,
            passwords,
        })
    }
}

/// `imapd.conf`.
fn settings(home: &Home, realm: &str) -> Result<String> {
    let folder = home.folder.path().display();
    let (user, group) = if home.root {
        ("nobody".to_owned(), "nogroup".to_owned())
    } else {
        (identity("-un")?, identity("-gn")?)
    };
    Ok(format!(
        "servername: {realm}\n\
         configdirectory: {folder}/config\n\
         defaultpartition: default\n\
         partition-default: {folder}/spool\n\
         cyrus_user: {user}\n\
         cyrus_group: {group}\n\
         sasl_pwcheck_method: auxprop\n\
         sasl_auxprop_plugin: sasldb\n\
         sasl_sasldb_path: {folder}/sasldb\n\
         sasl_mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256\n\
         allowplaintext: yes\n\
         allowapop: yes\n\
         tls_server_cert: {folder}/server.pem\n\
         tls_server_key: {folder}/server.key\n\
         # Wrong passwords are part of the tests and cost no waiting.\n\
         failedloginpause: 0s\n\
         # Mailboxes come into being with their first message or session.\n\
         autocreate_quota: 0\n\
         autocreate_post: yes\n\
         duplicatesuppression: no\n",
    ))
}

/// `cyrus.conf`.
fn services(home: &Home, unpacked: &Unpacked, pop3: u16, lmtp: u16) -> String {
    let settings = home.path("imapd.conf");
    let service = |name: &str, program: &str, port: u16| {
        let program = unpacked.path("usr/lib/cyrus/bin").join(program);
        format!(
            "  {name} cmd=\"{program} -C {settings}\" listen=\"127.0.0.1:{port}\" prefork=0\n",
            program = program.display(),
            settings = settings.display(),
        )
    };
    format!(
        "START {{\n}}\nSERVICES {{\n{}{}}}\nEVENTS {{\n}}\n",
        service("pop3", "pop3d", pop3),
        // -a: whoever connects may deliver.
        service("lmtp", "lmtpd -a", lmtp),
    )
}

/// Runs a program that reads one line.
fn tell(program: &mut Command, line: &str) -> Result<()> {
    let mut child = program.stdin(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    stdin.write_all(line.as_bytes())?;
    drop(stdin);
    let status = child.wait()?;
    ensure!(status.success(), "{program:?}: {status}");
    Ok(())
}

/// What `id` says about this process.
fn identity(option: &str) -> Result<String> {
    let output = Command::new("id").arg(option).output()?;
    ensure!(output.status.success(), "id {option} failed");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl MailServer for Cyrus {
    fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.pop3).into()
    }

    fn account(&self, user: &str) -> Result<Account> {
        let password = self.passwords.get(user).context("no such user")?;
        Ok(Account {
            name: user.to_owned(),
            password: password.clone(),
        })
    }

    /// By LMTP ([RFC 2033](https://www.rfc-editor.org/rfc/rfc2033)).
    fn deliver(&self, user: &str, message: &[u8]) -> Result<Delivery> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.lmtp))?;
        stream.set_read_timeout(Some(STEP))?;
        let mut lmtp = Lmtp(BufReader::new(stream));
        lmtp.expect(220)?;
        for (line, code) in [
            ("LHLO tests.example", 250),
            ("MAIL FROM:<sender@tests.example>", 250),
            (&format!("RCPT TO:<{user}>"), 250),
            ("DATA", 354),
        ] {
            lmtp.say(line)?;
            lmtp.expect(code)?;
        }
        let mut stuffed = Vec::with_capacity(message.len() + 64);
        for line in with_line_ends(message, b"\r\n").split_inclusive(|octet| *octet == b'\n') {
            if line.starts_with(b".") {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        lmtp.0.get_mut().write_all(&stuffed)?;
        lmtp.say(".")?;
        let delivery = match lmtp.answer()? {
            250 => Delivery::Stored,
            554 => Delivery::Refused,
            code => bail!("LMTP: {code} to the message"),
        };
        lmtp.say("QUIT")?;
        lmtp.expect(221)?;
        Ok(delivery)
    }

    fn ca_file(&self) -> PathBuf {
        self.home.path("ca.pem")
    }

    fn log(&self) -> String {
        self.home.log()
    }
}

struct Lmtp(BufReader<TcpStream>);

impl Lmtp {
    fn say(&mut self, line: &str) -> Result<()> {
        Ok(self
            .0
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())?)
    }

    /// The code of the server's answer, which may have several lines.
    fn answer(&mut self) -> Result<u16> {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            let (code, rest) = line.split_at_checked(3).context("LMTP: cut off")?;
            if !rest.starts_with('-') {
                return code.parse().with_context(|| format!("LMTP: {line}"));
            }
        }
    }

    fn expect(&mut self, code: u16) -> Result<()> {
        let answer = self.answer()?;
        ensure!(answer == code, "LMTP: {answer} where {code} was expected");
        Ok(())
    }
}
