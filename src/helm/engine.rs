//! Execution of templates as Go's `text/template` does it.
//!
//! In: a set of parsed templates and the value of dot. Out: text.
//! Invariants: a template sees the variables that it declares and no others; nothing is printed before
//! it is known, so that a template that fails leaves no trace but the mappings that it changed.

mod parsed;
mod pipeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use gotmpl::parse::{BranchNode, ListNode, Node, PipeNode};

use super::budget::Budget;
use super::numbers::count;
use super::print::{self, LIMIT};
use super::value::Value;
pub(super) use parsed::Parsed;

/// What Go prints for nothing; Helm takes it out of what it renders.
pub(super) const NO_VALUE: &str = "<no value>";

/// Templates by name.
pub(super) type Set = BTreeMap<String, Arc<ListNode>>;

/// Templates that are executed.
#[derive(Clone, Copy)]
pub(super) struct Engine<'e> {
    pub(super) set: &'e Set,
    pub(super) budget: &'e Budget,
}

/// Why a list of nodes is left.
enum Leave {
    Break,
    Continue,
    Failed(String),
}

impl From<String> for Leave {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

impl Engine<'_> {
    /// What a template of the set comes to.
    pub(super) fn execute(self, name: &str, dot: &Value) -> Result<String, String> {
        let body = self.set.get(name).ok_or_else(|| format!("no template {name:?} is defined"))?;
        let mut run = Run { engine: self, variables: vec![("$".into(), dot.clone())], out: String::new() };
        match run.list(body, dot) {
            Ok(()) => Ok(run.out),
            Err(Leave::Failed(message)) => Err(message),
            Err(_) => Err("a loop is left where there is none".to_owned()),
        }
    }

    /// `include`, and `template`.
    pub(super) fn include(self, name: &str, dot: &Value) -> Result<String, String> {
        self.budget.deeper(|| self.execute(name, dot))
    }

    /// `tpl`: a text as a template. What it defines is known inside of it alone.
    fn tpl(self, text: &str, dot: &Value) -> Result<String, String> {
        const NAME: &str = "gotpl";
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        let mut set = self.set.clone();
        set.remove(NAME);
        Parsed::of(NAME, text)?.add_to(&mut set, NAME);
        let rendered = Engine { set: &set, budget: self.budget }.include(NAME, dot)?;
        Ok(rendered.replace(NO_VALUE, ""))
    }
}

/// A template while it is executed.
struct Run<'e> {
    engine: Engine<'e>,
    variables: Vec<(Arc<str>, Value)>,
    out: String,
}

impl Run<'_> {
    fn list(&mut self, list: &ListNode, dot: &Value) -> Result<(), Leave> {
        list.nodes.iter().try_for_each(|node| self.node(node, dot))
    }

    fn node(&mut self, node: &Node, dot: &Value) -> Result<(), Leave> {
        self.engine.budget.step()?;
        match node {
            Node::Text(text) => self.print(&text.text)?,
            Node::Action(action) => {
                let value = self.pipe(&action.pipe, dot)?;
                match value {
                    _ if !action.pipe.decl.is_empty() => {}
                    Value::Nil => self.print(NO_VALUE)?,
                    Value::Text(text) => self.print(&text)?,
                    value => self.print(&print::text(&value))?,
                }
            }
            Node::If(branch) => self.branch(branch, dot, false)?,
            Node::With(branch) => self.branch(branch, dot, true)?,
            Node::Range(branch) => self.range(branch, dot)?,
            Node::Template(call) => {
                let dot = call.pipe.as_ref().map_or(Ok(Value::Nil), |pipe| self.pipe(pipe, dot))?;
                let text = self.engine.include(&call.name, &dot)?;
                self.print(&text)?;
            }
            Node::List(list) => self.list(list, dot)?,
            Node::Define(_) => {}
            Node::Break(_) => return Err(Leave::Break),
            Node::Continue(_) => return Err(Leave::Continue),
        }
        Ok(())
    }

    fn print(&mut self, text: &str) -> Result<(), String> {
        self.out.push_str(text);
        if self.out.len() > LIMIT { Err("the text is too long".to_owned()) } else { Ok(()) }
    }

    /// `if`, and `with`, which moves dot.
    fn branch(&mut self, branch: &BranchNode, dot: &Value, moves: bool) -> Result<(), Leave> {
        let mark = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        let left = match &branch.else_body {
            _ if value.is_true() => self.list(&branch.body, if moves { &value } else { dot }),
            Some(other) => self.list(other, dot),
            None => Ok(()),
        };
        self.variables.truncate(mark);
        left
    }

    fn range(&mut self, branch: &BranchNode, dot: &Value) -> Result<(), Leave> {
        let mark = self.variables.len();
        let over = self.commands(&branch.pipe, dot)?;
        let pairs: Box<dyn Iterator<Item = (Value, Value)>> = match &over {
            Value::Nil => Box::new(std::iter::empty()),
            Value::List(list) | Value::Versions(list) => {
                Box::new(list.iter().enumerate().map(|(at, item)| (count(at), item.clone())))
            }
            Value::Map(map) => {
                let entries: Vec<_> =
                    map.read().iter().map(|(key, item)| (key.clone(), item.clone())).collect();
                Box::new(entries.into_iter().map(|(key, item)| (Value::Text(key), item)))
            }
            Value::Files(files) => Box::new(
                files.iter().map(|(path, text)| (path.as_str().into(), Value::Text(Arc::clone(text)))),
            ),
            Value::Int(int) => Box::new((0..*int).map(|at| (Value::Int(at), Value::Int(at)))),
            other => return Err(format!("range can't iterate over {}", print::text(other)).into()),
        };
        let mut empty = true;
        for (key, item) in pairs {
            empty = false;
            self.engine.budget.round()?;
            self.bind(&branch.pipe, key, &item)?;
            let left = self.list(&branch.body, &item);
            self.variables.truncate(mark);
            match left {
                Err(Leave::Break) => break,
                Err(Leave::Failed(message)) => return Err(message.into()),
                Ok(()) | Err(Leave::Continue) => {}
            }
        }
        match &branch.else_body {
            Some(other) if empty => self.list(other, dot),
            _ => Ok(()),
        }
    }

    /// The variables of a loop: the element, or the key and the element.
    fn bind(&mut self, pipe: &PipeNode, key: Value, item: &Value) -> Result<(), String> {
        match pipe.decl.as_slice() {
            [one] => self.declare(one, item.clone(), pipe.is_assign),
            [first, second, ..] => {
                self.declare(first, key, pipe.is_assign)?;
                self.declare(second, item.clone(), pipe.is_assign)
            }
            [] => Ok(()),
        }
    }

    fn declare(&mut self, name: &str, value: Value, assign: bool) -> Result<(), String> {
        if assign {
            let variable = self.variables.iter_mut().rev().find(|(known, _)| **known == *name);
            variable.ok_or_else(|| format!("undefined variable {name:?}"))?.1 = value;
        } else {
            self.variables.push((name.into(), value));
        }
        Ok(())
    }
}
