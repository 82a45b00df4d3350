//! The four things that are shipped: WebAssembly module, npm package, page, proxy.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

use crate::clang;
use crate::fingerprint::Step;
use crate::licences;
use crate::names;
use crate::remap;
use crate::run::{cargo, finish, node_tool, output, program, root, step, target};
use crate::setup;

const WASM_PROFILE: &str = "wasm-release";
/// What every engine of the last years can run, and rustc already makes use of; more would shut
/// out Node 20.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// A WebAssembly module of the package: the crate that it is made from, and what is made.
struct Module {
    package: &'static str,
    /// Features of the crate, as Cargo takes them.
    features: &'static str,
    /// The name of the crate's library.
    library: &'static str,
    /// What is made of it, without ending.
    name: &'static str,
    wasm: &'static str,
    glue: &'static str,
    /// What wasm-opt is to aim at: a small module or a fast one.
    aim: &'static [&'static str],
}

/// The client, with TLS of its own and without, and the parser of messages, so that a page loads no
/// more than it uses.
const MODULES: [Module; 3] = [
    Module {
        package: "pop3-wasm",
        features: "",
        library: "pop3_wasm",
        name: "pop3_wasm",
        wasm: "client-wasm/dist/pop3_wasm_bg.wasm",
        glue: "client-wasm/dist/pop3_wasm.js",
        // A function that is put into its only caller has more locals there than short codes for
        // them, and looks less like others: what is fetched, compressed, would be 6 % larger.
        aim: &["-Oz", "--one-caller-inline-max-function-size=0"],
    },
    Module {
        package: "pop3-wasm",
        features: "tls",
        library: "pop3_wasm",
        name: "pop3_wasm_tls",
        wasm: "client-wasm/dist/pop3_wasm_tls_bg.wasm",
        glue: "client-wasm/dist/pop3_wasm_tls.js",
        aim: &["-Oz", "--one-caller-inline-max-function-size=0"],
    },
    Module {
        package: "pop3-wasm-message",
        features: "",
        library: "pop3_wasm_message",
        name: "pop3_wasm_message",
        wasm: "client-wasm/dist/pop3_wasm_message_bg.wasm",
        glue: "client-wasm/dist/pop3_wasm_message.js",
        aim: &["-O3"],
    },
];

/// What the README promises of `cargo xtask build`.
pub(crate) fn everything() -> Result<()> {
    setup::for_build()?;
    step("crates of Cargo.lock", setup::crates)?;
    modules()?;
    let tarball = npm_package()?;
    page()?;
    proxy()?;
    for made in [
        tarball,
        root().join("www/dist"),
        target()?.join("release/pop3-proxy"),
    ] {
        eprintln!("built {}", made.display());
    }
    Ok(())
}

/// The WebAssembly modules and their JavaScript glue, in `client-wasm/dist`.
pub(crate) fn modules() -> Result<()> {
    for module in &MODULES {
        step(&format!("compile {}", module.name), || compile(module))?;
        // Right after it was compiled: two modules are made of one crate.
        let folder = target()?.join("wasm32-unknown-unknown").join(WASM_PROFILE);
        let compiled = folder.join(module.library).with_extension("wasm");
        Step {
            title: &format!("optimise {}", module.name),
            inputs: &[&compiled, Path::new("package-lock.json")],
            outputs: &[Path::new(module.wasm), Path::new(module.glue)],
        }
        .run(|| optimise(module, &compiled))?;
    }
    let licences = Path::new("client-wasm/dist/third-party-licenses.md");
    Step {
        title: "licences of the crates in the modules",
        inputs: &[Path::new("Cargo.lock"), Path::new("client-wasm/Cargo.toml")],
        outputs: &[licences],
    }
    .run(|| {
        let crates = MODULES.map(|module| module.package);
        let all = licences::of(&crates, Some("wasm32-unknown-unknown"))?;
        Ok(fs::write(root().join(licences), all)?)
    })
}

fn compile(module: &Module) -> Result<()> {
    let mut build = cargo();
    // Not as a library for Rust as well, for whose sake Cargo would leave link-time optimisation away.
    build.args(["rustc", "--crate-type=cdylib", "--locked"]);
    build.arg("--target=wasm32-unknown-unknown");
    build.args(["--profile", WASM_PROFILE]);
    build.args(["--package", module.package, "--features", module.features]);
    remap::source_names(&mut build, "target.wasm32-unknown-unknown")?;
    clang::compile_with(&mut build)?;
    finish(&mut build)
}

