#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| kubepin::registry::read_headers(value));
