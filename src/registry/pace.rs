//! How a host that fails or limits is gone easy on.
//!
//! In: what came of each request to it. Out: whether a request is sent again and when, or that the
//! host is left alone for the rest of the run.
//! Invariants: the failures of a host cost a run no more time than its patience, however many
//! questions wait, and much less when nothing else comes from it; nothing is sent to a host before the time it has named for that; a host that limits
//! gets half as many requests at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::quota::Quota;
use crate::answer::Answer;
use crate::settings::Retry;

/// The pace of one host.
#[derive(Debug)]
pub(super) struct Pace {
    retry: Retry,
    state: Mutex<State>,
    /// A permit for each request that may be under way.
    lanes: Arc<Semaphore>,
}

/// Leave to send one request, given back when it is answered.
pub(super) type Lane = OwnedSemaphorePermit;

#[derive(Debug, Default)]
struct State {
    /// How many requests may be under way.
    width: usize,
    /// Lanes that are to be closed when they are given back.
    surplus: usize,
    /// Nothing is sent before.
    resumes: Option<Instant>,
    /// Time lost to failures and to waits for them; what overlaps counts once.
    lost: Duration,
    lost_until: Option<Instant>,
    /// Since when nothing but failures came.
    failing_since: Option<Instant>,
    /// The answer to everything from now on.
    closed: Option<Answer>,
}

/// A failure that may pass.
#[derive(Debug)]
pub(super) struct Trouble {
    /// The host says that it is asked too often.
    limited: bool,
    /// When it wants to be asked again.
    wait: Option<Duration>,
    /// How often it is worth to send a request that fails like this.
    attempts: usize,
}

/// What becomes of a request that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is sent again after this time.
    Wait(Duration),
    /// It has failed.
    Stop,
    /// It has failed, and every other request to this host would.
    Close,
}

impl Trouble {
    /// What is wrong with an answer; `None` when asking again would not change it.
    pub(super) fn of_answer(status: StatusCode, quota: &Quota) -> Option<Self> {
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        // A limit that counts for hours and says no better time is not over in a moment.
        let hopeless = limited && quota.exhausted && quota.wait.is_none();
        let attempts = if hopeless { 1 } else { usize::MAX };
        let passes = limited || matches!(status.as_u16(), 408 | 500 | 502 | 503 | 504);
        passes.then_some(Self { limited, wait: quota.wait, attempts })
    }

    /// Whether the host does not say itself when to ask again.
    fn is_failure(&self) -> bool {
        !self.limited && self.wait.is_none()
    }

    /// No answer came, and the request may be sent `attempts` times.
    pub(super) fn silence(attempts: usize) -> Self {
        Self { limited: false, wait: None, attempts }
    }
}

impl Pace {
    pub(super) fn new(retry: Retry, concurrency: usize) -> Self {
        let width = concurrency.max(1);
        let state = Mutex::new(State { width, ..State::default() });
        Self { retry, state, lanes: Arc::new(Semaphore::new(width)) }
    }

    /// Waits until the host may be asked; an error is the answer it is left with.
    pub(super) async fn ready(&self) -> Result<Option<Lane>, Answer> {
        // Only a closed semaphore gives none, and this one is never closed.
        let lane = self.lanes.clone().acquire_owned().await.ok();
        loop {
            let resumes = {
                let state = self.state();
                if let Some(answer) = &state.closed {
                    return Err(answer.clone());
                }
                state.resumes.filter(|resumes| *resumes > Instant::now())
            };
            match resumes {
                Some(resumes) => sleep_until(resumes).await,
                None => return Ok(lane),
            }
        }
    }

    /// Takes back the lane of a request, and notes what came of it.
    pub(super) fn done(&self, lane: Option<Lane>, trouble: Option<&Trouble>) {
        let mut state = self.state();
        let failed = trouble.is_some_and(Trouble::is_failure);
        state.failing_since = failed.then(|| state.failing_since.unwrap_or_else(Instant::now));
        if state.surplus > 0 {
            state.surplus -= 1;
            lane.into_iter().for_each(Lane::forget);
        }
    }

