//! What the command line takes and prints: transcripts in `tests/it/cmd`.

#[test]
fn transcripts() {
    let cases = trycmd::TestCases::new();
    cases.env("NO_COLOR", "1").case("tests/it/cmd/*.toml").case("tests/it/cmd/*.trycmd");
}
