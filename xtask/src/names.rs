//! Short names for what a WebAssembly module and its JavaScript glue call each other by: those of
//! wasm-bindgen end in digests, which no compression makes smaller, and stand in both.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// wasm-opt's name for the one module that imports come from.
const MODULE: &str = "a";

/// The glue with the names that the module has now, of which wasm-opt tells in JSON: of each import the
/// module, the name and the new name, of each export the name and the new name.
///
/// # Errors
/// An import that the glue does not have where it is looked for.
pub(crate) fn shortened(glue: &str, renamed: &str) -> Result<String> {
    let renamed: Value = serde_json::from_str(renamed)?;
    let (imports, exports) = (renamed.get("imports"), renamed.get("exports"));
    let imports: Vec<[String; 3]> = serde_json::from_value(imports.context("imports")?.clone())?;
    let exports: Vec<[String; 2]> = serde_json::from_value(exports.context("exports")?.clone())?;
    let mut text = glue.to_owned();
    let [from, ..] = imports.first().context("no import")?;
    put(&mut text, &format!("\"{from}\": "), &format!("{MODULE}: "))?;
    for [module, name, short] in &imports {
        ensure!(module == from, "imports of {from} and of {module}");
        put(&mut text, &format!(" {name}: "), &format!(" {short}: "))?;
    }
    let mut parts = text.split("wasm.");
    let mut shortened = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        let short = exports.iter().find(|[long, _]| long == name);
        shortened.push_str("wasm.");
        shortened.push_str(short.map_or(name, |[_, short]| short));
        shortened.push_str(rest);
    }
    Ok(shortened)
}

/// Replaces what stands there once.
fn put(text: &mut String, from: &str, to: &str) -> Result<()> {
    let found = text.matches(from).count();
    ensure!(found == 1, "{from} stands there {found} times");
    *text = text.replacen(from, to, 1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RENAMED: &str = r#"{
        "imports": [["./m.js", "__wbg_now_1f", "$"]],
        "exports": [["client_new", "ab"], ["memory", "c"]]
    }"#;

    #[test]
    fn imports_and_exports_have_their_new_names() {
        let glue = "const i = { __wbg_now_1f: f }, o = { \"./m.js\": i };\n\
                    wasm.client_new(wasm.memory.buffer); wasm.other(); 'x.wasm'";
        let expected = "const i = { $: f }, o = { a: i };\n\
                        wasm.ab(wasm.c.buffer); wasm.other(); 'x.wasm'";
        assert_eq!(shortened(glue, RENAMED).unwrap(), expected);
    }

    #[test]
    fn an_import_that_the_glue_does_not_have_is_an_error() {
        let error = shortened("const o = { \"./m.js\": {} };", RENAMED).unwrap_err();
        assert!(error.to_string().contains("__wbg_now_1f"), "{error}");
    }
}
