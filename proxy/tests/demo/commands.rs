//! What the commands do, and what a session leaves behind.

use std::collections::BTreeSet;
use std::time::Duration;

use pop3_proxy::demo::{PASSWORD, USER};
use tokio::time::{Instant, sleep, timeout};

use crate::client::{DEADLINE, Demo};

#[tokio::test]
async fn capa_names_what_is_there() {
    let demo = Demo::start().await;
    let mut client = demo.connect().await;
    let before = client.multi("CAPA").await;
    let expected = format!(
        "TOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nEXPIRE NEVER\r\n\
         IMPLEMENTATION pop3-proxy-demo-{}\r\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(String::from_utf8(before).unwrap(), expected);
    client.ok(&format!("USER {USER}")).await;
    client.ok(&format!("PASS {PASSWORD}")).await;
    let after = client.multi("capa").await;
    assert_eq!(String::from_utf8(after).unwrap(), expected);
}

#[tokio::test]
async fn signing_in() {
    let demo = Demo::start().await;
    let mut client = demo.connect().await;
    for command in [
        "STAT", "LIST", "UIDL", "RETR 1", "TOP 1 0", "DELE 1", "RSET", "NOOP",
    ] {
        client.refused(command).await;
    }
    client.refused("PASS demo").await;
    for (user, password) in [
        ("demo", "wrong"),
        ("demo", "demo "),
        ("demo", ""),
        ("DEMO", "demo"),
        ("stranger", "demo"),
    ] {
        client.ok(&format!("USER {user}")).await;
        let answer = client.answer(&format!("PASS {password}")).await;
        assert!(answer.starts_with("-ERR [AUTH] "), "{answer}");
        // After a wrong password the user has to be named again.
        client.refused("PASS demo").await;
    }
    client.ok("user demo").await;
    client.ok("pass demo").await;
    client.refused("USER demo").await;
    client.refused("PASS demo").await;
    client.ok("NOOP").await;
    client.ok("QUIT").await;
    client.closed().await;
}

#[tokio::test]
async fn quit_before_signing_in() {
    let demo = Demo::start().await;
    let mut client = demo.connect().await;
    client.ok("QUIT").await;
    client.closed().await;
}

#[tokio::test]
async fn listings_agree_with_each_other() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    let sizes = client.listing("LIST").await;
    let uids = client.listing("UIDL").await;
    let sum: usize = sizes
        .values()
        .map(|size| size.parse::<usize>().unwrap())
        .sum();
    assert_eq!(client.ok("STAT").await, format!("{} {sum}", sizes.len()));
    assert!(
        sizes.keys().copied().eq(1..=sizes.len()),
        "numbered from 1 on"
    );
    assert!(sizes.keys().eq(uids.keys()));
    for (number, size) in &sizes {
        assert_eq!(
            client.ok(&format!("LIST {number}")).await,
            format!("{number} {size}")
        );
        let uid = &uids[number];
        assert_eq!(
            client.ok(&format!("UIDL {number}")).await,
            format!("{number} {uid}")
        );
        assert!((1..=70).contains(&uid.len()) && uid.bytes().all(|octet| octet.is_ascii_graphic()));
    }
    let distinct: BTreeSet<&String> = uids.values().collect();
    assert_eq!(distinct.len(), uids.len());
    let none = sizes.len() + 1;
    for command in ["LIST", "UIDL", "RETR", "DELE"] {
        client.refused(&format!("{command} 0")).await;
        client.refused(&format!("{command} {none}")).await;
        client.refused(&format!("{command} x")).await;
    }
    client.refused("TOP 0 0").await;
    client.refused(&format!("TOP {none} 0")).await;
}

#[tokio::test]
async fn deletions_are_undone_by_rset_and_done_by_quit() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    let uids = client.listing("UIDL").await;
    let stat = client.ok("STAT").await;

    client.ok("DELE 2").await;
    for command in ["DELE 2", "RETR 2", "TOP 2 0", "LIST 2", "UIDL 2"] {
        client.refused(command).await;
    }
    assert!(!client.listing("LIST").await.contains_key(&2));
    let marked = client.listing("UIDL").await;
    assert_eq!(
        marked[&3], uids[&3],
        "numbers stay what they are in a session"
    );
    assert_ne!(client.ok("STAT").await, stat);
    client.ok("RSET").await;
    assert_eq!(client.ok("STAT").await, stat);
    assert_eq!(client.listing("UIDL").await, uids);

    client.ok("DELE 1").await;
    client.ok("DELE 3").await;
    client.ok("QUIT").await;
    client.closed().await;

    let mut client = demo.sign_in().await;
    let left = client.listing("UIDL").await;
    let expected = uids
        .iter()
        .filter(|(number, _)| ![1, 3].contains(*number))
        .map(|(_, uid)| uid);
    assert!(left.values().eq(expected));
    assert!(left.keys().copied().eq(1..=left.len()), "numbered anew");
}

#[tokio::test]
async fn a_mailbox_can_be_emptied() {
    let demo = Demo::start().await;
    let mut client = demo.sign_in().await;
    for number in client.listing("LIST").await.keys() {
        client.ok(&format!("DELE {number}")).await;
    }
    assert_eq!(client.ok("STAT").await, "0 0");
    assert!(client.listing("LIST").await.is_empty());
    client.ok("QUIT").await;
    let mut client = demo.sign_in().await;
    assert_eq!(client.ok("STAT").await, "0 0");
    assert!(client.listing("UIDL").await.is_empty());
}

#[tokio::test]
async fn one_session_has_the_mailbox_and_gives_it_back_unchanged_without_quit() {
    let demo = Demo::start().await;
    let mut first = demo.sign_in().await;
    let stat = first.ok("STAT").await;
    first.ok("DELE 1").await;

    let mut second = demo.connect().await;
    second.ok("USER demo").await;
    let answer = second.answer("PASS demo").await;
    assert!(answer.starts_with("-ERR [IN-USE] "), "{answer}");
    // To whom does not know the password nothing is told.
    second.ok("USER demo").await;
    let answer = second.answer("PASS wrong").await;
    assert!(answer.starts_with("-ERR [AUTH] "), "{answer}");

    drop(first);
    let end = Instant::now() + DEADLINE;
    loop {
        second.ok("USER demo").await;
        if second.answer("PASS demo").await.starts_with("+OK") {
            break;
        }
        assert!(Instant::now() < end, "the lock outlives its session");
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(second.ok("STAT").await, stat);
}

#[tokio::test]
async fn unique_ids_survive_a_restart() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let demo = Demo::start().await;
        let mut client = demo.sign_in().await;
        runs.push(client.listing("UIDL").await);
        client.ok("DELE 1").await;
        client.ok("QUIT").await;
        demo.stop.send(()).unwrap();
        timeout(DEADLINE, demo.running).await.unwrap().unwrap();
    }
    assert_eq!(runs[0], runs[1]);
}
