//! What a host says about how often it may be asked.
//!
//! In: the headers of an answer, and the time. Out: a [`Quota`].
//! Invariant: a header that cannot be read says nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Numbers above are seconds since 1970, not seconds from now: registries send both.
const EPOCH: u64 = 1_000_000_000;

/// What a host says about how often it may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Quota {
    /// How long it wants to be left alone.
    pub(super) wait: Option<Duration>,
    /// It says that nothing is left.
    pub(super) exhausted: bool,
    /// The time that its limit is for.
    pub(super) window: Option<Duration>,
}

/// Reads `Retry-After` (seconds or a date) and what there is of rate limits: `ratelimit-remaining:
/// 0;w=21600` of Docker Hub, `ratelimit-reset` of the IETF's draft and of GitLab, both also with `x-`.
pub(super) fn read(headers: &HeaderMap, now: SystemTime) -> Quota {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let limit = |name: &str| text(name).or_else(|| text(&format!("x-{name}")));
    let remaining = limit("ratelimit-remaining").unwrap_or_default();
    let (left, parameters) = remaining.split_once(';').unwrap_or((remaining, ""));
    let exhausted = left.trim() == "0";
    let window = parameters.split(';').find_map(|parameter| seconds(parameter.trim().strip_prefix("w=")?));
    let retry_after = text(RETRY_AFTER.as_str()).and_then(|value| moment(value, now));
    let reset = limit("ratelimit-reset").filter(|_| exhausted).and_then(|value| moment(value, now));
    Quota { wait: retry_after.or(reset), exhausted, window }
}

/// The time until a moment that is stated in seconds from now, in seconds since 1970, or as a date.
fn moment(value: &str, now: SystemTime) -> Option<Duration> {
    let until = |then: SystemTime| then.duration_since(now).unwrap_or_default();
    match seconds(value.trim()) {
        Some(since) if since.as_secs() > EPOCH => Some(until(UNIX_EPOCH.checked_add(since)?)),
        Some(from_now) => Some(from_now),
        None => httpdate::parse_http_date(value).ok().map(until),
    }
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_secs)
}

/// A time in the unit that people would use, rounded up: `7 s`, `2 min`, `6 h`.
pub(super) fn spoken(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_limits() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let wait = |seconds| Quota { wait: Some(Duration::from_secs(seconds)), ..Quota::default() };
        let reset = |seconds| Quota { exhausted: true, ..wait(seconds) };
        let window =
            |exhausted| Quota { exhausted, window: Some(Duration::from_secs(21600)), ..Quota::default() };
        let table: &[(&[(&str, &str)], Quota)] = &[
            (&[("retry-after", "7")], wait(7)),
            (&[("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT")], wait(10)),
            (&[("retry-after", "Tue, 14 Nov 2023 22:13:10 GMT")], wait(0)),
            (&[("retry-after", "1700000030")], wait(30)),
            (&[("retry-after", "-1")], Quota::default()),
            (&[("retry-after", "soon")], Quota::default()),
            (&[("retry-after", "99999999999999999999999")], Quota::default()),
            (&[("retry-after", "18446744073709551615")], Quota::default()),
            (&[("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "0;w=21600")], window(true)),
            (&[("ratelimit-remaining", "20;w=21600"), ("ratelimit-reset", "9")], window(false)),
            (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "9")], reset(9)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000060")], reset(60)),
            (&[("retry-after", "3"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "9")], reset(3)),
            (&[], Quota::default()),
        ];
        for (headers, expected) in table {
            let pair = |(name, value): &(&'static str, &str)| {
                (reqwest::header::HeaderName::from_static(name), value.parse().expect("a value"))
            };
            assert_eq!(&read(&headers.iter().map(pair).collect(), now), expected, "{headers:?}");
        }
    }

    #[test]
    fn times_as_people_say_them() {
        let table = [(0, "0 s"), (7, "7 s"), (90, "90 s"), (91, "2 min"), (5400, "90 min"), (21600, "6 h")];
        for (seconds, expected) in table {
            assert_eq!(spoken(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(spoken(Duration::from_millis(1200)), "2 s");
    }
}
