//! What a registry demands with a 401: the `WWW-Authenticate` challenge that is answered.
//!
//! In: the headers of an answer. Out: the one [`Challenge`] to meet.
//! Invariant: Bearer with a URL for a realm wins over Basic, wherever it stands: in one of several
//! headers or behind others in one header. The challenge's scope is not even read, since registries
//! send placeholders.

use http_auth::{ChallengeParser, ChallengeRef};
use reqwest::Url;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What a registry demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token from the realm.
    Bearer {
        /// Where tokens are given out.
        realm: Url,
        /// Who the token is for, as the realm knows it.
        service: Option<String>,
    },
    /// User and password.
    Basic,
}

/// The challenge to meet; `None` when there is none that can be.
pub(super) fn choose(headers: &HeaderMap) -> Option<Challenge> {
    let values = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let mut basic = None;
    for challenge in values.flat_map(|value| ChallengeParser::new(value).map_while(Result::ok)) {
        match read(&challenge) {
            Some(bearer @ Challenge::Bearer { .. }) => return Some(bearer),
            Some(Challenge::Basic) => basic = Some(Challenge::Basic),
            None => {}
        }
    }
    basic
}

fn read(challenge: &ChallengeRef<'_>) -> Option<Challenge> {
    if challenge.scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    let parameter = |name: &str| {
        let found = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped())
    };
    let realm = Url::parse(&parameter("realm")?).ok().filter(Url::has_host)?;
    let bearer = challenge.scheme.eq_ignore_ascii_case("bearer");
    bearer.then(|| Challenge::Bearer { realm, service: parameter("service") })
}

/// Chooses among what any header holds.
#[cfg(any(test, fuzzing))]
pub(super) fn read_any(value: reqwest::header::HeaderValue) {
    let headers = [(WWW_AUTHENTICATE, value)].into_iter().collect();
    if let Some(Challenge::Bearer { realm, .. }) = choose(&headers) {
        assert!(realm.has_host());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_is_read(value in "(Basic|Bearer|realm=|service=|\"|https://a.b/|[ ,=\\\\;<>\t]|[a-zü]){0,20}") {
            if let Ok(value) = value.parse() {
                read_any(value);
            }
        }
    }

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        let realm = Url::parse(realm).expect("a URL");
        Challenge::Bearer { realm, service: service.map(str::to_owned) }
    }

    #[test]
    fn bearer_wins_wherever_it_stands() {
        let a = || Some(bearer("https://a.example/token", Some("registry, inc.")));
        let table: &[(&[&str], Option<Challenge>)] = &[
            (&[r#"Bearer realm="https://a.example/token",service="registry, inc.""#], a()),
            (&[r#"bearer Realm="https://a.example/token", SERVICE="registry, inc.",scope="x""#], a()),
            (
                &[r#"Basic realm="x""#, r#"Bearer realm="https://a.example/token",service="registry, inc.""#],
                a(),
            ),
            (&[r#"Basic realm="x", Bearer realm="https://a.example/token",service="registry, inc.""#], a()),
            (
                &[r#"Bearer realm="https://a.example/\t", Basic realm="y""#],
                Some(bearer("https://a.example/t", None)),
            ),
            (&[r#"Bearer realm="not a url", Basic realm="y""#], Some(Challenge::Basic)),
            (&["broken =,", "Basic"], Some(Challenge::Basic)),
            (&[r#"Bearer realm="data:,x""#], None),
            (&["Negotiate", r#"Digest realm="https://a.example/""#], None),
            (&[], None),
        ];
        for (values, expected) in table {
            let mut headers = HeaderMap::new();
            for value in *values {
                headers.append(WWW_AUTHENTICATE, value.parse().expect("a header value"));
            }
            assert_eq!(&choose(&headers), expected, "{values:?}");
        }
    }
}
