//! Registries that fail for a moment, or want to be asked less.

use std::time::{Duration, Instant};

use kubepin::answer::{Answer, Answers};
use kubepin::settings::{Ask, Retry};

use super::{Registry, ask, ask_one, assert_honest, honest, reason, settings, twenty};
use crate::lying::{Hang, Lies, Login, Trouble};
#[cfg(target_os = "linux")]
use crate::sandbox::Sandbox;

/// Settings that ask again, after milliseconds.
fn patient() -> Ask {
    let retry = Retry {
        attempts: 4,
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_secs(2),
        longest_outage: Duration::from_secs(5),
        patience: Duration::from_secs(10),
    };
    Ask { retry, ..settings() }
}

/// Asks for twenty images; how many requests arrived, and how long it took.
fn asked(lies: Lies, settings: &Ask) -> (Answers, Registry, Duration) {
    let registry = Registry::start(lies);
    let began = Instant::now();
    let answers = ask(&twenty(&registry.host), settings);
    assert_eq!(answers.by_question.len(), 20);
    assert_eq!(answers.traffic.requests, registry.seen().len());
    (answers, registry, began.elapsed())
}

fn pinned(answers: &Answers) -> usize {
    answers.by_question.values().filter(|answer| answer.is_pinned()).count()
}

#[test]
fn what_fails_is_asked_again() {
    for status in [408, 500, 502, 503, 504] {
        let lies = Lies { every: Some((5, Trouble::Status(status))), ..Lies::default() };
        let (answers, ..) = asked(lies, &patient());
        assert_honest(&answers, 20);
        assert_eq!((answers.traffic.requests, answers.traffic.retried), (20 + 4, 4), "{status}");
    }
    // The realm, too: 401, a failure, one token for each repository.
    let troubles = vec![Trouble::Status(503), Trouble::Status(503)];
    let (answers, ..) = asked(Lies { login: Login::Token, troubles, ..Lies::default() }, &patient());
    assert_honest(&answers, 20);
    assert_eq!(answers.traffic.retried, 2);
}

#[test]
fn what_keeps_failing_is_asked_as_often_as_the_settings_say() {
    for (status, requests) in [(408, 4), (500, 4), (502, 4), (503, 4), (504, 4), (501, 2), (418, 1)] {
        let registry = Registry::start(Lies { status: Some((status, "no")), ..Lies::default() });
        let host = &registry.host;
        let answer = ask_one(&format!("{host}/acme/web:1"), &patient());
        let why = answer.unanswered().expect("no answer");
        assert!(why.what.starts_with(&format!("{host} answered {status} ")), "{why:?}");
        assert_eq!(registry.seen().len(), requests, "{status}");
    }
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    let registry = Registry::start(Lies { troubles: vec![Trouble::Break; 2], ..Lies::default() });
    let answers = ask(&[format!("{}/acme/web:1", registry.host)], &patient());
    assert_honest(&answers, 1);
    assert_eq!((answers.traffic.requests, answers.traffic.retried), (3, 2));
}

#[test]
fn silence_is_waited_for_twice() {
    let settings = Ask { request_timeout: Duration::from_millis(200), ..patient() };
    let (answers, registry, _) = asked(Lies { hang: Hang::Always, ..Lies::default() }, &settings);
    assert_eq!((answers.traffic.requests, answers.traffic.retried), (2, 1));
    let what = format!("no answer from {} within 200ms", registry.host);
    let expected = Answer::Unreachable(reason(&what, "try again later"));
    assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
}

#[test]
fn retry_after_is_waited_for_by_all() {
    let lies = || Lies { headers: &[("retry-after", "1")], ..Lies::default() };
    let first = Lies { troubles: vec![Trouble::Status(429)], ..lies() };
    let (answers, _, took) = asked(first, &patient());
    assert_honest(&answers, 20);
    assert_eq!((answers.traffic.requests, answers.traffic.retried), (20 + 1, 1));
    assert!(took >= Duration::from_secs(1), "{took:?}");
    // A limit does not count as a failure, however often it comes.
    let later = Lies { every: Some((3, Trouble::Status(429))), headers: &[("retry-after", "0")], ..lies() };
    let (answers, ..) = asked(later, &Ask { concurrency: 1, ..patient() });
    assert_honest(&answers, 20);
    assert_eq!((answers.traffic.requests, answers.traffic.retried), (29, 9));
}

