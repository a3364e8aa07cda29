//! Which called number leads where: `sip-config/dialplan.toml`.

use engine_core::source::{FileError, line_of, nearest, parse_toml};
use serde::Deserialize;

/// Rules in the order of the file; the first whose pattern fits the called number wins.
#[derive(Debug, Clone, Default)]
pub struct Dialplan {
    file: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    pattern: String,
    /// Empty: any trunk.
    trunk: Option<String>,
    destination: String,
    /// Where it stands in the file, from 1.
    line: u32,
}

impl Dialplan {
    /// Reads the text of a dialplan file; `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let raw: RawPlan = parse_toml(file, text)?;
        let mut rules = Vec::with_capacity(raw.rule.len());
        for rule in raw.rule {
            let pattern = rule.number.get_ref();
            if pattern.is_empty() || !pattern.chars().all(|c| c.is_ascii_graphic()) {
                return Err(
                    FileError::new(file, format!("\"{pattern}\" is not a number pattern"))
                        .at(text, rule.number.span().start)
                        .remedy("write a number; X stands for any digit and a final * for any rest"),
                );
            }
            if let Some(star) = pattern.find('*')
                && star + 1 != pattern.len()
            {
                return Err(FileError::new(file, format!("\"*\" stands inside \"{pattern}\""))
                    .at(text, rule.number.span().start)
                    .remedy("put * last; use X for single digits"));
            }
            if let Some(letter) = letter_among_digits(pattern) {
                let remedy = match letter {
                    'x' => "write X for any digit",
                    _ => "write digits, X for any of them and a final * for any rest",
                };
                let message = format!("\"{letter}\" stands among the digits of \"{pattern}\"");
                return Err(FileError::new(file, message)
                    .at(text, rule.number.span().start)
                    .remedy(remedy));
            }
            rules.push(Rule {
                line: line_of(text, rule.number.span().start),
                pattern: rule.number.into_inner(),
                trunk: rule.trunk,
                destination: rule.destination,
            });
        }
        Ok(Self {
            file: file.to_owned(),
            rules,
        })
    }

    /// Every number leads to `destination`.
    pub fn everything_to(destination: &str) -> Self {
        Self {
            file: String::new(),
            rules: vec![Rule {
                line: 0,
                pattern: "*".to_owned(),
                trunk: None,
                destination: destination.to_owned(),
            }],
        }
    }

    /// Where a call to `number` from `trunk` goes.
    pub fn destination(&self, trunk: &str, number: &str) -> Option<&str> {
        self.rules
            .iter()
            .find(|rule| {
                rule.trunk.as_deref().is_none_or(|only| only == trunk) && fits(&rule.pattern, number)
            })
            .map(|rule| rule.destination.as_str())
    }

    /// Every destination must be one of `flows`, every trunk one of `trunks`.
    pub fn check(&self, flows: &[&str], trunks: &[&str]) -> Result<(), FileError> {
        for rule in &self.rules {
            self.known(rule, "destination", &rule.destination, "flow", flows)?;
            if let Some(trunk) = &rule.trunk {
                self.known(rule, "trunk", trunk, "trunk", trunks)?;
            }
        }
        Ok(())
    }

    fn known(&self, rule: &Rule, key: &str, name: &str, what: &str, all: &[&str]) -> Result<(), FileError> {
        if all.contains(&name) {
            return Ok(());
        }
        let remedy = match nearest(name, all.iter().copied()) {
            Some(alike) => format!("did you mean \"{alike}\"?"),
            None => format!("there are: {}", all.join(", ")),
        };
        Err(FileError {
            line: Some(rule.line),
            ..FileError::new(&self.file, format!("{key} \"{name}\" is no {what}")).remedy(remedy)
        })
    }
}

