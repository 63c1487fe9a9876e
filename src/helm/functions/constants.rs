//! What differs from one run to the next: chance, clocks, keys, the cluster.
//!
//! In: arguments that hardly matter. Out: the same value each time, of the form that sprig's has.
//! Invariant: nothing is read from the world.

use super::super::numbers::size;
use super::super::value::Value;
use super::{Answer, Table, int};

/// A day that every clock shows.
const DAY: &str = "2024-01-01";

pub(super) const TABLE: Table = &[
    ("randAlphaNum", |args| random(args, "a")),
    ("randAlpha", |args| random(args, "a")),
    ("randAscii", |args| random(args, "a")),
    ("randNumeric", |args| random(args, "1")),
    ("randBytes", |args| random(args, "A")),
    ("uuidv4", |_| Ok("00000000-0000-4000-8000-000000000000".into())),
    ("now", |_| Ok(format!("{DAY} 00:00:00 +0000 UTC").into())),
    ("date", |_| Ok(DAY.into())),
    ("dateInZone", |_| Ok(DAY.into())),
    ("dateModify", |_| Ok(DAY.into())),
    ("date_modify", |_| Ok(DAY.into())),
    ("date_in_zone", |_| Ok(DAY.into())),
    ("htmlDate", |_| Ok(DAY.into())),
    ("toDate", |_| Ok(DAY.into())),
    ("ago", |_| Ok("0s".into())),
    ("duration", |_| Ok("0s".into())),
    ("unixEpoch", |_| Ok("1704067200".into())),
    ("genCA", |_| Ok(certificate())),
    ("genCAWithKey", |_| Ok(certificate())),
    ("genSelfSignedCert", |_| Ok(certificate())),
    ("genSelfSignedCertWithKey", |_| Ok(certificate())),
    ("genSignedCert", |_| Ok(certificate())),
    ("genSignedCertWithKey", |_| Ok(certificate())),
    ("buildCustomCert", |_| Ok(certificate())),
    ("genPrivateKey", |_| Ok("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".into())),
    ("derivePassword", |_| Ok("password".into())),
    ("htpasswd", |_| Ok("user:password".into())),
    ("bcrypt", |_| Ok("password".into())),
    ("encryptAES", |_| Ok("encrypted".into())),
    ("lookup", |_| Ok(Value::empty())),
    ("getHostByName", |_| Ok("".into())),
];

fn random(args: &[Value], letter: &str) -> Answer {
    let length = size(int(args, 0)?);
    if length > 100_000 { Err("the value is too large".to_owned()) } else { Ok(letter.repeat(length).into()) }
}

fn certificate() -> Value {
    let cert = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n";
    Value::map([("Cert", cert.into()), ("Key", key.into())])
}
