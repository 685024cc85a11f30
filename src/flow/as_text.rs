//! Settings that are stored as the text a user would type.

/// Lets serde read and write a type by its `FromStr` and `Display`.
macro_rules! serde_as_text {
    ($type:ty, $error:ty) => {
        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        impl TryFrom<String> for $type {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }
    };
}

pub(crate) use serde_as_text;

/// Writes and reads a type by the names of its values: `what` it is and what was `expected` are for messages.
macro_rules! text_by_name {
    ($type:ty, $what:literal, $expected:literal, $($value:ident => $name:literal),+) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$value => $name),+
                })
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::flow::FlowError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$value),)+
                    _ => Err($crate::flow::FlowError::Unreadable {
                        what: $what,
                        given: text.to_owned(),
                        expected: $expected,
                    }),
                }
            }
        }
    };
}

pub(crate) use text_by_name;
