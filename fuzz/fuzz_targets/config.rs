#![no_main]

#[path = "../../tests/it/laws.rs"]
#[allow(dead_code)]
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| laws::configurations_are_taken_or_refused(text));
