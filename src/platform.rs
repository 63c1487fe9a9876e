//! Platforms: which machines an image is made for.
//!
//! In: `os/architecture[/variant]`, as it is typed or as a registry states it. Out: a [`Platform`] in its
//! normal form. Invariant: what runs where is told as the runtimes agree on it: containerd's normal forms
//! and variants, but never another architecture, which not every machine can run.

use std::fmt;

use serde::{Serialize, Serializer};

/// What an image is made for, or what a machine is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// `linux`, `windows`.
    pub os: String,
    /// As Go has it: `amd64`, `arm64`, `arm`.
    pub architecture: String,
    /// `v7` of `arm`. It is left out where it is what the architecture has anyway: `v1` of `amd64`, `v8` of `arm64`.
    pub variant: Option<String>,
    /// Build of Windows, which has to fit the machine.
    pub os_version: Option<String>,
}

impl Platform {
    /// The normal form: other names of architectures replaced, the variant that is meant without one left
    /// out, or written out for `arm`.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>, os_version: Option<&str>) -> Self {
        let (os, architecture) = (os.to_ascii_lowercase(), architecture.to_ascii_lowercase());
        let variant = variant.map(str::to_ascii_lowercase).filter(|variant| !variant.is_empty());
        let variant = variant.map(|variant| match variant.as_bytes() {
            [b'0'..=b'9', ..] if architecture.starts_with("arm") => format!("v{variant}"),
            _ => variant,
        });
        let (architecture, variant) = match (&*architecture, variant.as_deref()) {
            ("i386", _) => ("386", None),
            ("x86_64" | "x86-64" | "amd64", None | Some("v1")) => ("amd64", None),
            ("x86_64" | "x86-64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", None | Some("v8" | "8" | "v8.0")) => ("arm64", None),
            ("aarch64", variant) => ("arm64", variant),
            ("armhf", _) | ("arm", None) => ("arm", Some("v7")),
            ("armel", _) => ("arm", Some("v6")),
            other => other,
        };
        Self {
            os: if os == "macos" { "darwin".to_owned() } else { os },
            architecture: architecture.to_owned(),
            variant: variant.map(str::to_owned),
            os_version: os_version.filter(|version| !version.is_empty()).map(str::to_owned),
        }
    }

    /// Reads `os/architecture[/variant]`; for Windows also `windows(10.0.20348)/amd64`.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no platform: write OS/ARCH or OS/ARCH/VARIANT, for example linux/arm64");
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts[..] {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] if !variant.is_empty() => (os, architecture, Some(variant)),
            _ => return Err(wrong()),
        };
        let (os, version) = match os.split_once('(') {
            Some((os, rest)) => (os, Some(rest.strip_suffix(')').ok_or_else(wrong)?)),
            None => (os, None),
        };
        let word = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        let words = [Some(os), Some(architecture), variant, version];
        if !words.into_iter().flatten().all(word) {
            return Err(wrong());
        }
        Ok(Self::new(os, architecture, variant, version))
    }

    /// How well this machine runs images of a platform: 0 is best, and `None` is not at all. A machine
    /// runs what is made for its variant and for lower ones.
    pub fn runs(&self, image: &Self) -> Option<u32> {
        let same = self.os == image.os && self.architecture == image.architecture;
        let version = match (&self.os_version, &image.os_version) {
            (Some(own), Some(other)) => {
                other.strip_prefix(&**own).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            _ => true,
        };
        if !same || !version || self.is_unknown() {
            return None;
        }
        if self.variant == image.variant {
            return Some(0);
        }
        let ((major, minor), (lower, lower_minor)) = (self.level()?, image.level()?);
        match &*self.architecture {
            "amd64" | "arm" => major.checked_sub(lower).filter(|_| minor == lower_minor),
            "arm64" if major == lower => minor.checked_sub(lower_minor),
            // The ninth version begins where the eighth was at its fifth revision.
            "arm64" if (major, lower) == (9, 8) => Some(minor + 1 + (minor + 5).checked_sub(lower_minor)?),
            _ => None,
        }
    }

    /// The number in the variant: `v7`, `v8.2`.
    fn level(&self) -> Option<(u32, u32)> {
        let Some(variant) = &self.variant else {
            return Some((if self.architecture == "arm64" { 8 } else { 1 }, 0));
        };
        let number = variant.strip_prefix('v')?;
        let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
        Some((
            major.parse().ok().filter(|major| *major < 100)?,
            minor.parse().ok().filter(|minor| *minor < 100)?,
        ))
    }

    /// Whether it is none: what is beside the images of an index, such as an attestation, says `unknown/unknown`.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { os, architecture, variant, os_version } = self;
        f.write_str(os)?;
        if let Some(version) = os_version {
            write!(f, "({version})")?;
        }
        write!(f, "/{architecture}")?;
        variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        Platform::parse(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn normal_forms() {
        let table = [
            ("linux/amd64", "linux/amd64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/x86-64/v3", "linux/amd64/v3"),
            ("linux/i386", "linux/386"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/aarch64/8", "linux/arm64"),
            ("linux/arm64/v9", "linux/arm64/v9"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/6", "linux/arm/v6"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/armel", "linux/arm/v6"),
            ("macos/arm64", "darwin/arm64"),
            ("linux/riscv64/rva22u64", "linux/riscv64/rva22u64"),
            ("windows(10.0.20348)/amd64", "windows(10.0.20348)/amd64"),
        ];
        for (typed, expected) in table {
            assert_eq!(platform(typed).to_string(), expected, "{typed}");
            assert_eq!(platform(expected), platform(typed), "{typed}");
        }
    }

    #[test]
    fn what_is_no_platform() {
        for text in [
            "",
            "linux",
            "/amd64",
            "linux/",
            "linux/arm/",
            "linux/arm/v7/x",
            "a b/c",
            "windows(10/amd64",
            "windows()/amd64",
            "linux/a,b",
        ] {
            let error = Platform::parse(text).expect_err(text);
            assert_eq!(
                error,
                format!("`{text}` is no platform: write OS/ARCH or OS/ARCH/VARIANT, for example linux/arm64")
            );
        }
    }

    #[test]
    fn machines_run_their_variant_and_lower_ones() {
        let table = [
            ("linux/amd64", "linux/amd64/v1", Some(0)),
            ("linux/amd64", "linux/amd64/v2", None),
            ("linux/amd64/v3", "linux/amd64/v2", Some(1)),
            ("linux/amd64/v3", "linux/amd64", Some(2)),
            ("linux/amd64", "linux/386", None),
            ("linux/arm64", "linux/arm64/v8", Some(0)),
            ("linux/arm64/v8.2", "linux/arm64", Some(2)),
            ("linux/arm64", "linux/arm64/v8.2", None),
            ("linux/arm64/v9", "linux/arm64/v8.5", Some(1)),
            ("linux/arm64/v9", "linux/arm64", Some(6)),
            ("linux/arm64/v9", "linux/arm64/v8.6", None),
            ("linux/arm64/v9.1", "linux/arm64/v9", Some(1)),
            ("linux/arm64/v9.1", "linux/arm64/v8.6", Some(2)),
            ("linux/arm64/v8", "linux/arm64/v9", None),
            ("linux/arm64", "linux/arm/v7", None),
            ("linux/arm", "linux/arm/v6", Some(1)),
            ("linux/arm/v7", "linux/arm/v5", Some(2)),
            ("linux/arm/v6", "linux/arm", None),
            ("linux/ppc64le", "linux/ppc64le", Some(0)),
            ("linux/ppc64le/power9", "linux/ppc64le/power8", None),
            ("linux/amd64", "windows/amd64", None),
            ("windows/amd64", "windows(10.0.20348.1)/amd64", Some(0)),
            ("windows(10.0.20348)/amd64", "windows(10.0.20348.1)/amd64", Some(0)),
            ("windows(10.0.2034)/amd64", "windows(10.0.20348.1)/amd64", None),
            ("windows(10.0.20348)/amd64", "windows/amd64", Some(0)),
        ];
        for (machine, image, expected) in table {
            assert_eq!(platform(machine).runs(&platform(image)), expected, "{machine} {image}");
        }
    }
}
