//! `kubepin inspect`: what a reference names, down to its layers, and the tags that name the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use super::{notes, print_problems, unanswered};
use crate::answer::{Answer, Traffic};
use crate::content::{Child, Content};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{Problem, Weight};
use crate::reference::{Digest, Question, Reference};
use crate::report::Progress;
use crate::report::inspected::{self, Inspected};
use crate::resolve::{Depth, Same, Session};
use crate::settings::Inspect;
use crate::source::printable;

/// Most manifests of an index that are looked into.
const LOOKED_INTO: usize = 100;

/// What is found, and what it costs.
struct Inspection<'s> {
    session: Session<'s>,
    progress: Progress,
    traffic: Traffic,
    problems: Vec<Problem>,
}

/// Inspects a reference.
pub(super) fn run(settings: &Inspect) -> Result<Exit, Failure> {
    let reference = Reference::parse(&settings.reference).map_err(|malformed| {
        let text = printable(&settings.reference);
        Failure::usage(
            format!("`{text}` is no image reference: {}", malformed.message),
            "give one image, by tag or by digest: nginx:1.27",
        )
    })?;
    let mut inspection = Inspection {
        session: Session::new(&settings.ask),
        progress: Progress::new(settings.output.progress),
        traffic: Traffic::default(),
        problems: Vec::new(),
    };
    let question = reference.question();
    if let Some(digest) = inspection.digest(&reference)? {
        let root = question.clone().by_digest(&digest);
        if let Some(content) = inspection.contents(&[root.clone()].into())?.remove(&root) {
            let manifests = inspection.manifests(&question, &content)?;
            let tags = if settings.tags { inspection.tags(&question, &digest)? } else { None };
            let (reference, registry) = (question.to_string(), inspection.traffic);
            let inspected = Inspected { reference, digest, content, manifests, tags, registry };
            let mut out = io::BufWriter::new(io::stdout().lock());
            inspected::print(&mut out, &inspected, settings)?;
            out.flush()?;
        }
    }
    print_problems(&inspection.problems, &settings.output)
}

impl Inspection<'_> {
    /// The digest that a reference carries, or that its tag has.
    fn digest(&mut self, reference: &Reference) -> Result<Option<Digest>, Failure> {
        if let Some(digest) = reference.digest() {
            return Ok(Some(digest.clone()));
        }
        let question = reference.question();
        let answers = self.session.ask(&[question.clone()].into(), &|_, _| {})?;
        self.traffic = answers.traffic;
        self.problems.extend(notes(&answers));
        Ok(match answers.by_question.get(&question) {
            Some(Answer::Pinned { digest, .. }) => Some(digest.clone()),
            Some(answer) => {
                let reasons = answer.reason().map(|reason| (&question, reason)).into_iter();
                self.problems.extend(unanswered::problems(reasons, (unanswered::NO_DIGEST, Weight::Failure)));
                None
            }
            None => None,
        })
    }

    /// What digests name. What cannot be told is a problem.
    fn contents(&mut self, questions: &BTreeSet<Question>) -> Result<BTreeMap<Question, Content>, Failure> {
        let progress = &self.progress;
        let looked =
            self.session.contents(questions, Depth::Config, &|done, all| progress.tell(done, all))?;
        self.traffic.contents += looked.traffic.requests;
        self.traffic.retried += looked.traffic.retried;
        self.problems.extend(looked.warnings.iter().map(|warning| Problem::warning("", warning)));
        self.problems.extend(looked.notes.iter().map(|note| Problem::note("", note)));
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
                self.traffic.requests += same.traffic.requests;
                self.traffic.retried += same.traffic.retried;
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

fn problem(what: &str, answer: &Answer) -> Option<Problem> {
    let reason = answer.reason()?;
    let problem = Problem::failure("", format!("{what}: {}", reason.what));
    Some(Problem { hint: reason.hint.clone(), ..problem })
}
