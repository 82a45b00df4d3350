//! Many sessions at the same time.

use std::sync::Arc;

use anyhow::{Context, Result};
use pop3_tests::dovecot::Dovecot;
use pop3_tests::proxy::Setup;
use pop3_tests::upstream::message;
use pop3_tests::within;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const SESSIONS: usize = 200;
const USERS: usize = 10;

/// Two hundred sessions with a real server, over every kind of hop, all of them open at once; each
/// gets its own user's mail and no other's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sessions_at_once() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let mut users = Vec::new();
    for number in 0..USERS {
        let user = format!("many-{number}");
        let password = dovecot.mailboxes().create(&user)?;
        // Each user's mail has a size of its own.
        let mail = message(20_000 + number * 1_000);
        dovecot.mailboxes().deliver(&user, &mail)?;
        users.push((user, password, mail));
    }
    let setup = Setup::new()
        .option("max-sessions", &SESSIONS.to_string())
        .dovecot(dovecot);
    let proxy = setup.start().await?;

    let all_open = Arc::new(Barrier::new(SESSIONS));
    let mut sessions = JoinSet::new();
    let hops = ["plain", "starttls", "implicit"].into_iter().cycle();
    for (hop, (user, password, mail)) in hops.zip(users.into_iter().cycle()).take(SESSIONS) {
        let (dial, all_open) = (proxy.dial(hop), Arc::clone(&all_open));
        sessions.spawn(async move {
            let (mut tunnel, _) = dial.session().await?;
            tunnel.log_in(&user, &password).await?;
            within("all sessions to open", async {
                Ok::<_, anyhow::Error>(all_open.wait().await)
            })
            .await?;
            let got = tunnel.multiline("RETR 1").await?;
            anyhow::ensure!(
                got == mail,
                "{user} got {} octets of {}",
                got.len(),
                mail.len()
            );
            tunnel.accepted("QUIT").await?;
            let closed = tunnel.closed().await?;
            anyhow::ensure!(closed.code == 1000, "{closed:?}");
            Ok(())
        });
    }
    let mut done = 0;
    while let Some(outcome) = sessions.join_next().await {
        outcome?.with_context(|| format!("after {done} sessions"))?;
        done += 1;
    }
    assert_eq!(done, SESSIONS);
    // Every place is free again.
    let (mut tunnel, _) = proxy.dial("plain").session().await?;
    tunnel.line().await?;
    Ok(())
}
