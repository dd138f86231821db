//! Shared nouns: what every other crate may name without depending on another module.
//!
//! Words: typed ids, [`Severity`] (what the source says), [`Urgency`] (what we compute), [`Verdict`],
//! [`Impact`], [`Stage`], [`Notification`] (what a source delivered, as parsed).
//! Invariants: no I/O, no clock, no randomness but the one hidden in [`ids`]' `new`.

mod ids;
mod notification;
mod severity;
mod work;

pub use ids::*;
pub use notification::{Entry, Format, Notification, Problem, SourceState};
pub use severity::{Severity, Urgency};
pub use work::{Impact, Stage, Verdict};

/// Derives the text form of an enum for SQL (`text` columns), JSON and URLs alike: one spelling everywhere.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[sqlx(type_name = "text", rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] #[sqlx(rename = $text)] #[schema(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The one spelling in SQL, JSON and URLs.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownValue;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err($crate::UnknownValue { expected: &[$($text),+] }),
                }
            }
        }
    };
}

/// A text that is none of an enum's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownValue {
    pub expected: &'static [&'static str],
}

impl std::fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected one of {}", self.expected.join(", "))
    }
}

impl std::error::Error for UnknownValue {}
