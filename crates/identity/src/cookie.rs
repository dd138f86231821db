//! The cookies of a session, of a sign-in that waits for a second factor or for a provider, and of a browser that is known.

use axum::http::{HeaderMap, HeaderValue, header};

/// What a cookie of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Session,
    /// A sign-in that waits for the second factor.
    Challenge,
    /// A browser that was sent to a provider.
    Provider,
    /// The browser itself; it opens nothing.
    Device,
}

/// 32 bytes in base64url.
const VALUE_BYTES: usize = 43;

impl Name {
    /// The prefix makes browsers refuse one set for a parent domain or without TLS.
    fn text(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Name::Session, true) => "__Host-cibercase",
            (Name::Session, false) => "cibercase",
            (Name::Challenge, true) => "__Host-cibercase-challenge",
            (Name::Challenge, false) => "cibercase-challenge",
            (Name::Provider, true) => "__Host-cibercase-provider",
            (Name::Provider, false) => "cibercase-provider",
            (Name::Device, true) => "__Host-cibercase-device",
            (Name::Device, false) => "cibercase-device",
        }
    }
}

/// The token of that name in a request. Two different ones are none: somebody else set one of them.
pub fn find(headers: &HeaderMap, name: Name, is_https: bool) -> Option<&str> {
    let name = name.text(is_https);
    let mut found = None;
    for header in headers.get_all(header::COOKIE) {
        let Ok(text) = header.to_str() else { continue };
        for pair in text.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else { continue };
            if key != name || value.len() != VALUE_BYTES {
                continue;
            }
            if found.is_some_and(|earlier| earlier != value) {
                return None;
            }
            found = Some(value);
        }
    }
    found
}

/// The header that gives a browser a token.
pub fn set(name: Name, token: &str, max_age_seconds: i64, is_https: bool) -> Option<HeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    let text = format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_seconds}{secure}",
        name.text(is_https)
    );
    HeaderValue::from_str(&text).ok()
}

/// The header that takes it away.
pub fn clear(name: Name, is_https: bool) -> Option<HeaderValue> {
    set(name, "", 0, is_https)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (header::COOKIE, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let ours = format!("cibercase={TOKEN}");
        assert_eq!(find(&headers(&[&format!("a=b; {ours}; c=d")]), Name::Session, false), Some(TOKEN));
        assert_eq!(find(&headers(&["a=b", &ours]), Name::Session, false), Some(TOKEN));
        assert_eq!(find(&headers(&[&ours, &ours]), Name::Session, false), Some(TOKEN));
        assert_eq!(find(&headers(&[&format!("__Host-{ours}")]), Name::Session, true), Some(TOKEN));
    }

    #[test]
    fn whatever_is_not_one_token_of_ours_is_none() {
        let other = TOKEN.replace('a', "z");
        for values in [
            vec![String::new()],
            vec!["cibercase=short".to_owned()],
            vec![format!("Cibercase={TOKEN}")],
            vec![format!("__Host-cibercase={TOKEN}")],
            vec![format!("cibercase={TOKEN}; cibercase={other}")],
            vec![";;;===;;".to_owned()],
        ] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            assert_eq!(find(&headers(&values), Name::Session, false), None, "{values:?}");
        }
        assert_eq!(find(&headers(&[&format!("cibercase={TOKEN}")]), Name::Session, true), None);
    }

    #[test]
    fn the_cookie_insists_on_tls_where_there_is_tls() {
        let plain = set(Name::Session, TOKEN, 60, false).unwrap();
        assert!(!plain.to_str().unwrap().contains("Secure"));
        let secure = set(Name::Session, TOKEN, 60, true).unwrap();
        let text = secure.to_str().unwrap();
        assert!(text.starts_with("__Host-cibercase=") && text.contains("; Secure"), "{text}");
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(text.contains(attribute), "{text}");
        }
    }
}
