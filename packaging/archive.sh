#!/usr/bin/env bash
# Makes the archive of a release: the program at the top, and beside it what packages install.
#
#   packaging/archive.sh PROGRAM TARGET FOLDER   writes FOLDER/kubepin-TARGET.tar.gz
set -euo pipefail

program=$1 target=$2 out=$3
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
files=$(mktemp -d)
trap 'rm -rf -- "$files"' EXIT

cp -- "$program" "$files/"
cp -- "$root/README.md" "$root/CHANGELOG.md" "$root"/LICENSE* "$files/"
mkdir -p "$files/completions" "$files/man" "$out"
for shell in bash elvish fish powershell zsh; do
  "$program" completions "$shell" >"$files/completions/kubepin.$shell"
done
"$program" man --dir "$files/man"
# Names without `./`: some installers look for the program by its name alone.
(cd -- "$files" && tar -czf - -- *) >"$out/kubepin-$target.tar.gz"
