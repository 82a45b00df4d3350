//! The Dockerfile and the Debian package name files: each must be there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::sample;

/// What `cargo xtask build` makes.
const PROGRAM: &str = "target/release/pop3-proxy";

fn repository() -> PathBuf {
    let proxy = Path::new(env!("CARGO_MANIFEST_DIR"));
    proxy.parent().unwrap().to_owned()
}

#[test]
fn every_path_that_the_dockerfile_copies_is_in_the_repository_or_made_by_its_build() {
    let text = sample::text("Dockerfile");
    let mut copied = 0;
    for line in text.lines().filter(|line| line.starts_with("COPY ")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let (flags, paths): (Vec<&str>, Vec<&str>) =
            words.iter().partition(|word| word.starts_with("--"));
        let (_, sources) = paths.split_last().unwrap();
        assert!(!sources.is_empty(), "{line}");
        for source in sources {
            match flags.as_slice() {
                [] => assert!(repository().join(source).exists(), "{line}"),
                ["--from=build"] => assert_eq!(*source, format!("/src/{PROGRAM}")),
                // Another image's files.
                ["--from=node"] => assert!(source.starts_with("/usr/local/"), "{line}"),
                other => panic!("{other:?}"),
            }
            copied += 1;
        }
    }
    assert_eq!(copied, 6);
    assert!(text.contains("RUN cargo xtask build\n"));
    assert!(text.contains("ENTRYPOINT [\"/usr/bin/pop3-proxy\"]"));
    // The compiler that the workspace asks for.
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(text.contains(&format!("FROM rust:{version}-bookworm")));
}

fn package() -> Table {
    let manifest = include_str!("../../Cargo.toml").parse::<Table>().unwrap();
    manifest["package"]["metadata"]["deb"]
        .as_table()
        .unwrap()
        .clone()
}

/// Where each file of the package comes from, by where it goes to.
fn assets() -> BTreeMap<String, String> {
    let assets = package()["assets"].as_array().unwrap().clone();
    let assets = assets.iter().map(|asset| {
        let text = |at: usize| asset[at].as_str().unwrap();
        let name = text(0).rsplit('/').next().unwrap();
        let place = match text(1).strip_suffix('/') {
            Some(folder) => format!("/{folder}/{name}"),
            None => format!("/{}", text(1)),
        };
        (place, text(0).to_owned())
    });
    assets.collect()
}

#[test]
fn every_file_of_the_debian_package_is_in_the_repository_or_made_by_its_build() {
    let proxy = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = |source: &str| source.starts_with("target/release/");
    for source in assets().values().filter(|source| !made(source)) {
        assert!(proxy.join(source).is_file(), "{source}");
    }
    let package = package();
    for key in ["changelog", "maintainer-scripts"] {
        assert!(proxy.join(package[key].as_str().unwrap()).exists(), "{key}");
    }
    let licence = package["license-file"][0].as_str().unwrap();
    assert!(proxy.join(licence).is_file());
    let places = assets();
    for file in package["conf-files"].as_array().unwrap() {
        assert!(places.contains_key(file.as_str().unwrap()), "{file}");
    }
}

#[test]
fn the_unit_starts_what_the_package_installs() {
    let places = assets();
    let unit = sample::text("pop3-proxy.service");
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let words: Vec<&str> = start.unwrap().split(' ').collect();
    assert_eq!(words[1], "--config");
    assert_eq!(places[words[0]], PROGRAM);
    assert_eq!(places[words[2]], "pop3-proxy.example.toml");
    let documentation = unit
        .lines()
        .find_map(|line| line.strip_prefix("Documentation=file://"));
    assert!(places.contains_key(documentation.unwrap()));
    let systemd = &package()["systemd-units"];
    let script = systemd["unit-name"].as_str().unwrap();
    assert!(sample::folder().join(format!("{script}.service")).is_file());
}

#[test]
fn the_packages_changelog_begins_with_this_version() {
    let first = sample::text("debian/changelog");
    let expected = format!("pop3-proxy ({}-1) ", env!("CARGO_PKG_VERSION"));
    assert!(first.starts_with(&expected), "{first}");
}
