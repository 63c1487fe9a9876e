//! Arithmetic.
//!
//! In: numbers of any kind. Out: whole numbers, or floating ones where the name says so.
//! Invariant: what overflows wraps, as in Go; a division by zero is an error.

use super::super::numbers::{to_float, to_int};
use super::super::value::Value;
use super::{Answer, Table, arg, int};

pub(super) const TABLE: Table = &[
    ("int", |args| Ok(Value::Int(to_int(arg(args, 0)?)))),
    ("int64", |args| Ok(Value::Int(to_int(arg(args, 0)?)))),
    ("atoi", |args| Ok(Value::Int(arg(args, 0)?.as_text().and_then(|text| text.parse().ok()).unwrap_or(0)))),
    ("toDecimal", |args| {
        let digits = super::string(arg(args, 0)?);
        Ok(Value::Int(i64::from_str_radix(&digits, 8).unwrap_or(0)))
    }),
    ("float64", |args| Ok(Value::Float(to_float(arg(args, 0)?)))),
    ("add", |args| Ok(fold(0, args, i64::wrapping_add))),
    ("add1", |args| Ok(Value::Int(to_int(arg(args, 0)?).wrapping_add(1)))),
    ("sub", |args| Ok(Value::Int(to_int(arg(args, 0)?).wrapping_sub(to_int(arg(args, 1)?))))),
    ("mul", |args| Ok(fold(1, args, i64::wrapping_mul))),
    ("div", |args| divide(args, i64::checked_div)),
    ("mod", |args| divide(args, i64::checked_rem)),
    ("max", |args| Ok(fold(to_int(arg(args, 0)?), args, i64::max))),
    ("biggest", |args| Ok(fold(to_int(arg(args, 0)?), args, i64::max))),
    ("min", |args| Ok(fold(to_int(arg(args, 0)?), args, i64::min))),
    ("addf", |args| Ok(fold_real(args, |a, b| a + b))),
    ("add1f", |args| Ok(Value::Float(to_float(arg(args, 0)?) + 1.0))),
    ("subf", |args| Ok(fold_real(args, |a, b| a - b))),
    ("mulf", |args| Ok(fold_real(args, |a, b| a * b))),
    ("divf", |args| Ok(fold_real(args, |a, b| a / b))),
    ("maxf", |args| Ok(fold_real(args, f64::max))),
    ("minf", |args| Ok(fold_real(args, f64::min))),
    ("ceil", |args| Ok(Value::Float(to_float(arg(args, 0)?).ceil()))),
    ("floor", |args| Ok(Value::Float(to_float(arg(args, 0)?).floor()))),
    ("round", |args| {
        let places = i32::try_from(int(args, 1)?.clamp(0, 15)).unwrap_or(0);
        let power = 10f64.powi(places);
        Ok(Value::Float((to_float(arg(args, 0)?) * power).round() / power))
    }),
    ("randInt", |args| Ok(Value::Int(to_int(arg(args, 0)?)))),
];

fn fold(start: i64, args: &[Value], step: fn(i64, i64) -> i64) -> Value {
    Value::Int(args.iter().map(to_int).fold(start, step))
}

fn fold_real(args: &[Value], step: fn(f64, f64) -> f64) -> Value {
    Value::Float(args.iter().map(to_float).reduce(step).unwrap_or(0.0))
}

fn divide(args: &[Value], by: fn(i64, i64) -> Option<i64>) -> Answer {
    let (a, b) = (arg(args, 0)?, arg(args, 1)?);
    let quotient = by(to_int(a), to_int(b)).map(Value::Int);
    quotient.ok_or_else(|| "integer divide by zero".to_owned())
}