#[test]
fn a_limit_that_is_too_long_to_wait_for_is_found_out_once() {
    let lies = Lies { status: Some((429, "slow down")), ..Lies::default() };
    let table: [(&'static [_], usize, &str); 3] = [
        (&[("retry-after", "3600")], 1, "try again in 60 min"),
        // Docker Hub, when an account has had its pulls.
        (&[("ratelimit-remaining", "0;w=21600")], 1, "try again later (the limit counts 6 h)"),
        (&[], 4, "try again later"),
    ];
    for (headers, requests, later) in table {
        let (answers, registry, _) = asked(Lies { headers, ..lies.clone() }, &patient());
        let host = &registry.host;
        let what = format!("{host} answered 429 Too Many Requests");
        let hint = format!("{later}; limits are higher with a login: `docker login {host}`");
        let expected = Answer::Limited(reason(&what, &hint));
        assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
        assert_eq!(registry.seen().len(), requests, "{headers:?}");
    }
}

#[test]
fn a_host_that_is_down_for_long_is_left_alone_and_one_that_is_not_waited_for() {
    let headers = &[("retry-after", "3600")];
    let (answers, registry, _) =
        asked(Lies { status: Some((503, "no")), headers, ..Lies::default() }, &patient());
    let what = format!("{} answered 503 Service Unavailable, so it is not asked any more", registry.host);
    let expected = Answer::Unreachable(reason(&what, "try again in 60 min"));
    assert!(answers.by_question.values().all(|answer| *answer == expected), "{answers:?}");
    assert_eq!(registry.seen().len(), 1);
    let troubles = vec![Trouble::Status(503)];
    let (answers, _, took) =
        asked(Lies { troubles, headers: &[("retry-after", "1")], ..Lies::default() }, &patient());
    assert_honest(&answers, 20);
    assert!(took >= Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_host_that_says_that_nothing_is_left_is_waited_for_or_left_alone() {
    let with = |headers| Lies { headers, ..Lies::default() };
    // Two questions: one second between them, and none after the last.
    let registry = Registry::start(with(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "1")]));
    let began = Instant::now();
    let images = [1, 2].map(|tag| format!("{}/acme/web:{tag}", registry.host));
    assert_honest(&ask(&images, &patient()), 2);
    assert!((1.0..2.0).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
    let (answers, registry, _) =
        asked(with(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "3600")]), &patient());
    assert_eq!((pinned(&answers), registry.seen().len()), (1, 1));
    let host = &registry.host;
    let what = format!("{host} allows no further requests for now");
    let hint = format!("try again in 60 min; limits are higher with a login: `docker login {host}`");
    let last = answers.by_question.values().next_back();
    assert_eq!(last, Some(&Answer::Limited(reason(&what, &hint))));
    // Docker Hub counts GET, not HEAD: without a time to wait for, the next answer tells.
    let (answers, ..) = asked(with(&[("ratelimit-remaining", "0;w=21600")]), &patient());
    assert_eq!((pinned(&answers), answers.traffic.requests), (20, 20));
}

#[test]
fn a_host_that_fails_for_too_long_is_left_alone() {
    let retry = Retry { patience: Duration::from_millis(20), ..patient().retry };
    let lies = Lies { status: Some((503, "no")), ..Lies::default() };
    let (answers, registry, took) = asked(lies, &Ask { retry, ..patient() });
    assert!(took < Duration::from_secs(2) && registry.seen().len() < 80, "{took:?}");
    let what = format!("{} answered 503 Service Unavailable, so it is not asked any more", registry.host);
    let left_alone = Answer::Unreachable(reason(&what, "try again later"));
    assert_eq!(answers.by_question.values().next_back(), Some(&left_alone));
    assert_eq!(pinned(&answers), 0);
}

