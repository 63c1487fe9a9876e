#![no_main]

#[path = "../../tests/it/laws.rs"]
#[allow(dead_code)]
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| laws::references_are_their_parts(text));
