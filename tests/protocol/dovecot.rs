//! The protocol core against what only Dovecot offers of the servers here: tokens, AUTH in two
//! lines, and a server without any mechanism that hides the password. What all servers have in
//! common is in `servers.rs`.
#![allow(clippy::panic, reason = "a test says what is wrong by ending")]

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use pop3_proto::{
    Auth, AuthFailure, Blame, Command, Config, Credentials, Error, Hop, Mechanism, Method, Secret,
    SignIn, UserName,
};
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::client::{Client, by_password, nonce};
use pop3_tests::dovecot::Dovecot;

const HOUR: Duration = Duration::from_secs(3600);

/// A server for all tests of this file, with every mechanism that needs no other service.
fn server() -> Result<&'static Dovecot> {
    static SERVER: OnceLock<Result<Dovecot, String>> = OnceLock::new();
    let start = || -> Result<Dovecot> {
        let mechanisms = "plain login cram-md5 scram-sha-1 scram-sha-256 apop xoauth2 oauthbearer";
        Dovecot::start_with(&Authorities::generate()?, mechanisms)
    };
    let server = SERVER.get_or_init(|| start().map_err(|error| format!("{error:#}")));
    server.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn connect(dovecot: &Dovecot) -> Result<Client> {
    Client::connect(dovecot.pop3(Fault::None), Config::default())
}

fn name(user: &str) -> UserName {
    UserName::new(user).unwrap_or_else(|error| panic!("{error}"))
}

fn secret(password: &str) -> Secret {
    Secret::new(password).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_password_mechanism_works_without_an_initial_response() -> Result<()> {
    let dovecot = server()?;
    let password = dovecot.mailboxes().create("later")?;
    for mechanism in [
        Mechanism::Plain,
        Mechanism::Login,
        Mechanism::CramMd5,
        Mechanism::ScramSha1,
        Mechanism::ScramSha256,
    ] {
        let method = Method::Sasl(mechanism);
        for command in by_password(method, "later", &password)? {
            let Command::Auth(auth) = command else {
                panic!("{method} is no mechanism");
            };
            let later = Command::Auth(auth.without_initial_response());
            let login = connect(dovecot)?.sign_in(later)?;
            assert_eq!(login.method, method);
        }
    }
    Ok(())
}

/// What makes an exchange of name and token.
type ByToken = fn(UserName, Secret) -> Result<Auth, Error>;

/// Both mechanisms for tokens.
const FOR_TOKENS: [(Mechanism, ByToken); 2] = [
    (Mechanism::Xoauth2, Auth::xoauth2),
    (Mechanism::OauthBearer, Auth::oauthbearer),
];

#[test]
fn a_good_token_signs_in_by_one_line_or_two() -> Result<()> {
    let dovecot = server()?;
    dovecot.mailboxes().create("token")?;
    let token = dovecot.token("token", SystemTime::now() + HOUR)?;
    for (mechanism, auth) in FOR_TOKENS {
        let one_line = auth(name("token"), secret(&token))?;
        let two_lines = auth(name("token"), secret(&token))?.without_initial_response();
        for auth in [one_line, two_lines] {
            let login = connect(dovecot)?
                .sign_in(Command::Auth(auth))
                .with_context(|| dovecot.log())?;
            assert_eq!(login.method, Method::Sasl(mechanism));
        }
    }
    Ok(())
}

#[test]
fn a_long_token_signs_in() -> Result<()> {
    let dovecot = server()?;
    dovecot.mailboxes().create("groups")?;
    let token = dovecot.long_token("groups", SystemTime::now() + HOUR)?;
    assert!(token.len() > 4_096, "{}", token.len());
    for (_, auth) in FOR_TOKENS {
        // It does not fit into the line of AUTH, so the server has to ask for it.
        let auth = auth(name("groups"), secret(&token))?;
        let login = connect(dovecot)?.sign_in(Command::Auth(auth));
        login.with_context(|| dovecot.log())?;
    }
    Ok(())
}

#[test]
fn a_bad_token_fails_by_a_typed_error_and_the_session_goes_on() -> Result<()> {
    let dovecot = server()?;
    for user in ["holder", "other"] {
        dovecot.mailboxes().create(user)?;
    }
    let good = dovecot.token("holder", SystemTime::now() + HOUR)?;
    let expired = dovecot.token("holder", SystemTime::now() - HOUR)?;
    let forged = format!("{good}x");
    for (what, user, token) in [
        ("expired", "holder", expired.as_str()),
        ("somebody else's", "other", &good),
        ("forged", "holder", &forged),
        ("no token at all", "holder", "nonsense"),
    ] {
        for (mechanism, auth) in FOR_TOKENS {
            for two_lines in [false, true] {
                let mut auth = auth(name(user), secret(token))?;
                if two_lines {
                    auth = auth.without_initial_response();
                }
                let mut client = connect(dovecot)?;
                let refused = client.run(Command::Auth(auth))?;
                let error = refused.err().with_context(|| format!("{what}: accepted"))?;
                let about = format!("{mechanism:?}, {what}: {error:?}");
                assert_eq!(
                    (error.code(), error.blame()),
                    ("auth-failed", Blame::Server),
                    "{about}"
                );
                assert!(
                    matches!(
                        &error,
                        Error::AuthFailed {
                            failure: AuthFailure::Token { status: Some(_) },
                            ..
                        }
                    ),
                    "{about}"
                );
                assert!(!format!("{error} {error:?}").contains(token), "{about}");

                let again = Auth::xoauth2(name("holder"), secret(&good))?;
                client.sign_in(Command::Auth(again)).context(about)?;
            }
        }
    }
    Ok(())
}

#[test]
fn of_both_token_mechanisms_the_standard_one_is_chosen() -> Result<()> {
    let dovecot = server()?;
    dovecot.mailboxes().create("chooses")?;
    let token = dovecot.token("chooses", SystemTime::now() + HOUR)?;
    let sign_in = |encrypted| -> Result<Command> {
        let credentials = Credentials::token(name("chooses"), secret(&token))?;
        let hop = Hop {
            encrypted,
            ..Hop::default()
        };
        Ok(Command::Login(SignIn { credentials, hop }))
    };
    let refused = connect(dovecot)?.run(sign_in(false)?)?;
    assert_eq!(refused, Err(Error::PlaintextRefused));
    let login = connect(dovecot)?.sign_in(sign_in(true)?)?;
    assert_eq!(login.method, Method::Sasl(Mechanism::OauthBearer));
    Ok(())
}

#[test]
fn without_the_others_a_password_waits_for_tls() -> Result<()> {
    // The server that other tests share has PLAIN and LOGIN alone.
    let dovecot = Dovecot::shared()?;
    let password = dovecot.mailboxes().create("waits")?;
    let sign_in = || -> Result<Command> {
        let credentials = Credentials::password(name("waits"), secret(&password), nonce("w")?);
        let hop = Hop::default();
        Ok(Command::Login(SignIn { credentials, hop }))
    };
    let mut client = connect(dovecot)?;
    let refused = client.run(sign_in()?)?;
    assert_eq!(refused, Err(Error::PlaintextRefused));

    client.run(Command::Stls)??;
    client.start_tls(&dovecot.ca_file(), dovecot.pop3(Fault::None).ip())?;
    let login = client.sign_in(sign_in()?)?;
    assert_eq!(login.method, Method::Sasl(Mechanism::Plain));
    let twice = client.run(Command::Stls)?;
    assert_eq!(twice.err().map(|error| error.code()), Some("wrong-state"));
    client.run(Command::Quit)??;
    Ok(())
}
