#!/usr/bin/env bash
# Times kubepin on a folder of manifests beside `rg` on the same files, and against a registry that is so far away.
# `bench/run.sh [FOLDER]`; without a folder, the project's fixtures. Needs hyperfine, ripgrep and Python 3.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
bench=$PWD/bench
folder=$(realpath -- "${1:-fixtures}")
cargo build --release --locked
kubepin=$PWD/target/release/kubepin
scratch=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf -- "$scratch"' EXIT

heading() {
  printf '\n== %s\n' "$1"
}

# Wall, user and system time of commands that take turns: names and commands.
times() {
  local arguments=()
  while [[ $# -gt 0 ]]; do
    arguments+=(--command-name "$1" "$2")
    shift 2
  done
  hyperfine --warmup 2 --min-runs 10 --ignore-failure --shell=none --style=basic "${arguments[@]}"
}

peak() {
  if [[ -x /usr/bin/time ]]; then
    /usr/bin/time -f "peak memory of $1: %M KB" "${@:2}" >/dev/null 2>"$scratch/peak" || true
    tail -n 1 "$scratch/peak"
  fi
}

everything=(--format concise --no-ignore --hidden)
manifests=(-uu -g '*.yaml' -g '*.yml' -g '*.json' -g Kustomization)

heading "all of $folder"
cd -- "$folder"
times \
  'kubepin check' "$kubepin check ${everything[*]} ." \
  'kubepin check, one thread' "$kubepin check ${everything[*]} --threads 1 ." \
  'kubepin list' "$kubepin list --no-ignore --hidden ." \
  'rg -c image' "rg -c image ${manifests[*]} ." \
  'rg -c image, one thread' "rg -c image -j 1 ${manifests[*]} ."
peak 'kubepin check' "$kubepin" check "${everything[@]}" .

heading 'five files, as a hook is given them'
mkdir "$scratch/hook"
rg -l 'image: ' "${manifests[@]}" --sort path . | head -n 5 | xargs -I{} cp --backup=numbered {} "$scratch/hook"
cd -- "$scratch/hook"
times \
  'kubepin check' "$kubepin check --format concise $(echo ./*)" \
  'rg -c image' "rg -c image $(echo ./*)"
peak 'kubepin check' "$kubepin" check ./*

# A thousand references of fifty repositories, in a hundred files.
mkdir "$scratch/tags"
for ((file = 0; file < 100; file++)); do
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n' >"$scratch/tags/$file.yaml"
  for ((image = 0; image < 10; image++)); do
    printf '    - {name: c%s, image: "registry.example.com/team/r%s:%s"}\n' \
      "$image" $(((file * 10 + image) % 50)) "$((file * 10 + image))" >>"$scratch/tags/$file.yaml"
  done
done
cd -- "$scratch"
for latency in 0 50; do
  heading "1,000 references, answers after $latency ms"
  exec {registry}< <(exec python3 "$bench/registry.py" "$latency")
  servers+=($!)
  read -r -u "$registry" address
  hyperfine --warmup 1 --runs 5 --style=basic --prepare 'rm -rf work && cp -r tags work' \
    --command-name 'kubepin check --fix' \
    "$kubepin check --fix --no-cache --format concise --registry-mirror '*=$address' work"
  if [[ $latency -gt 0 ]]; then
    printf 'sixteen at a time, this takes %s ms at least\n' $((1000 * latency / 16))
  fi
done
