//! `kubepin referrers`: what refers to an image, and what refers to that.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use super::lookup::{self, Lookup};
use super::print_problems;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::Problem;
use crate::reference::{Digest, Question};
use crate::referrer::{Referrers, Wanted};
use crate::report::referring::{self, Tree};
use crate::settings::ShowReferrers;

/// Most digests whose referrers are looked for.
const LOOKED_AT: usize = 200;

/// Shows the referrers of an image.
pub(super) fn run(settings: &ShowReferrers) -> Result<Exit, Failure> {
    let reference = lookup::reference(&settings.reference)?;
    let mut lookup = Lookup::new(&settings.ask, &settings.output);
    if let Some(digest) = lookup.digest(&reference)? {
        let root = reference.question().by_digest(&digest);
        let found = lookup.all_below(&root, &settings.wanted)?;
        if found.contains_key(&digest) {
            let tree = Tree { reference: root.to_string(), digest, found, registry: lookup.traffic };
            let mut out = io::BufWriter::new(io::stdout().lock());
            referring::print(&mut out, &tree, &settings.output)?;
            out.flush()?;
        }
    }
    print_problems(&lookup.problems, &settings.output)
}

impl Lookup<'_> {
    /// The referrers of a digest, of what refers to it, and so on. Only the first ones are held to what is
    /// wanted: what refers to those is about them.
    fn all_below(
        &mut self,
        root: &Question,
        wanted: &Wanted,
    ) -> Result<BTreeMap<Digest, Referrers>, Failure> {
        let mut found = BTreeMap::new();
        let mut asked = BTreeSet::new();
        let mut open = BTreeSet::from([root.clone()]);
        let mut wanted = wanted.clone();
        while !open.is_empty() {
            asked.extend(open.iter().cloned());
            let referrers = self.referrers(&open, &wanted)?;
            let below = referrers.values().flat_map(|referrers| &referrers.list);
            let below = below.map(|referrer| root.clone().by_digest(&referrer.digest));
            open = below.filter(|question| !asked.contains(question)).collect();
            let by_digest =
                |(question, referrers): (Question, _)| Some((Digest::parse(&question.tag).ok()?, referrers));
            found.extend(referrers.into_iter().filter_map(by_digest));
            let left = LOOKED_AT.saturating_sub(asked.len());
            if open.len() > left {
                let message = format!("what refers to {} of the referrers is not shown", open.len() - left);
                self.problems.push(Problem::failure("", message));
                open = open.into_iter().take(left).collect();
            }
            wanted = Wanted { scheme: wanted.scheme, ..Wanted::default() };
        }
        Ok(found)
    }
}
