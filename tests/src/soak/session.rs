//! One client: it signs in, fetches messages, compares each octet, and ends well or badly.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use tokio::time::sleep;

use crate::websocket::{Dial, Tunnel};
use crate::within;

/// How the name of an ending begins that neither the client nor a QUIT has brought about.
pub(super) const INTERRUPTED: &str = "interrupted";

/// The close codes of what a server, or the way to it, may do to a session: it ends or breaks off,
/// refuses, is silent, fails at TLS, or at STLS.
const SERVERS_FAULT: [u16; 6] = [1000, 4004, 4006, 4008, 4009, 4013];

/// A user, and what a server must answer when asked for their mail.
pub(super) struct User {
    name: String,
    password: String,
    /// Each message as RETR brings it after the status line: dots stuffed, the last line included.
    answers: Vec<Vec<u8>>,
}

impl User {
    pub(super) fn new(name: String, password: String, messages: &[Vec<u8>]) -> Self {
        let answer = |message: &Vec<u8>| {
            let mut answer = Vec::with_capacity(message.len() + message.len() / 64);
            for line in message.split_inclusive(|&octet| octet == b'\n') {
                if line.starts_with(b".") {
                    answer.push(b'.');
                }
                answer.extend_from_slice(line);
            }
            answer.extend_from_slice(b".\r\n");
            answer
        };
        Self {
            name,
            password,
            answers: messages.iter().map(answer).collect(),
        }
    }
}

/// What came of a session.
pub(super) struct Outcome {
    pub(super) ending: String,
    pub(super) messages: u64,
    pub(super) octets: u64,
}

/// How the client ends a session in the middle of a message.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// By a close frame.
    Closes,
    /// By a FIN with nothing said.
    Vanishes,
    /// By a reset.
    Resets,
    /// By a FIN, after which it still listens.
    ClosesHalf,
}

/// Lives through a session.
///
/// # Errors
/// A wrong octet, or something that the proxy must not do.
pub(super) async fn live(
    dial: Dial,
    user: &User,
    rng: &mut Rng,
    pause: Duration,
) -> Result<Outcome> {
    // Small for some, so that what they do not read is soon felt.
    let dial = match rng.u32(..3) {
        0 => dial.receive_buffer(16 * 1024),
        _ => dial,
    };
    let mut tunnel = dial.connect().await?;
    let mut outcome = Outcome {
        ending: String::new(),
        messages: 0,
        octets: 0,
    };
    let cut = match rng.u32(..10) {
        0 => Some(Cut::Closes),
        1 => Some(Cut::Vanishes),
        2 => Some(Cut::Resets),
        3 => Some(Cut::ClosesHalf),
        _ => None,
    };
    let talked = talk(&mut tunnel, user, rng, pause, cut.is_some(), &mut outcome).await;
    if let Err(error) = talked {
        let Some(closed) = tunnel.end() else {
            return Err(error);
        };
        if error.downcast_ref::<Wrong>().is_some() {
            return Err(error);
        }
        ensure!(
            SERVERS_FAULT.contains(&closed.code),
            "the proxy ended a session for another reason than its server: {closed:?}"
        );
        outcome.ending = format!("{INTERRUPTED}: {} {}", closed.code, closed.reason);
        return Ok(outcome);
    }
    outcome.ending = match cut {
        None => return finish(tunnel, outcome).await,
        Some(cut) => {
            end(tunnel, cut).await?;
            format!("cut by the client: {cut:?}")
        }
    };
    Ok(outcome)
}

/// A wrong octet.
#[derive(Debug)]
struct Wrong(String);

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

/// Signs in and fetches messages; the last one only in part, if it is to be cut.
async fn talk(
    tunnel: &mut Tunnel,
    user: &User,
    rng: &mut Rng,
    pause: Duration,
    cut: bool,
    outcome: &mut Outcome,
) -> Result<()> {
    tunnel.event().await?;
    tunnel.log_in(&user.name, &user.password).await?;
    let count = rng.usize(1..=4);
    for turn in 1..=count {
        sleep(pause.mul_f64(rng.f64())).await;
        let number = rng.usize(..user.answers.len());
        let answer = user.answers.get(number).context("no such message")?;
        tunnel.accepted(&format!("RETR {}", number + 1)).await?;
        let whole = answer.len();
        let wanted = match cut && turn == count {
            true => rng.usize(..whole),
            false => whole,
        };
        // Some stop reading in the middle, and go on.
        let rest_at = rng.bool().then(|| rng.usize(..whole));
        compare(tunnel, answer, wanted, rest_at, pause, outcome).await?;
        outcome.messages += u64::from(wanted == whole);
    }
    Ok(())
}

/// Takes octets until `wanted` have come, and holds each against what must come.
async fn compare(
    tunnel: &mut Tunnel,
    answer: &[u8],
    wanted: usize,
    mut rest_at: Option<usize>,
    rest: Duration,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut at = 0;
    while at < wanted {
        if rest_at.is_some_and(|octets| at >= octets) {
            rest_at = None;
            sleep(rest).await;
        }
        let waited = tunnel.wait_for_octets(1).await;
        let came = tunnel.ahead().len();
        let right = answer.get(at..at + came) == Some(tunnel.ahead());
        if !right {
            return Err(Wrong(format!("a wrong octet after {at} of {}", answer.len())).into());
        }
        tunnel.discard();
        at += came;
        outcome.octets += came as u64;
        waited?;
    }
    Ok(())
}

async fn finish(mut tunnel: Tunnel, mut outcome: Outcome) -> Result<Outcome> {
    let quit = tunnel.accepted("QUIT").await;
    let closed = match quit {
        Ok(_) => tunnel.closed().await?,
        Err(error) => tunnel.end().cloned().ok_or(error)?,
    };
    ensure!(
        SERVERS_FAULT.contains(&closed.code),
        "a QUIT ended otherwise: {closed:?}"
    );
    outcome.ending = match closed.code {
        1000 => "ended by QUIT".to_owned(),
        code => format!("{INTERRUPTED}: {code} {}", closed.reason),
    };
    Ok(outcome)
}

async fn end(tunnel: Tunnel, cut: Cut) -> Result<()> {
    match cut {
        Cut::Closes => {
            tunnel.close().await?;
        }
        Cut::Vanishes => tunnel.vanish(),
        Cut::Resets => tunnel.reset()?,
        Cut::ClosesHalf => within("the end after half a close", tunnel.close_half()).await?,
    }
    Ok(())
}