    /// What becomes of a request that was sent `tries` times, the last time at `began`.
    pub(super) fn next(&self, trouble: &Trouble, tries: usize, began: Instant) -> Next {
        let now = Instant::now();
        let mut state = self.state();
        state.lose(began, now);
        // Being told when to come back is no failure: only the patience limits how often that happens.
        let patient = trouble.limited && trouble.wait.is_some();
        let spent = !patient && tries >= self.retry.attempts.min(trouble.attempts);
        let wait = trouble.wait.unwrap_or_else(|| self.backoff(tries));
        let long = wait > self.retry.longest_wait;
        if !spent && !long {
            state.lose(now, now + wait);
        }
        let failing = state.failing_since.map_or(Duration::ZERO, |since| now - since);
        let down = trouble.is_failure() && failing > self.retry.longest_outage;
        if down || state.lost > self.retry.patience || long || (spent && trouble.limited) {
            return Next::Close;
        }
        if spent {
            return Next::Stop;
        }
        if trouble.limited || trouble.wait.is_some() {
            state.pause(now, wait);
        }
        Next::Wait(wait)
    }

    /// Heeds an answer that says that nothing is left until some time. `false`: that is too long.
    pub(super) fn rest(&self, wait: Duration) -> bool {
        let now = Instant::now();
        let mut state = self.state();
        let fits = wait <= self.retry.longest_wait && state.lost + wait <= self.retry.patience;
        if fits {
            state.lose(now, now + wait);
            state.pause(now, wait);
        }
        fits
    }

    /// Leaves the host alone from now on. The first answer stays, so that all questions get the same.
    pub(super) fn close(&self, answer: Answer) -> Answer {
        self.state().closed.get_or_insert(answer).clone()
    }

    /// Full jitter: any time up to a bound that doubles with each try.
    fn backoff(&self, tries: usize) -> Duration {
        let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX);
        let factor = 2_u32.saturating_pow(doublings);
        let bound = self.retry.first_wait.saturating_mul(factor).min(self.retry.longest_wait);
        bound.mul_f64(fastrand::f64())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Sends nothing for a while, and then half as much at once.
    fn pause(&mut self, now: Instant, wait: Duration) {
        if self.resumes.is_none_or(|resumes| resumes <= now) {
            let half = self.width.div_ceil(2);
            self.surplus += self.width - half;
            self.width = half;
        }
        self.resumes = self.resumes.max(Some(now + wait));
    }

    fn lose(&mut self, from: Instant, to: Instant) {
        let from = self.lost_until.map_or(from, |until| until.max(from));
        if to > from {
            self.lost += to - from;
            self.lost_until = Some(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_halves_the_lanes_once() {
        let pace = Pace::new(Retry::default(), 16);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let lanes: Vec<_> = (0..16).map(|_| runtime.block_on(pace.ready()).expect("not closed")).collect();
        let quota = Quota { wait: Some(Duration::from_secs(5)), ..Quota::default() };
        for _ in 0..3 {
            let trouble = Trouble::of_answer(StatusCode::TOO_MANY_REQUESTS, &quota).expect("a limit");
            assert_eq!(pace.next(&trouble, 9, Instant::now()), Next::Wait(Duration::from_secs(5)));
        }
        for lane in lanes {
            pace.done(lane, None);
        }
        assert_eq!(pace.lanes.available_permits(), 8);
    }

    #[test]
    fn time_that_is_lost_together_counts_once() {
        let mut state = State::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for (from, to) in [(0, 10), (5, 8), (5, 12), (20, 21), (0, 3)] {
            state.lose(at(from), at(to));
        }
        assert_eq!(state.lost, Duration::from_secs(13));
    }

    #[test]
    fn waits_stay_below_a_bound_that_doubles() {
        let retry = Retry { longest_wait: Duration::from_millis(700), ..Retry::default() };
        let pace = Pace::new(retry, 1);
        for (tries, bound) in [(1, 250), (2, 500), (3, 700), (90, 700), (usize::MAX, 700)] {
            let longest = (0..200).map(|_| pace.backoff(tries)).max().expect("waits");
            let bound = Duration::from_millis(bound);
            assert!(longest <= bound && longest > bound / 2, "{tries}: {longest:?}");
        }
    }
}
