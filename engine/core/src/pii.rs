//! Personal data that cannot be printed by accident.

use std::fmt;

/// A value that belongs to a person: a number, a name, an address. Prints as `[redacted]`, always;
/// it has no `Serialize`, so it cannot reach a log or a record without a deliberate [`Pii::expose`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Each use is a place where personal data leaves its wrapper on purpose.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Pii;

    #[test]
    fn never_prints_its_value() {
        let number = Pii::new("+15550100");
        assert_eq!(format!("{number} {number:?}"), "[redacted] [redacted]");
    }
}
