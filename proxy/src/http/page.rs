//! The inbox page: the files of `www/dist`, embedded in release builds and read from disk in
//! development builds.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../www/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str = "The page is not part of this build of pop3-proxy.\n\
     Build it with `cargo xtask build`, then start the proxy again.\n\
     The endpoint /pop3 works all the same.\n";

/// Answers a request for a file of the page.
pub(super) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    match Dist::get(path) {
        Some(file) => answer(path, file, &headers),
        None if Dist::get("index.html").is_none() => {
            (StatusCode::NOT_FOUND, NOT_BUILT).into_response()
        }
        None => (StatusCode::NOT_FOUND, "There is no such page here.\n").into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let etag = etag(&file);
    // Vite puts a hash of the content into the names below assets/, so these never change.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let caching = [(ETAG, etag.as_str()), (CACHE_CONTROL, cache)];
    if is_known(request, &etag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let content_type = content_type(file.metadata.mimetype());
    (caching, [(CONTENT_TYPE, content_type)], file.data).into_response()
}

/// A strong validator: the file's SHA-256, cut to 128 bits, in hexadecimal.
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