fn optimise(module: &Module, compiled: &Path) -> Result<()> {
    let folder = root().join("client-wasm/dist");
    fs::create_dir_all(&folder)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name(module.name)
        .web(true)?
        // The package's own loader says where the module lies, and its types are kept by hand.
        .omit_default_module_path(true)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(&folder).context("wasm-bindgen")?;
    let wasm = root().join(module.wasm);
    let before = fs::metadata(&wasm)?.len();
    let renamed = output(
        node_tool("wasm-opt")
            .args(module.aim)
            .args(["--strip-debug", "--strip-target-features"])
            .arg("--minify-imports-and-exports-and-modules")
            .args(WASM_FEATURES)
            .arg(&wasm)
            .arg("--output")
            .arg(&wasm),
    )?;
    let after = fs::metadata(&wasm)?.len();
    eprintln!("    wasm-opt: {before} octets to {after}");
    let glue = root().join(module.glue);
    let text = fs::read_to_string(&glue)?;
    let text = names::shortened(&text, &renamed)
        .with_context(|| format!("the names in {}", module.glue))?;
    fs::write(&glue, text)?;
    Ok(())
}

/// `target/npm/pop3-wasm-VERSION.tgz`, what `npm install` takes.
pub(crate) fn npm_package() -> Result<PathBuf> {
    let manifest = fs::read_to_string(root().join("client-wasm/package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest)?;
    let version = manifest
        .get("version")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    ensure!(
        version == env!("CARGO_PKG_VERSION"),
        "client-wasm/package.json has version {version}, Cargo.toml {}",
        env!("CARGO_PKG_VERSION")
    );
    let folder = target()?.join("npm");
    let tarball = folder.join(format!("pop3-wasm-{version}.tgz"));
    let package = root().join("client-wasm");
    Step {
        title: "pack the npm package",
        inputs: &[
            Path::new("client-wasm/dist"),
            Path::new("client-wasm/js"),
            Path::new("client-wasm/bundle.js"),
            Path::new("client-wasm/package.json"),
            Path::new("client-wasm/README.md"),
            Path::new("client-wasm/COOKBOOK.md"),
            Path::new("package-lock.json"),
            Path::new("LICENSE-MIT"),
            Path::new("LICENSE-APACHE"),
        ],
        outputs: &[&tarball],
    }
    .run(|| {
        // A package of another version would only be taken for this one.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let staged = folder.join("package");
        for part in ["dist", "js"] {
            copy(&package.join(part), &staged.join(part))?;
        }
        finish(
            program("node")
                .arg(package.join("bundle.js"))
                .arg(staged.join("js")),
        )?;
        for file in ["package.json", "README.md", "COOKBOOK.md"] {
            fs::copy(package.join(file), staged.join(file))?;
        }
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            fs::copy(root().join(licence), staged.join(licence))?;
        }
        output(
            program("npm")
                .args(["pack", "--json", "--ignore-scripts", "--pack-destination"])
                .arg(&folder)
                .current_dir(&staged),
        )?;
        ensure!(tarball.exists(), "npm pack left no {}", tarball.display());
        Ok(())
    })?;
    Ok(tarball)
}

/// Copies the files of a folder that are no JavaScript, which is bundled; there are no folders inside.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().extension().is_none_or(|ending| ending != "js") {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// The inbox page, in `www/dist`.
pub(crate) fn page() -> Result<()> {
    Step {
        title: "bundle the page",
        inputs: &[
            Path::new("www"),
            Path::new("client-wasm/js"),
            Path::new("client-wasm/dist"),
            Path::new("package-lock.json"),
        ],
        outputs: &[
            Path::new("www/dist/index.html"),
            Path::new("www/dist/index.html.br"),
        ],
    }
    .run(|| finish(program("npm").args(["run", "build", "--workspace=www"])))?;
    let dist = root().join("www/dist");
    let [plain, gzip, brotli] = ["", ".gz", ".br"].map(|ending| octets(&dist, ending));
    let (plain, gzip, brotli) = (plain?, gzip?, brotli?);
    eprintln!("    the page: {plain} octets, {gzip} by gzip, {brotli} by brotli");
    Ok(())
}

/// What the files of a folder come to where those copies are sent that have this ending; a file
/// without such a copy is sent as it is.
fn octets(folder: &Path, ending: &str) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sum += octets(&path, ending)?;
            continue;
        }
        let name = path.display().to_string();
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let copy = PathBuf::from(name + ending);
        let sent = if copy.exists() { &copy } else { &path };
        sum += fs::metadata(sent)?.len();
    }
    Ok(sum)
}

/// `cargo build` as for what is shipped. Whoever builds the proxy for speed builds it by this, so that it
/// is compiled once.
pub(crate) fn release() -> Result<Command> {
    let mut build = cargo();
    build.args(["build", "--locked", "--release"]);
    remap::source_names(&mut build, "build")?;
    Ok(build)
}

/// The proxy with the page inside, in `target/release/pop3-proxy`.
fn proxy() -> Result<()> {
    step("compile the proxy", || {
        finish(release()?.arg("--package=pop3-proxy"))
    })?;
    // Beside the program, whichever platform that is for.
    let licences = target()?.join("release/third-party-licenses.md");
    Step {
        title: "licences of the crates in the proxy",
        inputs: &[Path::new("Cargo.lock"), Path::new("proxy/Cargo.toml")],
        outputs: &[&licences],
    }
    .run(|| Ok(fs::write(&licences, licences::of(&["pop3-proxy"], None)?)?))
}