/// A letter that no number has, in what is otherwise one; "3cx" is a name.
fn letter_among_digits(pattern: &str) -> Option<char> {
    let stray = |c: char| !c.is_ascii_digit() && !matches!(c, 'X' | '*' | '#' | '-' | '.');
    match pattern.strip_prefix('+') {
        Some(rest) => rest.chars().find(|c| stray(*c)),
        None => {
            let digits = pattern.starts_with(|c: char| c.is_ascii_digit());
            let only_x = pattern.chars().all(|c| c == 'x' || !stray(c));
            (digits && only_x && pattern.contains('x')).then_some('x')
        }
    }
}

fn fits(pattern: &str, number: &str) -> bool {
    let (pattern, open) = match pattern.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (pattern, false),
    };
    let mut digits = number.chars();
    for want in pattern.chars() {
        let fits = match (want, digits.next()) {
            ('X', Some(digit)) => digit.is_ascii_digit(),
            (want, Some(digit)) => want == digit,
            (_, None) => false,
        };
        if !fits {
            return false;
        }
    }
    open || digits.next().is_none()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlan {
    #[serde(default)]
    rule: Vec<RawRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    number: toml::Spanned<String>,
    trunk: Option<String>,
    destination: String,
}

#[cfg(test)]
mod tests {
    use super::Dialplan;

    const FILE: &str = r#"
[[rule]]
number = "+4420XXXX"
destination = "order-status"

[[rule]]
number = "100"
trunk = "office"
destination = "drinks"

[[rule]]
number = "+44*"
destination = "main"
"#;

    #[test]
    fn what_it_names_must_be_there() {
        let plan = Dialplan::parse("dialplan.toml", FILE).unwrap();
        let flows = ["order-status", "drinks", "main"];
        assert_eq!(plan.check(&flows, &["office", "browser"]), Ok(()));
        let error = plan.check(&["order_status", "drinks"], &["office"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "dialplan.toml:3: destination \"order-status\" is no flow; did you mean \"order_status\"?"
        );
        let error = plan.check(&flows, &["pbx"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "dialplan.toml:7: trunk \"office\" is no trunk; there are: pbx"
        );
    }

    fn check(trunk: &str, number: &str, expect: Option<&str>) {
        let plan = Dialplan::parse("dialplan.toml", FILE).unwrap();
        assert_eq!(plan.destination(trunk, number), expect, "{trunk} {number}");
    }

    #[test]
    fn the_first_rule_that_fits_has_the_call() {
        check("any", "+44201234", Some("order-status"));
        check("any", "+442012345", Some("main"));
        check("any", "+4420123a", Some("main"));
        check("any", "+44", Some("main"));
        check("any", "+43", None);
        check("office", "100", Some("drinks"));
        check("carrier", "100", None);
        check("office", "", None);
    }

    #[test]
    fn a_star_inside_a_pattern_is_refused_with_its_line() {
        let error = Dialplan::parse(
            "dialplan.toml",
            "[[rule]]\nnumber = \"1*2\"\ndestination = \"a\"\n",
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "dialplan.toml:2: \"*\" stands inside \"1*2\"; put * last; use X for single digits"
        );
    }

    #[test]
    fn a_letter_among_digits_is_refused_and_a_name_is_not() {
        let parse = |number: &str| {
            let text = format!("[[rule]]\nnumber = \"{number}\"\ndestination = \"a\"\n");
            Dialplan::parse("dialplan.toml", &text).map_err(|error| error.to_string())
        };
        assert_eq!(
            parse("+1A*").unwrap_err(),
            "dialplan.toml:2: \"A\" stands among the digits of \"+1A*\"; write digits, X for any of them and a final * \
             for any rest"
        );
        assert_eq!(
            parse("555xxxx").unwrap_err(),
            "dialplan.toml:2: \"x\" stands among the digits of \"555xxxx\"; write X for any digit"
        );
        for name in ["hark", "3cx", "alice*", "*", "+44X*", "555XXXX"] {
            assert!(parse(name).is_ok(), "{name}");
        }
    }
}
