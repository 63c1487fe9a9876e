//! Pipelines: commands, calls and expressions.
//!
//! In: what stands in the braces of an action. Out: its value.
//! Invariant: arguments are evaluated from left to right, and by `and` and `or` only as far as needed.

use std::sync::Arc;

use gotmpl::parse::{Expr, Number, PipeNode};

use super::super::functions::{self, Answer};
use super::super::methods;
use super::super::value::Value;
use super::Run;

impl Run<'_> {
    /// The value of a pipeline, declared where it says so.
    pub(super) fn pipe(&mut self, pipe: &PipeNode, dot: &Value) -> Answer {
        let value = self.commands(pipe, dot)?;
        for name in &pipe.decl {
            self.declare(name, value.clone(), pipe.is_assign)?;
        }
        Ok(value)
    }

    pub(super) fn commands(&mut self, pipe: &PipeNode, dot: &Value) -> Answer {
        let mut piped = None;
        for command in &pipe.commands {
            self.engine.budget.step()?;
            piped = Some(self.command(&command.args, dot, piped)?);
        }
        Ok(piped.unwrap_or_default())
    }

    /// A function or a method with its arguments, the piped value last, or a value alone.
    fn command(&mut self, args: &[Expr], dot: &Value, piped: Option<Value>) -> Answer {
        let Some((first, rest)) = args.split_first() else {
            return Err("a command is empty".to_owned());
        };
        match first {
            Expr::Identifier(_, name) => self.call(name, rest, dot, piped),
            Expr::Chain(_, inner, fields) if matches!(**inner, Expr::Identifier(..)) => {
                let Expr::Identifier(_, name) = &**inner else {
                    return Err("a function has no name".to_owned());
                };
                methods::walk(self.call(name, rest, dot, piped)?, fields, &[])
            }
            Expr::Field(_, fields) => {
                let args = self.arguments(rest, dot, piped)?;
                methods::walk(dot.clone(), fields, &args)
            }
            Expr::Variable(_, name, fields) => {
                let args = self.arguments(rest, dot, piped)?;
                methods::walk(self.variable(name)?, fields, &args)
            }
            Expr::Chain(_, inner, fields) => {
                let from = self.expression(inner, dot)?;
                let args = self.arguments(rest, dot, piped)?;
                methods::walk(from, fields, &args)
            }
            _ if !rest.is_empty() || piped.is_some() => Err("can't give argument to non-function".to_owned()),
            other => self.expression(other, dot),
        }
    }

    fn arguments(&mut self, args: &[Expr], dot: &Value, piped: Option<Value>) -> Result<Vec<Value>, String> {
        let values: Result<Vec<Value>, String> = args.iter().map(|arg| self.expression(arg, dot)).collect();
        values.map(|values| values.into_iter().chain(piped).collect())
    }

    fn call(&mut self, name: &str, args: &[Expr], dot: &Value, piped: Option<Value>) -> Answer {
        if matches!(name, "and" | "or") {
            return self.short_circuit(name == "or", args, dot, piped);
        }
        let args = self.arguments(args, dot, piped)?;
        let failed = |message: String| format!("{name}: {message}");
        let value = match name {
            "include" | "tpl" => {
                let text = functions::text(&args, 0).map_err(failed)?;
                let dot = functions::arg(&args, 1).map_err(failed)?;
                let engine = self.engine;
                let done = if name == "tpl" { engine.tpl(text, dot) } else { engine.include(text, dot) };
                // What is inside says where: names of templates around it would only bury that.
                Value::text(done?)
            }
            _ => functions::named(name)?(&args).map_err(failed)?,
        };
        functions::bounded(value).map_err(failed)
    }

    /// `and` and `or` leave alone what they do not need.
    fn short_circuit(&mut self, wanted: bool, args: &[Expr], dot: &Value, piped: Option<Value>) -> Answer {
        let mut value = Value::Nil;
        for arg in args {
            value = self.expression(arg, dot)?;
            if value.is_true() == wanted {
                return Ok(value);
            }
        }
        Ok(piped.unwrap_or(value))
    }

    fn expression(&mut self, expression: &Expr, dot: &Value) -> Answer {
        match expression {
            Expr::Dot(_) => Ok(dot.clone()),
            Expr::Field(_, fields) => methods::walk(dot.clone(), fields, &[]),
            Expr::Variable(_, name, fields) => methods::walk(self.variable(name)?, fields, &[]),
            Expr::Identifier(_, name) => self.call(name, &[], dot, None),
            Expr::String(_, text) => Ok(Value::Text(Arc::clone(text))),
            Expr::Number(_, Number::Int(int)) => Ok(Value::Int(*int)),
            Expr::Number(_, Number::Uint(int)) => Err(format!("{int} overflows int")),
            Expr::Number(_, Number::Float(float)) => Ok(Value::Float(*float)),
            Expr::Bool(_, bool) => Ok(Value::Bool(*bool)),
            Expr::Nil(_) => Ok(Value::Nil),
            Expr::Pipe(_, pipe) => self.pipe(pipe, dot),
            Expr::Chain(_, inner, fields) => methods::walk(self.expression(inner, dot)?, fields, &[]),
        }
    }

    fn variable(&self, name: &str) -> Answer {
        let found = self.variables.iter().rev().find(|(known, _)| **known == *name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| format!("undefined variable {name:?}"))
    }
}
