//! Security headers, sent with every answer.

use std::time::Duration;

use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_DNS_PREFETCH_CONTROL,
};
use axum::http::{HeaderValue, Uri};
use axum::response::Response;

/// The page: its own scripts, styles and session; nothing from anywhere else. The Trusted Types
/// policies are lit's for its own templates, DOMPurify's for what it has cleaned, and the page's
/// for the address of its worker.
pub(super) const PAGE_CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; \
     frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types lit-html dompurify pop3-wasm-worker";

/// The frame that shows a message: no script, no request to anybody.
pub(super) const MAIL_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; \
     img-src data: blob:; font-src data:; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'";

/// The same frame after the reader asked for remote images.
pub(super) const MAIL_REMOTE_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; \
     img-src data: blob: https:; font-src data:; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'";

const COMMON: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (X_DNS_PREFETCH_CONTROL, "off"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), \
         midi=(), display-capture=(), browsing-topics=()",
    ),
];

/// The policy for a path: the frame files are looser in style, and tighter in all else.
fn csp_for(path: &str) -> &'static str {
    match path {
        "/mail.html" => MAIL_CSP,
        "/mail-remote.html" => MAIL_REMOTE_CSP,
        _ => PAGE_CSP,
    }
}

/// Tells the browser to come by HTTPS alone for so long ([RFC 6797 section 6.1]); nothing for less
/// than a second. Only an answer by HTTPS may say so.
///
/// [RFC 6797 section 6.1]: https://www.rfc-editor.org/rfc/rfc6797#section-6.1
pub(super) fn demand_https(response: &mut Response, time: Duration) {
    let seconds = time.as_secs();
    if seconds == 0 {
        return;
    }
    if let Ok(value) = HeaderValue::try_from(format!("max-age={seconds}")) {
        response
            .headers_mut()
            .insert(STRICT_TRANSPORT_SECURITY, value);
    }
}

/// Adds the headers to an answer, errors and redirections included.
pub(super) fn secure(uri: &Uri, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(csp_for(uri.path())),
    );
    for (name, value) in COMMON {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
