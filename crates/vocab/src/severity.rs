//! Severity is what the source says; urgency is what we compute from it. Both share the five steps of OCSF's
//! `severity_id` 1 to 5.

macro_rules! five_steps {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            Informational = 1,
            Low = 2,
            Medium = 3,
            High = 4,
            Critical = 5,
        }

        impl $name {
            pub const ALL: [$name; 5] =
                [$name::Informational, $name::Low, $name::Medium, $name::High, $name::Critical];

            /// The step as it is stored, `1` (informational) to `5` (critical): sorts as it ranks.
            pub const fn step(self) -> i16 {
                self as i16
            }

            /// The value of a stored step; anything outside 1 to 5 is drawn to the nearer end.
            pub const fn from_step(step: i16) -> Self {
                match step {
                    i16::MIN..=1 => $name::Informational,
                    2 => $name::Low,
                    3 => $name::Medium,
                    4 => $name::High,
                    _ => $name::Critical,
                }
            }

            pub const fn as_str(self) -> &'static str {
                match self {
                    $name::Informational => "informational",
                    $name::Low => "low",
                    $name::Medium => "medium",
                    $name::High => "high",
                    $name::Critical => "critical",
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::UnknownValue;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $name::ALL.into_iter().find(|step| step.as_str() == text).ok_or(crate::UnknownValue {
                    expected: &["informational", "low", "medium", "high", "critical"],
                })
            }
        }

        // Stored as `smallint`, so that sorting by rank is sorting by column.
        impl sqlx::Type<sqlx::Postgres> for $name {
            fn type_info() -> sqlx::postgres::PgTypeInfo {
                <i16 as sqlx::Type<sqlx::Postgres>>::type_info()
            }
        }

        impl sqlx::postgres::PgHasArrayType for $name {
            fn array_type_info() -> sqlx::postgres::PgTypeInfo {
                <i16 as sqlx::postgres::PgHasArrayType>::array_type_info()
            }
        }

        impl<'r> sqlx::Decode<'r, sqlx::Postgres> for $name {
            fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                <i16 as sqlx::Decode<sqlx::Postgres>>::decode(value).map(Self::from_step)
            }
        }

        impl<'q> sqlx::Encode<'q, sqlx::Postgres> for $name {
            fn encode_by_ref(
                &self,
                buf: &mut sqlx::postgres::PgArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <i16 as sqlx::Encode<sqlx::Postgres>>::encode_by_ref(&self.step(), buf)
            }
        }
    };
}

five_steps! {
    /// What the source says about how bad it is.
    Severity
}

five_steps! {
    /// What we say about how soon it wants work: severity, asset criticality and exposure together.
    Urgency
}

impl Severity {
    /// FortiSIEM's 0 to 10 in our steps: 0 informational, 1-4 low, 5-8 medium, 9 high, 10 critical.
    pub const fn from_fortisiem(value: i64) -> Self {
        match value {
            i64::MIN..=0 => Severity::Informational,
            1..=4 => Severity::Low,
            5..=8 => Severity::Medium,
            9 => Severity::High,
            _ => Severity::Critical,
        }
    }
}
