//! Every developer command of this project: `cargo xtask help` lists them.

mod bench;
mod build;
mod check;
mod clang;
mod deb;
mod demo;
mod edges;
mod fingerprint;
mod fuzz;
mod instructions;
mod licences;
mod names;
mod page_edges;
mod remap;
mod run;
mod setup;
mod test;
mod threats;
mod unpack;
mod wasm;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  setup                  install what building and testing need, and say what could not be
  build                  the npm package, the page and the proxy:
                           target/npm/pop3-wasm-VERSION.tgz, www/dist, target/release/pop3-proxy
  build wasm             the WebAssembly modules alone: client-wasm/dist
  build npm              those, and the npm package: target/npm
  demo [--listen ADDR]   build, then serve the inbox page with a mailbox of sample messages
                           (default 127.0.0.1:8110; Ctrl-C ends it)
  deb                    build, then a Debian package of the proxy: target/debian/*.deb
  test                   build, then every test: protocol, mail, proxy, packages, browsers
  test NAME              one part of it: rust | instructions | wasm | packaging | package |
                           units | page
  fuzz [TARGET...] [--seconds N]
                         fuzz these targets of tests/fuzz, or all, one after the other, each for N
                           seconds (default 60), with a nightly compiler
  fuzz [TARGET...] --merge
                         add to the seeds what fuzzing has found that reaches more than they do
  bench [--write-readme] every benchmark beside other programs, in a quarter of an hour, and plots;
                           figures and plots in target/bench, or in the README as well, and
                           every table in .github/BENCHMARKS.md
  bench NAME [FLAG ...]  one of them: clients (beside mpop, curl, fetchmail, poplib, npm packages) |
                           growth (by messages) | page (the same of the page, opened from its store) |
                           throughput (of the proxy) | sessions (its memory) | load (many sessions at
                           work) | mime (parsing, beside postal-mime) | tls (in the client, beside
                           none) | profile (of Chromium on large mail);
                           report [--write-readme] draws what the last runs left
  instructions [--keep]  count the protocol core's instructions for fixed work, by callgrind, beside
                           those of tests/instructions/counts.json; --keep writes them there
  soak [--sessions N] [--minutes M] [--seed S]
                         build, then fetch mail by 1000 sessions for 5 minutes, with faults on both
                           sides, and look for wrong octets and for what is not given back
  check                  formatting, lints, types, and the rules of ARCHITECTURE.md
  help                   this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["setup"] => setup::everything(),
        ["build"] => build::everything(),
        ["build", "wasm"] => build::modules(),
        ["build", "npm"] => build::modules()
            .and_then(|()| build::npm_package())
            .map(drop),
        ["deb"] => deb::run(),
        ["demo", rest @ ..] => demo::run(rest),
        ["test"] => test::everything(),
        ["test", part] => test::part(part),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["bench"] => bench::everything(&[]),
        ["bench", "--write-readme"] => bench::everything(&["--write-readme"]),
        ["bench", name, rest @ ..] => bench::run(name, rest),
        ["instructions", rest @ ..] => instructions::run(rest),
        ["soak", rest @ ..] => bench::soak(rest),
        ["check"] => check::everything(),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
