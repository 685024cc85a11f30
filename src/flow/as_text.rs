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
