#![no_main]

#[path = "../../tests/it/laws.rs"]
#[allow(dead_code)]
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| {
    laws::lines_are_what_the_parser_reads(text);
});
