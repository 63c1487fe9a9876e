//! What is listed as a referrer, looked at itself.
//!
//! In: a list of referrers. Out: the same list, with the types that it does not state, and with what there is to
//! those of the required types.
//! Invariants: only bytes that the digest is the hash of prove anything, and what is not there proves nothing;
//! no list, however long it is, makes this look at more than so many.

use std::collections::BTreeSet;

use super::content::{self, Referral};
use super::fault::{Stop, escape};
use super::visit::Visit;
use crate::answer::Answer;
use crate::reference::Digest;
use crate::referrer::{Claim, Referrer, Referrers};

/// Most manifests that are looked at for the referrers of one digest.
const LOOKED_AT: usize = 100;

impl Visit<'_> {
    /// Looks at what is listed as of a required type until one of each is proved, and at what is listed as of
    /// no type: where nothing is required, at all of that.
    pub(super) async fn look_at(
        &self,
        referrers: &mut Referrers,
        subject: &Digest,
        required: &BTreeSet<String>,
    ) -> Result<(), Stop> {
        for _ in 0..LOOKED_AT {
            let Some(referrer) = next(referrers, required) else { return Ok(()) };
            match self.referral(&referrer.digest).await? {
                Ok(said) => judge(referrer, said, subject),
                Err(why) => referrer.claim = Claim::Refuted(why),
            }
        }
        referrers.cut |= next(referrers, required).is_some();
        Ok(())
    }

    /// What a referrer says of itself, or why that proves nothing.
    async fn referral(&self, digest: &Digest) -> Result<Result<Referral, String>, Stop> {
        let endpoint = self.endpoint.with_tag(digest.as_str());
        match (Visit { endpoint: &endpoint, ..*self }).manifest(digest).await {
            Ok(body) => Ok(content::referral(&body).map_err(|why| format!("{} {why}", endpoint.host))),
            Err(Stop::Final(Answer::Missing(_))) => Ok(Err("it is not there".to_owned())),
            Err(Stop::Final(Answer::Untrusted(reason))) => Ok(Err(reason.what)),
            Err(stop) => Err(stop),
        }
    }
}

/// The next one that is to be looked at.
fn next<'r>(referrers: &'r mut Referrers, required: &BTreeSet<String>) -> Option<&'r mut Referrer> {
    let lacking: Vec<&String> = required.iter().filter(|name| !referrers.have(name)).collect();
    if lacking.is_empty() && !required.is_empty() {
        return None;
    }
    let is_open = |stated: &Option<String>| stated.as_ref().is_none_or(|stated| lacking.contains(&stated));
    let mut listed = referrers.list.iter_mut().filter(|referrer| referrer.claim == Claim::Listed);
    listed.find(|referrer| referrer.tag.is_none() && is_open(&referrer.artifact_type))
}

/// Holds a referrer to what it says of itself. A type that no list states is taken from there.
fn judge(referrer: &mut Referrer, said: Referral, subject: &Digest) {
    let Referral { artifact_type, subject: own } = said;
    let is_stated = |stated: &String| artifact_type.as_ref() == Some(stated);
    referrer.claim = match own {
        None => Claim::Refuted("its manifest refers to nothing".to_owned()),
        Some(other) if other != *subject => Claim::Refuted(format!("its manifest refers to {other}")),
        Some(_) if !referrer.artifact_type.as_ref().is_none_or(is_stated) => {
            let own = artifact_type.as_deref().map_or("of no type".to_owned(), escape);
            Claim::Refuted(format!("its manifest says that it is {own}"))
        }
        Some(_) => Claim::Proved,
    };
    referrer.artifact_type = referrer.artifact_type.take().or(artifact_type);
}
