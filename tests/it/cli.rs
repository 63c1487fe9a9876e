//! What the command line takes and prints: transcripts in `tests/it/cmd`.

#[test]
fn transcripts() {
    let cache = tempfile::TempDir::new().expect("a folder");
    let cases = trycmd::TestCases::new();
    cases.env("XDG_CACHE_HOME", cache.path().to_string_lossy());
    cases.env("NO_COLOR", "1").case("tests/it/cmd/*.toml").case("tests/it/cmd/*.trycmd");
}
