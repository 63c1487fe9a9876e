//! Logins in what is read: Secrets that a cluster pulls with.
//!
//! In: a file's text. Out: places of logins, and what is to be said of those that are of no use.
//! Invariant: a file's place is known by the file's name and the Secret's; nothing in it is quoted.

use crate::discover::Target;
use crate::extract;
use crate::finding::Problem;
use crate::settings::LoginSource;
use crate::source::printable;

/// The logins in a text, or why they cannot be used.
pub(super) fn find(target: &Target, text: &str) -> Vec<Result<LoginSource, Problem>> {
    let known = |secret: extract::PullSecret| {
        let name = match secret.name.as_str() {
            "" => "the Secret".to_owned(),
            name => format!("the Secret `{}`", printable(name)),
        };
        match secret.logins {
            Ok((text, form)) => {
                let name = format!("{} ({name})", target.name);
                Ok(LoginSource::Text { name, text, form, found: true })
            }
            Err(why) => {
                let message = format!("{name} gives no login: it {why}");
                Err(Problem::warning(&target.name, message).at(secret.start))
            }
        }
    };
    extract::pull_secrets(text).into_iter().map(known).collect()
}
