//! People, their memberships and their sessions: types and what is allowed in them.

use std::collections::BTreeMap;

use platform::error::FieldError;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use vocab::{OrganizationId, SessionId, UserId};

/// RFC 5321: a path has at most 256 bytes, of which two are brackets.
const LONGEST_EMAIL_BYTES: usize = 254;
const LONGEST_NAME_CHARS: usize = 120;
const LONGEST_SLUG_BYTES: usize = 48;
/// More memberships than this are better one membership everywhere.
const MOST_MEMBERSHIPS: usize = 200;

vocab::text_enum! {
    /// What a session is carried by.
    pub enum SessionKind {
        /// A cookie.
        Browser = "browser",
        /// A refresh token and short access tokens.
        Token = "token",
    }
}

vocab::text_enum! {
    /// Where an account comes from.
    pub enum AccountSource {
        /// Made here, with a password of its own.
        Local = "local",
        /// Made by the word of a provider of OpenID Connect.
        Provider = "provider",
        /// Of the directory (LDAP), which knows the password.
        Directory = "directory",
    }
}

vocab::text_enum! {
    pub enum Locale {
        Spanish = "es",
        English = "en",
    }
}

vocab::text_enum! {
    pub enum ColorScheme {
        Light = "light",
        Dark = "dark",
        Auto = "auto",
    }
}

/// How somebody likes the web application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// Columns of the queue, in order; null for the usual ones.
    #[serde(default)]
    pub queue_columns: Option<Vec<String>>,
}

/// A role in one organization; without an organization, in all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    pub role: String,
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Normalised by [`normal_email`].
    pub email: String,
    pub display_name: String,
    pub password_hash: String,
    pub must_change_password: bool,
    pub memberships: Vec<Membership>,
}

/// An organization.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub slug: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    pub version: i32,
}

/// What a session and its user are, as the database has them.
#[derive(Debug, Clone)]
pub struct Standing {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub kind: SessionKind,
    pub created_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub ip: Option<std::net::IpAddr>,
    pub email: String,
    pub display_name: String,
    pub must_change_password: bool,
    /// Whether a second factor was shown in this session.
    pub has_second_factor: bool,
    pub memberships: Vec<Membership>,
    /// Every organization there is, for a member of all of them; otherwise empty.
    pub all_organizations: Vec<OrganizationId>,
    /// Of the organizations that they belong to.
    pub short_names: BTreeMap<OrganizationId, String>,
}

/// The one spelling of an address: trimmed and lower-cased.
pub fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// What keeps `email` from being an address, if anything. Only a delivery proves one, so this is lenient.
pub fn check_email(email: &str) -> Option<&'static str> {
    let Some((local, domain)) = email.rsplit_once('@') else { return Some("is not an e-mail address") };
    let is_plain =
        email.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>()[]\\,;:\"".contains(c));
    let is_domain = !domain.is_empty() && !domain.starts_with('.') && !domain.ends_with('.');
    if local.is_empty() || local.contains('@') || !is_plain || !is_domain {
        return Some("is not an e-mail address");
    }
    (email.len() > LONGEST_EMAIL_BYTES).then_some("is longer than 254 bytes")
}

/// What keeps `name` from being a name people can read, if anything.
pub fn check_name(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        return Some("is empty");
    }
    if name.chars().count() > LONGEST_NAME_CHARS {
        return Some("is longer than 120 characters");
    }
    has_invisible(name).then_some("has control characters")
}

/// Control characters, and those that turn the direction of text around: a name must not disguise itself.
pub fn has_invisible(text: &str) -> bool {
    text.chars().any(|c| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
}

/// What keeps `slug` from being part of a URL, if anything.
pub fn check_slug(slug: &str) -> Option<&'static str> {
    let is_plain =
        slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if slug.is_empty() || !is_plain || slug.starts_with('-') || slug.ends_with('-') {
        return Some("is lower-case letters, digits and hyphens, such as acme-spain");
    }
    (slug.len() > LONGEST_SLUG_BYTES).then_some("is longer than 48 characters")
}

