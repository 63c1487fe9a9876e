#!/usr/bin/env bash
# Compares the bytes of every form of output for 1, 2 and 8 threads, 20 times, over a folder.
# `bench/determinism.sh KUBEPIN FOLDER [TIMES]`: the program, and the folder to read.
set -euo pipefail
kubepin=$(realpath -- "${1:?the program}")
cd -- "${2:?the folder}"
times=${3:-20}
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
formats=(human concise json json-lines sarif github gitlab junit rdjson markdown)
forms=('check --diff --offline' 'list' 'list --effective' 'list --effective --format json')
for format in "${formats[@]}"; do
  forms+=("check --format $format")
done

# The bytes of both streams and the exit status, as one hash.
hash_of() {
  local status=0
  "$kubepin" "$@" . >"$scratch/out" 2>"$scratch/err" || status=$?
  { cat "$scratch/out" "$scratch/err"; echo "$status"; } | sha256sum
}

for form in "${forms[@]}"; do
  read -ra arguments <<<"$form"
  first=$(hash_of "${arguments[@]}" --threads 1)
  for ((time = 1; time <= times; time++)); do
    for threads in 1 2 8; do
      if [[ $(hash_of "${arguments[@]}" --threads "$threads") != "$first" ]]; then
        printf '%s: other bytes with %s threads\n' "$form" "$threads"
        exit 1
      fi
    done
  done
  printf '%-32s the same bytes, %s times with 1, 2 and 8 threads\n' "$form" "$times"
done
