#!/usr/bin/env bash
# Inputs that are too large for the tests, each with the memory and the time that it may take.
# `bench/abuse.sh KUBEPIN` takes the program to run; `.ci/run` gives it the one for a release.
# `docs/robustness.md` says what comes of each.
set -euo pipefail
kubepin=$(realpath -- "${1:?the program}")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"

# Runs `kubepin check` under limits: name, exit status, seconds, megabytes of memory, arguments.
check() {
  local name=$1 wanted=$2 seconds=$3 megabytes=$4 status=0 used
  shift 4
  /usr/bin/time -o used -f '%e %M' timeout "$seconds" "$kubepin" check --format concise "$@" >out 2>err || status=$?
  read -r used < <(tail -n 1 used)
  printf '%-36s exit %s, %s s, %s MB\n' "$name" "$status" "${used% *}" $((${used#* } / 1024))
  if [[ $status -ne $wanted || $((${used#* } / 1024)) -gt $megabytes ]]; then
    printf 'expected: exit %s within %s s and %s MB\n' "$wanted" "$seconds" "$megabytes"
    head -n 3 out err
    return 1
  fi
}

pod() {
  printf 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "a:%s"}]}\n' "$1"
}

{ pod 1; printf 'x: '; head -c 1073741824 /dev/zero | tr '\0' a; } >line.yaml
check 'one line of 1 GB' 2 10 50 line.yaml
grep -q 'larger than 100 MiB' err

{ pod 1; printf 'x: '; head -c 99000000 /dev/zero | tr '\0' a; } >line.yaml
check 'one line of 99 MB' 1 60 600 line.yaml

{ pod 1; printf 'x: ['; seq 2000000 | awk '{ printf "a: {b: c}, " }'; printf ']\n'; } >line.yaml
check 'one line of 2,000,000 maps' 1 300 2500 line.yaml
rm line.yaml

seq 1000000 | awk '{ print "---\napiVersion: v1\nkind: ConfigMap\ndata: {x: " $1 "}" }' >documents.yaml
check '1,000,000 documents without images' 0 60 300 documents.yaml
seq 1000000 | awk '{ print "---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: \"a:" $1 "\"}]}" }' >documents.yaml
check '1,000,000 documents with an image' 1 300 4000 documents.yaml
[[ $(wc -l <out) -eq 1000000 ]]
rm documents.yaml

mkdir many
pod 1 >many/pod.yaml
seq 200000 | split --lines=1 --suffix-length=6 --additional-suffix=.yaml - many/x
check '200,000 files in one folder' 1 120 300 many
[[ $(wc -l <out) -eq 1 ]]
rm -rf many
