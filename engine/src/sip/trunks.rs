//! Who may call us: `sip-config/trunks.toml`.

use std::net::IpAddr;

use engine_core::source::{FileError, parse_toml};
use serde::Deserialize;

/// The site's trunks, in the order of the file; the first that holds a source address has the call.
#[derive(Debug, Clone, Default)]
pub struct TrunkTable {
    trunks: Vec<Trunk>,
    unknown_source: UnknownSource,
}

/// A group of peers: a carrier, a PBX, a proxy of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trunk {
    pub name: String,
    networks: Vec<Network>,
}

/// What a source outside every trunk gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownSource {
    /// Nothing at all: a scanner learns not even that SIP is spoken here.
    #[default]
    Drop,
    /// `403 Forbidden`.
    Forbid,
}

impl TrunkTable {
    /// Reads the text of a trunks file; `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let raw: RawTable = parse_toml(file, text)?;
        let mut trunks = Vec::with_capacity(raw.trunk.len());
        for trunk in raw.trunk {
            let name = trunk.name.get_ref();
            if name.is_empty() || trunks.iter().any(|t: &Trunk| t.name == *name) {
                return Err(
                    FileError::new(file, format!("trunk name \"{name}\" is empty or used twice"))
                        .at(text, trunk.name.span().start)
                        .remedy("give every trunk a name of its own"),
                );
            }
            let mut networks = Vec::with_capacity(trunk.sources.len());
            for source in &trunk.sources {
                networks.push(Network::parse(source.get_ref()).ok_or_else(|| {
                    FileError::new(file, format!("\"{}\" is not an address", source.get_ref()))
                        .at(text, source.span().start)
                        .remedy(
                            "write an IP address such as \"192.0.2.7\" or a network such as \"192.0.2.0/24\"",
                        )
                })?);
            }
            trunks.push(Trunk {
                name: trunk.name.into_inner(),
                networks,
            });
        }
        Ok(Self {
            trunks,
            unknown_source: raw.unknown_source,
        })
    }

    /// One trunk named `loopback` that admits this machine alone.
    pub fn loopback() -> Self {
        Self {
            trunks: vec![Trunk {
                name: "loopback".to_owned(),
                networks: ["127.0.0.0/8", "::1"]
                    .into_iter()
                    .filter_map(Network::parse)
                    .collect(),
            }],
            unknown_source: UnknownSource::Drop,
        }
    }

    /// One more trunk, of one address.
    pub fn admit(&mut self, name: &str, source: IpAddr) {
        let networks = Network::parse(&source.to_string()).into_iter().collect();
        self.trunks.push(Trunk {
            name: name.to_owned(),
            networks,
        });
    }

    /// The trunk that `source` belongs to.
    pub fn trunk_of(&self, source: IpAddr) -> Option<&Trunk> {
        let source = source.to_canonical();
        self.trunks
            .iter()
            .find(|trunk| trunk.networks.iter().any(|network| network.holds(source)))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trunks.iter().map(|trunk| trunk.name.as_str())
    }

    pub fn unknown_source(&self) -> UnknownSource {
        self.unknown_source
    }
}

/// Addresses whose first `bits` bits are those of `base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    base: IpAddr,
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let widest = match base {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let bits = bits.unwrap_or(widest);
        (bits <= widest).then_some(Self { base, bits })
    }

    fn holds(self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => same_prefix(
                u128::from(base.to_bits()),
                u128::from(address.to_bits()),
                32,
                self.bits,
            ),
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                same_prefix(base.to_bits(), address.to_bits(), 128, self.bits)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, width: u32, bits: u32) -> bool {
    let ignored = width.saturating_sub(bits);
    // A shift by the full 128 bits is undefined; it means that nothing is compared.
    match (a ^ b).checked_shr(ignored) {
        Some(rest) => rest == 0,
        None => true,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    #[serde(default)]
    unknown_source: UnknownSource,
    #[serde(default)]
    trunk: Vec<RawTrunk>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrunk {
    name: toml::Spanned<String>,
    sources: Vec<toml::Spanned<String>>,
}

#[cfg(test)]
mod tests {
    use super::{TrunkTable, UnknownSource};

    const FILE: &str = r#"
unknown_source = "forbid"

[[trunk]]
name = "carrier"
sources = ["192.0.2.0/24", "2001:db8::/32"]

[[trunk]]
name = "office"
sources = ["198.51.100.7"]
"#;

    fn check(source: &str, expect: Option<&str>) {
        let table = TrunkTable::parse("trunks.toml", FILE).unwrap();
        let trunk = table.trunk_of(source.parse().unwrap());
        assert_eq!(trunk.map(|t| t.name.as_str()), expect, "{source}");
    }

    #[test]
    fn a_source_belongs_to_the_first_trunk_that_holds_it() {
        check("192.0.2.200", Some("carrier"));
        check("::ffff:192.0.2.200", Some("carrier"));
        check("192.0.3.1", None);
        check("2001:db8:1::9", Some("carrier"));
        check("2001:db9::1", None);
        check("198.51.100.7", Some("office"));
        check("198.51.100.8", None);
    }

    #[test]
    fn unknown_sources_are_treated_as_the_file_says() {
        let table = TrunkTable::parse("trunks.toml", FILE).unwrap();
        assert_eq!(table.unknown_source(), UnknownSource::Forbid);
        assert_eq!(TrunkTable::default().unknown_source(), UnknownSource::Drop);
    }

    fn check_fault(text: &str, expect: &str) {
        let error = TrunkTable::parse("trunks.toml", text).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }

    #[test]
    fn faults_name_their_line_and_remedy() {
        check_fault(
            "[[trunk]]\nname = \"a\"\nsource = [\"192.0.2.1\"]\n",
            "trunks.toml:3: unknown key \"source\"; did you mean \"sources\"?",
        );
        check_fault(
            "[[trunk]]\nname = \"a\"\nsources = [\n  \"192.0.2.1\",\n  \"192.0.2.0/33\"]\n",
            "trunks.toml:5: \"192.0.2.0/33\" is not an address; write an IP address such as \"192.0.2.7\" or a network such as \"192.0.2.0/24\"",
        );
        check_fault(
            "[[trunk]]\nname = \"a\"\nsources = []\n[[trunk]]\nname = \"a\"\nsources = []\n",
            "trunks.toml:5: trunk name \"a\" is empty or used twice; give every trunk a name of its own",
        );
    }
}
