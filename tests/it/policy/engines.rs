//! Exported policies, run by an interpreter of Rego and one of CEL.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::{Context, Env, Program, Value as CelValue, extensions};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// What `kubepin policy export` prints with this configuration.
pub(super) fn export(form: &str, config: &str) -> String {
    let sandbox = Sandbox::empty();
    sandbox.write("kubepin.toml", config);
    let ran = sandbox.run(&["policy", "export", "--format", form]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{form}");
    ran.stdout
}

/// The documents of a text.
pub(super) fn documents(text: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(text);
    documents.map(|document| Value::deserialize(document).expect("a document")).collect()
}

/// The template of Gatekeeper.
pub(super) struct Rego {
    engine: regorus::Engine,
    /// What its constraint sets.
    pub(super) parameters: Value,
}

impl Rego {
    pub(super) fn of(config: &str) -> Self {
        let [template, constraint] = &documents(&export("gatekeeper", config))[..] else {
            panic!("a template and a constraint");
        };
        let rego = template.pointer("/spec/targets/0/rego").and_then(Value::as_str).expect("Rego");
        let mut engine = regorus::Engine::new();
        engine.set_rego_v0(true);
        engine.add_policy("template".to_owned(), rego.to_owned()).expect("valid Rego");
        Self { engine, parameters: constraint["spec"]["parameters"].clone() }
    }

    /// The messages about an object that comes in the place of another.
    pub(super) fn violations(&mut self, object: &Value, old: &Value) -> BTreeSet<String> {
        let input =
            json!({ "review": { "object": object, "oldObject": old }, "parameters": self.parameters });
        self.engine.set_input(regorus::Value::from(input));
        let set = self.engine.eval_rule("data.k8simagedigests.violation".to_owned()).expect("a verdict");
        let set = serde_json::to_value(&set).expect("JSON");
        let messages = set.as_array().expect("a set").iter().map(|violation| &violation["msg"]);
        messages.map(|message| message.as_str().expect("a message").to_owned()).collect()
    }

    /// The images of an object that it does not let in.
    pub(super) fn denied(&mut self, object: &Value) -> BTreeSet<String> {
        let violations = self.violations(object, &Value::Null);
        let image = |message: &String| {
            let (_, image) = message.split_once("> uses an image without a digest <").expect("an image");
            image.strip_suffix('>').expect("an image").to_owned()
        };
        violations.iter().map(image).collect()
    }
}

/// A policy for the API server or for Kyverno.
pub(super) struct Cel {
    env: Arc<Env>,
    conditions: Vec<Program>,
    variables: Vec<(String, Program)>,
    validation: Program,
    message: Program,
}

impl Cel {
    pub(super) fn of(form: &str, config: &str) -> Self {
        let policy = documents(&export(form, config)).remove(0);
        let mut env = Env::stdlib();
        env.add_extension(extensions::strings).expect("functions that Kubernetes has");
        let spec = &policy["spec"];
        let program = |at: &Value| env.compile(at.as_str().expect("an expression")).expect("valid CEL");
        let list = |key: &str| spec[key].as_array().expect("a list").clone();
        let variable = |variable: &Value| {
            (variable["name"].as_str().expect("a name").to_owned(), program(&variable["expression"]))
        };
        let [validation] = &list("validations")[..] else { panic!("one validation") };
        Self {
            conditions: list("matchConditions")
                .iter()
                .map(|condition| program(&condition["expression"]))
                .collect(),
            variables: list("variables").iter().map(variable).collect(),
            validation: program(&validation["expression"]),
            message: program(&validation["messageExpression"]),
            env: Arc::new(env),
        }
    }

    /// The message about an object that comes in the place of another, if it is not let in.
    pub(super) fn message(&self, object: &Value, old: &Value) -> Option<String> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.add_variable("object", cel::to_value(object).expect("an object")).expect("a variable");
        context.add_variable("oldObject", cel::to_value(old).expect("an object")).expect("a variable");
        let holds = |program: &Program, context: &Context<'_, '_>| {
            program.execute(context).expect("a verdict") == CelValue::Bool(true)
        };
        if !self.conditions.iter().all(|condition| holds(condition, &context)) {
            return None;
        }
        let mut known = std::collections::HashMap::new();
        for (name, program) in &self.variables {
            let value =
                program.execute(&context).unwrap_or_else(|error| panic!("{name}: {error} for {object}"));
            known.insert(name.clone(), value);
            context.add_variable_from_value("variables", known.clone());
        }
        if holds(&self.validation, &context) {
            return None;
        }
        match self.message.execute(&context).expect("a message") {
            CelValue::String(message) => Some(message.to_string()),
            other => panic!("no message: {other:?}"),
        }
    }

    /// The images of an object that it does not let in.
    pub(super) fn denied(&self, object: &Value) -> BTreeSet<String> {
        let message = self.message(object, &Value::Null).unwrap_or_default();
        let images = message.strip_prefix("images without a digest: ").unwrap_or_default();
        images.split(", ").filter(|_| !message.is_empty()).map(str::to_owned).collect()
    }
}
