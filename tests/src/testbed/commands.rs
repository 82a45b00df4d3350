//! The commands that the binary `pop3-testbed` takes, one JSON object a line.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::TestBed;

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
    /// How many messages a mailbox holds.
    Count {
        user: String,
    },
    StopProxy {},
    StartProxy {},
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
                // All are read before the first is delivered: none or all.
                let decoded = messages.iter().map(|text| STANDARD.decode(text));
                let decoded: Vec<Vec<u8>> = decoded.collect::<Result<_, _>>()?;
                for message in &decoded {
                    mailboxes.deliver(&user, message)?;
                }
                Ok(json!({ "delivered": decoded.len() }))
            }
            Command::Count { user } => Ok(json!({ "count": mailboxes.count(&user)? })),
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
