//! `kubepin inspect`: what a reference names, down to its layers, the tags that name the same, and what
//! refers to it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use super::lookup::{self, Lookup, problem};
use super::{print_problems, told};
use crate::content::{Child, Content};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::Problem;
use crate::reference::{Digest, Question};
use crate::referrer::Wanted;
use crate::report::inspected::{self, Inspected};
use crate::resolve::{Depth, Same};
use crate::settings::Inspect;

/// Most manifests of an index that are looked into.
const LOOKED_INTO: usize = 100;

/// Inspects a reference.
pub(super) fn run(settings: &Inspect) -> Result<Exit, Failure> {
    let reference = lookup::reference(&settings.reference)?;
    let mut lookup = Lookup::new(&settings.ask, &settings.output);
    let question = reference.question();
    if let Some(digest) = lookup.digest(&reference)? {
        let root = question.clone().by_digest(&digest);
        if let Some(content) = lookup.contents(&[root.clone()].into())?.remove(&root) {
            let manifests = lookup.manifests(&question, &content)?;
            let tags = if settings.tags { lookup.tags(&question, &digest)? } else { None };
            let wanted = Wanted { cosign: true, ..Wanted::default() };
            let referrers = lookup.referrers(&[root.clone()].into(), &wanted)?.remove(&root);
            let (reference, registry) = (question.to_string(), lookup.traffic);
            let inspected = Inspected { reference, digest, content, manifests, tags, referrers, registry };
            let mut out = io::BufWriter::new(io::stdout().lock());
            inspected::print(&mut out, &inspected, settings)?;
            out.flush()?;
        }
    }
    print_problems(&lookup.problems, &settings.output)
}

impl Lookup<'_> {
    /// What digests name. What cannot be told is a problem.
    fn contents(&mut self, questions: &BTreeSet<Question>) -> Result<BTreeMap<Question, Content>, Failure> {
        let progress = &self.progress;
        let looked =
            self.session.contents(questions, Depth::Config, &|done, all| progress.tell(done, all))?;
        self.traffic.add_contents(looked.traffic);
        self.problems.extend(told(&looked.warnings, &looked.notes));
        let mut contents = BTreeMap::new();
        for (question, content) in looked.by_question {
            match content {
                Ok(content) => {
                    contents.insert(question, content);
                }
                Err(answer) => self.problems.extend(problem(&format!("{question} is not shown"), &answer)),
            }
        }
        Ok(contents)
    }

    /// What an index lists.
    fn manifests(
        &mut self,
        question: &Question,
        content: &Content,
    ) -> Result<BTreeMap<Digest, Content>, Failure> {
        let Content::Index { manifests, .. } = content else { return Ok(BTreeMap::new()) };
        if manifests.len() > LOOKED_INTO {
            let message =
                format!("only the first {LOOKED_INTO} of {} manifests are looked into", manifests.len());
            self.problems.push(Problem::warning("", message));
        }
        let ask = |child: &Child| (question.clone().by_digest(&child.digest), child.digest.clone());
        let asked: BTreeMap<Question, Digest> = manifests.iter().take(LOOKED_INTO).map(ask).collect();
        let mut contents = self.contents(&asked.keys().cloned().collect())?;
        let found = |(question, digest)| Some((digest, contents.remove(&question)?));
        Ok(asked.into_iter().filter_map(found).collect())
    }

    /// The tags that name the same.
    fn tags(&mut self, question: &Question, digest: &Digest) -> Result<Option<Same>, Failure> {
        let progress = &self.progress;
        let same = self.session.tags(question, digest, &|done, all| progress.tell(done, all))?;
        match same {
            Ok(same) => {
                self.traffic.add(same.traffic);
                if let Some(answer) = same.open.first() {
                    let what = format!("{} tags got no answer", same.open.len());
                    self.problems.extend(problem(&what, answer));
                }
                Ok(Some(same))
            }
            Err(answer) => {
                self.problems.extend(problem("the tags are not known", &answer));
                Ok(None)
            }
        }
    }
}
