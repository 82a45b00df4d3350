//! The inbox page: the files of `www/dist`, embedded in release builds and read from disk in
//! development builds. They were compressed when the page was built; nothing is compressed here.

use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::coding::{self, Coding};

#[derive(RustEmbed)]
#[folder = "../www/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str = "The page is not part of this build of pop3-proxy.\n\
     Build it with `cargo xtask build`, then start the proxy again.\n\
     The endpoint /pop3 works all the same.\n";

/// Answers a request for a file of the page.
pub(super) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    find::<Dist>(uri.path(), &headers)
}

fn find<Files: RustEmbed>(path: &str, headers: &HeaderMap) -> Response {
    // One name for each file, since the path decides on the policy too (see headers.rs): of two
    // slashes the second begins an empty part, and there is no such page.
    let path = match path.strip_prefix('/').unwrap_or(path) {
        "" => "index.html",
        path => path,
    };
    // Development builds read from disk, where a path could lead out of the folder.
    let plain = path
        .split(['/', '\\'])
        .all(|part| !matches!(part, "" | "." | ".."));
    // A compressed copy is a form of its file, and no file of its own.
    let copy = Coding::ALL
        .iter()
        .any(|coding| path.ends_with(coding.ending()));
    match (plain && !copy).then(|| Files::get(path)).flatten() {
        Some(file) => answer::<Files>(path, file, headers),
        None if Files::get("index.html").is_none() => {
            (StatusCode::NOT_FOUND, NOT_BUILT).into_response()
        }
        None => (StatusCode::NOT_FOUND, "There is no such page here.\n").into_response(),
    }
}

fn answer<Files: RustEmbed>(path: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let content_type = content_type(file.metadata.mimetype());
    let copy = |coding: Coding| {
        let copy = Files::get(&format!("{path}{}", coding.ending()))?;
        Some((Some(coding), copy))
    };
    let accepted = coding::accepted(request).into_iter();
    let (coding, file) = accepted.filter_map(copy).next().unwrap_or((None, file));
    let etag = etag(&file);
    // The names below assets/ have a hash of the content in them, or a version: they never change.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let caching = [
        (ETAG, etag.as_str()),
        (CACHE_CONTROL, cache),
        (VARY, ACCEPT_ENCODING.as_str()),
    ];
    if is_known(request, &etag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let mut response = (caching, [(CONTENT_TYPE, content_type)], file.data).into_response();
    if let Some(coding) = coding {
        let value = HeaderValue::from_static(coding.name());
        response.headers_mut().insert(CONTENT_ENCODING, value);
    }
    response
}

/// The SHA-256 of what is sent, cut to 128 bits, in hexadecimal. Each coding of a file has its own,
/// so that it is a strong validator (RFC 9110 section 8.8.1).
fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash
        .iter()
        .take(16)
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!("\"{hex}\"")
}

/// Whether the client has the file already (RFC 9110 section 13.1.2).
fn is_known(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}

