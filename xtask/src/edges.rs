//! Which crate may use which: the arrows of ARCHITECTURE.md, held against Cargo's own graph.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

use crate::run::metadata;

/// A crate, and the crates that must not be anywhere below it.
const FORBIDDEN: [(&str, &[&str]); 5] = [
    (
        "pop3-proto",
        &[
            "tokio",
            "wasm-bindgen",
            "pop3-mail",
            "mail-parser",
            "rustls",
        ],
    ),
    (
        "pop3-mail",
        &["tokio", "wasm-bindgen", "pop3-proto", "rustls"],
    ),
    (
        "pop3-wasm",
        &[
            "tokio",
            "tungstenite",
            "pop3-proxy",
            "pop3-mail",
            "mail-parser",
        ],
    ),
    // Nor should it have encoding_rs; but that is a feature, which Cargo's graph shows as soon as one
    // crate of the workspace turns it on. Its tables would not pass tests/packaging/sizes.test.js.
    ("pop3-wasm-message", &["tokio", "pop3-proto", "pop3-proxy"]),
    ("pop3-proxy", &["pop3-mail", "pop3-wasm", "mail-parser"]),
];

/// Fails with every forbidden edge, and the way by which it came about.
pub(crate) fn check() -> Result<()> {
    let metadata = metadata(&["--locked"])?;
    let graph = Graph::read(&metadata).context("cargo metadata has an unknown shape")?;
    let mut found = Vec::new();
    for (from, forbidden) in FORBIDDEN {
        let ways = graph.ways_from(from);
        if ways.is_empty() {
            bail!("no crate is called {from}: mend the table in xtask/src/edges.rs");
        }
        for name in forbidden {
            if let Some(way) = ways.get(name) {
                found.push(format!("{from} must not use {name}, yet: {way}"));
            }
        }
    }
    if !found.is_empty() {
        bail!("{}", found.join("\n"));
    }
    Ok(())
}

/// Normal and build dependencies by crate name; those of tests do not count.
struct Graph<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Graph<'a> {
    fn read(metadata: &'a Value) -> Option<Self> {
        let packages = metadata.get("packages")?.as_array()?;
        let names: BTreeMap<&str, &str> = packages
            .iter()
            .map(|package| Some((package.get("id")?.as_str()?, package.get("name")?.as_str()?)))
            .collect::<Option<_>>()?;
        let mut graph = BTreeMap::new();
        for node in metadata.pointer("/resolve/nodes")?.as_array()? {
            let name = *names.get(node.get("id")?.as_str()?)?;
            let below: &mut BTreeSet<&str> = graph.entry(name).or_default();
            for dependency in node.get("deps")?.as_array()? {
                let kinds = dependency.get("dep_kinds")?.as_array()?;
                if kinds.iter().any(counts) {
                    below.insert(names.get(dependency.get("pkg")?.as_str()?)?);
                }
            }
        }
        Some(Self(graph))
    }

    /// Every crate below `from`, each with the way that leads to it.
    fn ways_from(&self, from: &'a str) -> BTreeMap<&'a str, String> {
        let mut ways = BTreeMap::new();
        if !self.0.contains_key(from) {
            return ways;
        }
        ways.insert(from, from.to_owned());
        let mut waiting = vec![from];
        while let Some(name) = waiting.pop() {
            let way = ways.get(name).cloned().unwrap_or_default();
            for below in self.0.get(name).into_iter().flatten() {
                if !ways.contains_key(below) {
                    ways.insert(below, format!("{way} > {below}"));
                    waiting.push(below);
                }
            }
        }
        ways
    }
}

/// Dependencies of tests do not count, nor those for emscripten, which nothing here is built for.
fn counts(kind: &Value) -> bool {
    let target = kind.get("target").and_then(Value::as_str);
    kind.get("kind").and_then(Value::as_str) != Some("dev")
        && !target.is_some_and(|target| target.contains("emscripten"))
}
