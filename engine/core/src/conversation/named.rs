//! Enumerations whose variants files, logs and records know by name.

/// A kind of thing that has one name for each of its values.
pub(crate) trait Named: Copy + 'static {
    const NAMES: &'static [&'static str];
    const ALL: &'static [Self];

    fn parse(text: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|name| *name == text)?;
        Self::ALL.get(place).copied()
    }

    /// As files, logs and records name it.
    fn name(self) -> &'static str;
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $crate::conversation::named::Named for $name {
            const NAMES: &'static [&'static str] = &[$($text),*];
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}
pub(crate) use named;