/// Text without a charset would be guessed at.
fn content_type(mime: &str) -> String {
    if mime.starts_with("text/") && !mime.contains("charset") {
        format!("{mime}; charset=utf-8")
    } else {
        mime.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(RustEmbed)]
    #[folder = "tests/page"]
    struct Page;

    #[derive(RustEmbed)]
    #[folder = "tests/no-such-folder"]
    #[allow_missing = true]
    struct Missing;

    fn header(response: &Response, name: impl axum::http::header::AsHeaderName) -> &str {
        response.headers().get(name).unwrap().to_str().unwrap()
    }

    #[tokio::test]
    async fn files_come_with_their_type_and_as_long_as_they_may_be_kept() {
        let (keep, ask) = ("public, max-age=31536000, immutable", "no-cache");
        for (path, content_type, cache, beginning) in [
            (
                "/",
                "text/html; charset=utf-8",
                ask,
                "<!doctype html>\n<title>A page",
            ),
            (
                "/index.html",
                "text/html; charset=utf-8",
                ask,
                "<!doctype html>\n<title>A page",
            ),
            (
                "/mail.html",
                "text/html; charset=utf-8",
                ask,
                "<!doctype html>\n<title>A frame",
            ),
            (
                "/assets/index-B1a2C3d4.js",
                "text/javascript; charset=utf-8",
                keep,
                "export",
            ),
            (
                "/assets/index-B1a2C3d4.css",
                "text/css; charset=utf-8",
                keep,
                "body",
            ),
            // Browsers compile while it loads only if it comes with exactly this type.
            (
                "/assets/engine-B1a2C3d4.wasm",
                "application/wasm",
                keep,
                "\0asm",
            ),
            ("/icon.svg", "image/svg+xml", ask, "<svg"),
            // A browser that kept an old one would keep the old page.
            (
                "/sw.js",
                "text/javascript; charset=utf-8",
                ask,
                "addEventListener",
            ),
            (
                "/manifest.webmanifest",
                "application/manifest+json",
                ask,
                "{",
            ),
        ] {
            let response = find::<Page>(path, &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(header(&response, CONTENT_TYPE), content_type, "{path}");
            assert_eq!(header(&response, CACHE_CONTROL), cache, "{path}");
            let body = axum::body::to_bytes(response.into_body(), 1000)
                .await
                .unwrap();
            assert!(body.starts_with(beginning.as_bytes()), "{path}: {body:?}");
        }
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        let first = find::<Page>("/index.html", &HeaderMap::new());
        let tag = header(&first, ETAG).to_owned();
        let other = find::<Page>("/mail.html", &HeaderMap::new());
        assert_ne!(header(&other, ETAG), tag);
        for (sent, known) in [
            (tag.clone(), true),
            (format!("W/{tag}"), true),
            (format!("\"x\", {tag}"), true),
            ("*".to_owned(), true),
            ("\"x\"".to_owned(), false),
            (tag.replace('"', ""), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, sent.parse().unwrap());
            let response = find::<Page>("/index.html", &headers);
            let status = if known {
                StatusCode::NOT_MODIFIED
            } else {
                StatusCode::OK
            };
            assert_eq!(response.status(), status, "{sent}");
            assert_eq!(header(&response, ETAG), tag);
            let body = axum::body::to_bytes(response.into_body(), 1000)
                .await
                .unwrap();
            assert_eq!(body.is_empty(), known);
        }
    }

    #[tokio::test]
    async fn a_file_comes_in_the_coding_that_the_client_likes_best() {
        const SCRIPT: &str = "/assets/index-B1a2C3d4.js";
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page");
        let mut tags = std::collections::BTreeSet::new();
        for (path, accepted, coding, ending) in [
            (SCRIPT, "gzip, deflate, br", Some("br"), ".br"),
            (SCRIPT, "gzip", Some("gzip"), ".gz"),
            (SCRIPT, "br;q=0.1, gzip;q=0.9", Some("gzip"), ".gz"),
            (SCRIPT, "identity", None, ""),
            (SCRIPT, "zstd", None, ""),
            ("/index.html", "br", Some("br"), ".br"),
            // No copy was made of it, since it would be no smaller.
            ("/icon.svg", "br, gzip", None, ""),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, accepted.parse().unwrap());
            let response = find::<Page>(path, &headers);
            let sent = response.headers().get(CONTENT_ENCODING);
            let sent = sent.map(|value| value.to_str().unwrap());
            assert_eq!(sent, coding, "{path} {accepted}");
            assert_eq!(header(&response, VARY), "accept-encoding");
            let tag = header(&response, ETAG).to_owned();
            let plain = find::<Page>(path, &HeaderMap::new());
            assert_eq!(
                header(&plain, CONTENT_TYPE),
                header(&response, CONTENT_TYPE)
            );
            assert_eq!(header(&plain, ETAG) == tag, coding.is_none(), "{path}");
            let body = axum::body::to_bytes(response.into_body(), 1000).await;
            let file = std::fs::read(format!("{folder}{path}{ending}")).unwrap();
            assert_eq!(body.unwrap(), file, "{path} {accepted}");
            // What the browser has in this coding it has, and in another it has not.
            headers.insert(IF_NONE_MATCH, tag.parse().unwrap());
            let again = find::<Page>(path, &headers);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(header(&again, VARY), "accept-encoding");
            headers.insert(IF_NONE_MATCH, header(&plain, ETAG).parse().unwrap());
            let other = find::<Page>(path, &headers).status();
            assert_eq!(other == StatusCode::OK, coding.is_some(), "{path}");
            tags.insert(tag);
        }
        assert_eq!(tags.len(), 5);
    }

    #[test]
    fn nothing_outside_of_the_folder_is_a_file_of_the_page() {
        for path in [
            "/../cli.rs",
            "/assets/../../cli.rs",
            "/assets/../index.html",
            "//index.html/",
            "/./index.html",
            "//index.html",
            "//mail.html",
            "///mail.html",
            "//",
            "/..\\cli.rs",
            "/assets",
            "/INDEX.HTML",
            // A copy would come without its type, and with the page's policy.
            "/index.html.br",
            "/assets/index-B1a2C3d4.js.gz",
            concat!("/", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ] {
            let response = find::<Page>(path, &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn a_build_without_the_page_says_how_to_build_it() {
        let response = find::<Missing>("/", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .unwrap();
        assert!(
            body.windows(18).any(|part| part == b"cargo xtask build`"),
            "{body:?}"
        );
    }
}
