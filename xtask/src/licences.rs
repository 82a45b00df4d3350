//! The licences of the crates that are inside what is shipped: their authors want to be named in it, and
//! their terms to come with it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::run::metadata;

/// What a file with terms or names begins with, in capitals.
const FILES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"];

/// Everything below some crates of the workspace, for one platform or for any, in Markdown.
pub(crate) fn of(crates: &[&str], platform: Option<&str>) -> Result<String> {
    let platform = platform.map(|name| format!("--filter-platform={name}"));
    let mut arguments = vec!["--locked", "--all-features"];
    arguments.extend(platform.as_deref());
    let metadata = metadata(&arguments)?;
    let packages = below(&metadata, crates).context("cargo metadata has an unknown shape")?;
    ensure!(!packages.is_empty(), "nothing is below {crates:?}");
    // Many a text is that of many crates, word for word.
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut all = "# Crates\n\n".to_owned();
    for package in packages {
        let field = |name| {
            package
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let name = format!("{} {}", field("name"), field("version"));
        let license = field("license");
        ensure!(!license.is_empty(), "{name} names no licence");
        writeln!(all, "- {name}: {license}, {}", field("repository"))?;
        let folder = Path::new(field("manifest_path")).parent();
        let found = texts_in(folder.context("a manifest without a folder")?)?;
        if found.is_empty() {
            writeln!(all, "  (its package has no text of that)")?;
        }
        for text in found {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    for (text, names) in texts {
        let names: Vec<String> = names.into_iter().collect();
        write!(all, "\n## {}\n\n```text\n{text}\n```\n", names.join(", "))?;
    }
    Ok(all)
}

/// The packages of others that end up in these: neither what only compiles or tests them, nor macros.
fn below<'a>(metadata: &'a Value, crates: &[&str]) -> Option<Vec<&'a Value>> {
    let packages = metadata.get("packages")?.as_array()?;
    let packages: BTreeMap<&str, &Value> = packages
        .iter()
        .map(|package| Some((package.get("id")?.as_str()?, package)))
        .collect::<Option<_>>()?;
    let nodes = metadata.pointer("/resolve/nodes")?.as_array()?;
    let nodes: BTreeMap<&str, &Value> = nodes
        .iter()
        .map(|node| Some((node.get("id")?.as_str()?, node)))
        .collect::<Option<_>>()?;
    let mut waiting: Vec<&str> = packages
        .iter()
        .filter(|(_, package)| {
            let name = package.get("name").and_then(Value::as_str);
            name.is_some_and(|name| crates.contains(&name))
        })
        .map(|(id, _)| *id)
        .collect();
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let package = packages.get(id)?;
        if !seen.insert(id) || is_macro(package) {
            continue;
        }
        // What is of the workspace has no source.
        if package.get("source").is_some_and(Value::is_string) {
            found.insert((package.get("name")?.as_str()?, id), *package);
        }
        for dependency in nodes.get(id)?.get("deps")?.as_array()? {
            let kinds = dependency.get("dep_kinds")?.as_array()?;
            if kinds
                .iter()
                .any(|kind| kind.get("kind").is_some_and(Value::is_null))
            {
                waiting.push(dependency.get("pkg")?.as_str()?);
            }
        }
    }
    Some(found.into_values().collect())
}

fn is_macro(package: &Value) -> bool {
    let targets = package.get("targets").and_then(Value::as_array);
    let kinds = targets
        .into_iter()
        .flatten()
        .filter_map(|target| target.get("kind")?.as_array());
    kinds.flatten().any(|kind| kind == "proc-macro")
}

fn texts_in(folder: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_ascii_uppercase();
        if !FILES.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        // Some have a folder of them, as reuse.software has it.
        if entry.file_type()?.is_dir() {
            for inner in fs::read_dir(entry.path())? {
                texts.push(read(&inner?.path())?);
            }
        } else {
            texts.push(read(&entry.path())?);
        }
    }
    Ok(texts)
}

fn read(path: &Path) -> Result<String> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} is no text", path.display()))?;
    Ok(text.replace("\r\n", "\n").trim_end().to_owned())
}