/// A slug made of a name; None where nothing of it can stand in a URL.
pub fn slug_of(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        match plain_letter(c) {
            Some(letter) => slug.push(letter),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
        if slug.len() == LONGEST_SLUG_BYTES {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// Spanish names keep their letters when the accents go.
fn plain_letter(c: char) -> Option<char> {
    Some(match c {
        'a'..='z' | '0'..='9' => c,
        'á' | 'à' | 'ä' | 'â' | 'ã' => 'a',
        'é' | 'è' | 'ë' | 'ê' => 'e',
        'í' | 'ì' | 'ï' | 'î' => 'i',
        'ó' | 'ò' | 'ö' | 'ô' | 'õ' => 'o',
        'ú' | 'ù' | 'ü' | 'û' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        _ => return None,
    })
}

/// What is wrong with a set of memberships before anybody's rights are looked at.
pub fn check_memberships(memberships: &[Membership], is_role: impl Fn(&str) -> bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut error =
        |path: String, message: &str| errors.push(FieldError { path, message: message.to_owned() });
    if memberships.len() > MOST_MEMBERSHIPS {
        error("memberships".to_owned(), "has more than 200 entries");
        return errors;
    }
    for (index, membership) in memberships.iter().enumerate() {
        if !is_role(&membership.role) {
            error(format!("memberships[{index}].role"), "is not a role");
        }
        let is_repeated =
            memberships[..index].iter().any(|earlier| earlier.organization_id == membership.organization_id);
        if is_repeated {
            error(format!("memberships[{index}].organization_id"), "is there twice");
        }
    }
    errors
}

/// What keeps `columns` from being names of columns, if anything.
pub fn check_columns(columns: &[String]) -> Option<&'static str> {
    let is_name = |name: &String| {
        (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    (columns.len() > 40 || !columns.iter().all(is_name)).then_some("is up to 40 names of columns")
}

/// Collects what is wrong with several fields.
pub fn field_errors<const N: usize>(checks: [(&str, Option<&'static str>); N]) -> Vec<FieldError> {
    checks
        .into_iter()
        .filter_map(|(path, problem)| {
            problem.map(|message| FieldError { path: path.to_owned(), message: message.to_owned() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for good in ["ana@example.org", "a.b+c@sub.example.org", "admin@cibercase.local", "ñandú@example.org"]
        {
            assert_eq!(check_email(good), None, "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in [
            "",
            "ana",
            "@example.org",
            "ana@",
            "a b@example.org",
            "ana@.org",
            "a@b@c",
            "<a@b.c>",
            "a\0@b.c",
            &long,
        ] {
            assert!(check_email(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn names_are_bounded_and_do_not_disguise_themselves() {
        assert_eq!(check_name("Ana Núñez-Ó Briain"), None);
        assert!(check_name(" ").is_some());
        assert!(check_name("a\nb").is_some());
        assert!(check_name("a\0b").is_some());
        assert!(check_name("gpj.\u{202e}exe").is_some());
        assert!(check_name(&"á".repeat(120)).is_none());
        assert!(check_name(&"á".repeat(121)).is_some());
    }

    #[test]
    fn a_slug_comes_from_a_name() {
        for (name, slug) in [
            ("Acme", Some("acme")),
            ("Compañía del Sur, S.A.", Some("compania-del-sur-s-a")),
            ("  A  &  B  ", Some("a-b")),
            ("日本", None),
        ] {
            assert_eq!(slug_of(name).as_deref(), slug, "{name}");
        }
        let long = slug_of(&"x".repeat(100)).unwrap();
        assert_eq!(check_slug(&long), None);
    }

    #[test]
    fn memberships_name_known_roles_and_each_organization_once() {
        let one = |organization_id, role: &str| Membership { organization_id, role: role.to_owned() };
        let acme = Some(OrganizationId::new());
        let is_role = |name: &str| name == "viewer";
        assert!(check_memberships(&[one(acme, "viewer"), one(None, "viewer")], is_role).is_empty());
        assert_eq!(check_memberships(&[one(acme, "king")], is_role)[0].path, "memberships[0].role");
        let twice = check_memberships(&[one(None, "viewer"), one(None, "viewer")], is_role);
        assert_eq!(twice[0].path, "memberships[1].organization_id");
    }
}
