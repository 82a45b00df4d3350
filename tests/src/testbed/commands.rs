//! The commands that the binary `pop3-testbed` takes, one JSON object a line.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::TestBed;
use crate::certificates::{Authorities, Fault};
use crate::dovecot::{Dovecot, Shown};
use crate::proxy::Hop;
use crate::relay::Relay;
use crate::servers::{Cyrus, Delivery, MailServer, Mailutils};

/// How long tokens are good: longer than any test.
const TOKEN_LIFE: Duration = Duration::from_secs(3_600);

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Command {
    /// A fresh user with an empty mailbox.
    Mailbox {
        user: String,
    },
    /// New mail: whole messages in Base64.
    Deliver {
        user: String,
        messages: Vec<String>,
    },
    /// A server of another family, with one user and these messages.
    Family {
        name: Family,
        user: String,
        messages: Vec<String>,
    },
    /// Another Dovecot, with a chain of the test's own, and one user with these messages. With a
    /// name the proxy, which starts anew, carries TLS to it as the server of that name, and as
    /// `name-starttls`.
    Dovecot {
        name: Option<String>,
        chain: PathBuf,
        key: PathBuf,
        version: Option<String>,
        user: String,
        messages: Vec<String>,
    },
    /// How many messages a mailbox holds.
    Count {
        user: String,
    },
    /// A way to this port of the loopback interface with a round trip of so many milliseconds.
    Relay {
        port: u16,
        round_trip: u64,
    },
    StopProxy {},
    StartProxy {},
}

/// A server other than Dovecot, by its name.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Family {
    Cyrus,
    Mailutils,
}

impl Family {
    fn start(&self, user: &str) -> Result<Box<dyn MailServer + Send>> {
        let authorities = Authorities::generate()?;
        Ok(match self {
            Self::Cyrus => Box::new(Cyrus::start(&authorities, &[user])?),
            Self::Mailutils => Box::new(Mailutils::start(&authorities, &[user])?),
        })
    }
}

/// Whole messages, or none.
fn decoded(messages: &[String]) -> Result<Vec<Vec<u8>>> {
    let decoded = messages.iter().map(|text| STANDARD.decode(text));
    Ok(decoded.collect::<Result<_, _>>()?)
}

impl TestBed {
    /// Obeys one line, and answers with an object; a command that fails with
    /// `{"error":"why"}`.
    pub async fn obey(&mut self, line: &str) -> Value {
        match self.carry_out(line).await {
            Ok(answer) => answer,
            Err(error) => json!({ "error": format!("{error:#}") }),
        }
    }

    async fn carry_out(&mut self, line: &str) -> Result<Value> {
        let command = serde_json::from_str(line).context("no command")?;
        let mailboxes = self.dovecot.mailboxes();
        match command {
            Command::Mailbox { user } => {
                let password = mailboxes.create(&user)?;
                Ok(json!({ "user": user, "password": password }))
            }
            Command::Deliver { user, messages } => {
                let messages = decoded(&messages)?;
                for message in &messages {
                    mailboxes.deliver(&user, message)?;
                }
                Ok(json!({ "delivered": messages.len() }))
            }
            Command::Family {
                name,
                user,
                messages,
            } => {
                let messages = decoded(&messages)?;
                let server = tokio::task::block_in_place(|| name.start(&user))?;
                for message in &messages {
                    ensure!(
                        server.deliver(&user, message)? == Delivery::Stored,
                        "the server does not take this message"
                    );
                }
                let account = server.account(&user)?;
                let port = server.address().port();
                self.families.push(server);
                Ok(json!({ "user": account.name, "password": account.password, "port": port }))
            }
            Command::Dovecot {
                name,
                chain,
                key,
                version,
                user,
                messages,
            } => {
                let shown = Shown {
                    chain,
                    key,
                    version,
                };
                let dovecot = tokio::task::block_in_place(|| Dovecot::start_showing(&shown))?;
                let password = dovecot.mailboxes().create(&user)?;
                for message in &decoded(&messages)? {
                    dovecot.mailboxes().deliver(&user, message)?;
                }
                let ports =
                    [Dovecot::pop3, Dovecot::pop3s].map(|at| at(&dovecot, Fault::None).port());
                let [pop3, pop3s] = ports;
                if let Some(name) = name {
                    let stls = format!("{name}-starttls");
                    let [implicit, starttls] = ["implicit", "starttls"].map(Hop::EndToEnd);
                    self.setup = std::mem::take(&mut self.setup)
                        .server(&name, dovecot.pop3s(Fault::None), implicit)
                        .server(&stls, dovecot.pop3(Fault::None), starttls);
                    self.stop_proxy().await?;
                    self.start_proxy().await?;
                }
                let token = dovecot.token(&user, SystemTime::now() + TOKEN_LIFE)?;
                self.shown.push(dovecot);
                Ok(json!({
                    "user": user,
                    "password": password,
                    "token": token,
                    "pop3": pop3,
                    "pop3s": pop3s,
                }))
            }
            Command::Count { user } => Ok(json!({ "count": mailboxes.count(&user)? })),
            Command::Relay { port, round_trip } => {
                let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                let relay = Relay::start(server, Duration::from_millis(round_trip)).await?;
                let port = relay.address().port();
                self.relays.push(relay);
                Ok(json!({ "port": port }))
            }
            Command::StopProxy {} => {
                self.stop_proxy().await?;
                Ok(json!({ "ok": true }))
            }
            Command::StartProxy {} => {
                self.start_proxy().await?;
                Ok(json!({ "ok": true }))
            }
        }
    }
}