#[test]
fn a_host_that_only_fails_is_given_up_before_one_that_answers_by_turns() {
    let retry = Retry { longest_outage: Duration::from_millis(100), ..patient().retry };
    let lies = Lies { status: Some((503, "no")), ..Lies::default() };
    let (answers, registry, took) = asked(lies, &Ask { retry, ..patient() });
    let what = format!("{} answered 503 Service Unavailable, so it is not asked any more", registry.host);
    let left_alone = Answer::Unreachable(reason(&what, "try again later"));
    assert_eq!(answers.by_question.values().next_back(), Some(&left_alone));
    assert!(took < Duration::from_secs(2) && pinned(&answers) == 0, "{took:?}");
    // The same number of failures over the same time, and an answer between them.
    let slow = Duration::from_millis(30);
    let lies = Lies { every: Some((2, Trouble::Status(503))), slow, ..Lies::default() };
    let (answers, _, took) = asked(lies, &Ask { retry, concurrency: 1, ..patient() });
    assert!(took > Duration::from_millis(300), "{took:?}");
    assert_honest(&answers, 20);
}

#[test]
fn one_host_that_is_limited_holds_up_no_other() {
    let limited = Registry::start(Lies {
        status: Some((429, "no")),
        headers: &[("retry-after", "99")],
        ..Lies::default()
    });
    let open = Registry::start(Lies::default());
    let images = [twenty(&limited.host), twenty(&open.host)].concat();
    let answers = ask(&images, &patient());
    assert_eq!((pinned(&answers), limited.seen().len(), open.seen().len()), (20, 1, 20));
}

#[test]
fn a_run_ends_when_its_time_is_up() {
    let open = Registry::start(Lies::default());
    let hanging = Registry::start(Lies { hang: Hang::Always, ..Lies::default() });
    let images = [format!("{}/acme/web:1", open.host), format!("{}/acme/web:1", hanging.host)];
    let began = Instant::now();
    let answers = ask(&images, &Ask { run_timeout: Duration::from_millis(500), ..patient() });
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let of = |host: &str| &answers.by_question[&super::question(&format!("{host}/acme/web:1"))];
    assert_eq!(*of(&open.host), honest("acme/web", "1"));
    let what = "there was no time left to ask: all questions of a run have 500ms";
    let hint = "check fewer files at once, or see which registry is slow";
    assert_eq!(*of(&hanging.host), Answer::Unreachable(reason(what, hint)));
}

/// Nothing catches Ctrl-C: the system ends the run at once, and shells say 130. Files are whole since
/// each is replaced in one step.
#[test]
#[cfg(target_os = "linux")]
fn an_interrupt_ends_a_run_at_once() {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Command;

    let registry = Registry::start(Lies { hang: Hang::Always, ..Lies::default() });
    let sandbox = Sandbox::empty();
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: {}/acme/web:1\n",
        registry.host
    );
    sandbox.write("pod.yaml", &pod);
    // Who runs the tests in the background may have told them to ignore interrupts.
    let mut run = Command::new("env");
    run.args(["--default-signal=INT", env!("CARGO_BIN_EXE_kubepin"), "check", "--fix"]);
    let mut child = run.current_dir(sandbox.path()).spawn().expect("kubepin runs");
    let began = Instant::now();
    while registry.seen().is_empty() && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(kill.expect("a shell").success());
    let interrupted = Instant::now();
    let status = child.wait().expect("kubepin ends");
    assert!(interrupted.elapsed() < Duration::from_secs(5), "{:?}", interrupted.elapsed());
    assert_eq!((status.signal(), status.code()), (Some(2), None));
    assert_eq!(sandbox.files(), [("pod.yaml".to_owned(), pod.into_bytes())].into());
}
