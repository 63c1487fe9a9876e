#!/usr/bin/env bash
# Times `kubepin check` on a folder of manifests, beside `rg -c image` on the same files.
# Needs hyperfine and ripgrep. The first argument is the folder; without it, the project's fixtures.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
folder=$(realpath -- "${1:-fixtures}")
cargo build --release --locked
kubepin=$PWD/target/release/kubepin
cd -- "$folder"
hyperfine --warmup 2 --min-runs 10 --ignore-failure --shell=none \
  --command-name 'kubepin check' "$kubepin check --format concise --no-ignore --hidden ." \
  --command-name 'kubepin check, one thread' "$kubepin check --format concise --no-ignore --hidden --threads 1 ." \
  --command-name 'rg -c image' "rg -c image -uu -g *.yaml -g *.yml -g *.json -g Kustomization ."
if command -v /usr/bin/time >/dev/null; then
  /usr/bin/time -f 'peak memory of kubepin check: %M KB' "$kubepin" check --format concise --no-ignore --hidden . >/dev/null || true
fi
