#!/usr/bin/env bash
# Fuzzes each target for so many minutes, beginning with the fixtures. Needs nightly Rust and cargo-fuzz.
# What it finds is in `fuzz/artifacts`: with the bug mended it becomes a fixture, or a row of a test.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
minutes=${1:?the number of minutes for each target}
shift
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(scan fix lines reference headers config)

# Seeds are what the fixtures and tests hold; libFuzzer adds what it finds on its way.
seed() {
  local target file
  mkdir -p corpus/{scan,fix,lines,reference,headers,config}
  while IFS= read -r -d '' file; do
    for target in scan fix lines; do
      cp -- "$file" "corpus/$target/$(sha1sum <"$file" | cut -c1-40)"
    done
  done < <(find ../fixtures -path '*/input/*' -type f -size -32k -print0)
  grep -rhoE 'image: [^ ]+$' ../fixtures | cut -d' ' -f2 | sort -u | split -l 1 - corpus/reference/fixture-
  grep -oE 'r#"[^#]+"#' ../src/registry/challenge.rs ../src/registry/tags.rs | cut -d'"' -f2- | split -l 1 - corpus/headers/test-
  sed 's/^# \?//' ../src/config/template.toml >corpus/config/template
}

seed
for target in "${targets[@]}"; do
  # The code has no `unsafe`, so that a sanitizer would only take time.
  nice cargo +nightly fuzz run --sanitizer none "$target" -- \
    -max_total_time=$((minutes * 60)) -timeout=20 -rss_limit_mb=2048 -max_len=16384
done
