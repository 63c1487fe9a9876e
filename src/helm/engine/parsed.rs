//! The templates of a text, as they are kept while a chart is rendered.
//!
//! In: a text. Out: what it says, and the templates that it defines.
//! Invariant: no list has room to spare. The parser leaves room for three elements more in most of them, which
//! makes a large chart take three times the memory.

use std::sync::Arc;

use gotmpl::parse::{Expr, ListNode, Node, Parser, PipeNode};

use super::Set;

/// The templates of a text.
#[derive(Debug)]
pub(in crate::helm) struct Parsed {
    own: Arc<ListNode>,
    defined: Vec<(String, Arc<ListNode>)>,
}

impl Parsed {
    /// Parses a text, which goes by a name in what is wrong with it.
    pub(in crate::helm) fn of(name: &str, text: &str) -> Result<Self, String> {
        let parsed = Parser::with_name(Some(name), text, "{{", "}}").and_then(Parser::parse);
        let (own, defined) = parsed.map_err(|error| error.to_string())?;
        let kept = |mut body: ListNode| {
            compact(&mut body);
            Arc::new(body)
        };
        let defined = defined.into_iter().map(|one| (one.name.to_string(), kept(one.body)));
        Ok(Self { defined: defined.collect(), own: kept(own) })
    }

    /// Adds the templates to a set: the text's own under `name`, and those it defines.
    pub(in crate::helm) fn add_to(&self, set: &mut Set, name: &str) {
        let defined = self.defined.iter().map(|(name, body)| (name.as_str(), body));
        for (name, body) in [(name, &self.own)].into_iter().chain(defined) {
            // As in Go, an empty definition is none where there is another.
            if !body.is_empty_tree() || !set.contains_key(name) {
                set.insert(name.to_owned(), Arc::clone(body));
            }
        }
    }
}

/// Gives back what lists have to spare.
fn compact(list: &mut ListNode) {
    list.nodes.shrink_to_fit();
    for node in &mut list.nodes {
        match node {
            Node::List(list) => compact(list),
            Node::Action(action) => compact_pipe(&mut action.pipe),
            Node::If(branch) | Node::Range(branch) | Node::With(branch) => {
                compact_pipe(&mut branch.pipe);
                compact(&mut branch.body);
                branch.else_body.iter_mut().for_each(compact);
            }
            Node::Template(call) => call.pipe.iter_mut().for_each(compact_pipe),
            Node::Define(definition) => compact(&mut definition.body),
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }
}

fn compact_pipe(pipe: &mut PipeNode) {
    pipe.commands.shrink_to_fit();
    for command in &mut pipe.commands {
        command.args.shrink_to_fit();
        command.args.iter_mut().for_each(compact_expression);
    }
}

fn compact_expression(expression: &mut Expr) {
    match expression {
        Expr::Field(_, names) | Expr::Variable(_, _, names) => names.shrink_to_fit(),
        Expr::Pipe(_, pipe) => compact_pipe(pipe),
        Expr::Chain(_, inner, names) => {
            compact_expression(inner);
            names.shrink_to_fit();
        }
        _ => {}
    }
}
