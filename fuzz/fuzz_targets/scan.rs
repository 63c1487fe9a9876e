#![no_main]

#[path = "../../tests/it/laws.rs"]
#[allow(dead_code)]
mod laws;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| laws::any_bytes_are_scanned(bytes));
