#!/usr/bin/env bash
# The action's only step: find, download or build kubepin, run it once, say how it went.
#
# In: the action's inputs as INPUT_* variables, and what a runner sets (GITHUB_*, RUNNER_TEMP).
# Out: kubepin's report on standard output, its exit status, outputs and a summary.
#
# An input is data: it is never evaluated, and never printed by this script, because a line that
# begins with `::` is a command to the runner. Keeps to what bash 3.2 can do, which macOS has.
set -euo pipefail
unset CDPATH

# Ends the step with a message. It must hold no input.
fail() {
  printf '::error title=kubepin::%s\n' "$1"
  echo 'exit-code=2' >>"${GITHUB_OUTPUT:-/dev/null}"
  exit 2
}

# An absolute form of a path, without touching the disk.
absolute() {
  case $1 in
    /* | [A-Za-z]:*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$PWD" "$1" ;;
  esac
}

# `0.1.0` for a binary that prints `kubepin 0.1.0`; nothing when it prints something else.
version_of() {
  local line
  line=$("$1" --version </dev/null 2>/dev/null) || return 0
  if [[ $line =~ ^kubepin\ ([0-9A-Za-z.+-]+) ]]; then
    printf '%s' "${BASH_REMATCH[1]}"
  fi
}

# What archives of releases call this machine.
target() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-aarch64 | Linux-arm64) echo aarch64-unknown-linux-musl ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) echo x86_64-pc-windows-msvc ;;
    *) echo unknown ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1"
  else
    shasum -a 256 <"$1"
  fi
}

# Downloads the archive that the table names for this machine and version, if it does. What arrives is
# unpacked only when it has the hash of the table.
download() {
  local version=${wanted:-*} name archive hash url found
  name=kubepin-$(target).tar.gz
  archive=$RUNNER_TEMP/kubepin/$name
  while read -r hash url; do
    # Without a version any one fits.
    # shellcheck disable=SC2053
    [[ $url == */v$version/$name ]] || continue
    echo "kubepin is downloaded from $url"
    mkdir -p "$RUNNER_TEMP/kubepin/bin"
    if ! curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$archive" "$url"; then
      echo '::notice title=kubepin::the release could not be downloaded; it is built instead'
      return 1
    fi
    found=$(sha256 "$archive")
    [[ ${found%% *} == "$hash" ]] || fail 'what was downloaded has another SHA-256 than the release'
    tar -xzf "$archive" -C "$RUNNER_TEMP/kubepin/bin" || fail 'the release could not be unpacked'
    return 0
  done <"$GITHUB_ACTION_PATH/action/releases.sha256"
  return 1
}

# Builds the revision of the action, in its own folder: cargo and rustup read settings from the
# folder they run in, and those of the checked repository are not ours to obey.
build() {
  command -v cargo >/dev/null || fail 'no kubepin on PATH, no release for this machine, no cargo to build it'
  echo '::group::Build kubepin'
  (
    cd -- "$GITHUB_ACTION_PATH" \
      && CARGO_TARGET_DIR="$RUNNER_TEMP/kubepin/target" \
        cargo install --locked --path . --root "$RUNNER_TEMP/kubepin"
  ) || fail 'kubepin could not be built: see the log above'
  echo '::endgroup::'
}

paths=${INPUT_PATHS:-}
args=${INPUT_ARGS:-}
wanted=${INPUT_VERSION:-}
wanted=${wanted#v}
fix=${INPUT_FIX:-false}
format=${INPUT_FORMAT:-github}
sarif=${INPUT_SARIF:-}
summary=${INPUT_SUMMARY:-true}
folder=${INPUT_WORKING_DIRECTORY:-.}
fail_on=${INPUT_FAIL_ON:-findings}
binary=${INPUT_BINARY:-}

[[ $wanted =~ ^[0-9A-Za-z.+-]*$ ]] || fail 'input version must be a version, like 0.1.0'
[[ $fix == true || $fix == false ]] || fail 'input fix must be true or false'
[[ $fail_on =~ ^(findings|warnings|never)$ ]] || fail 'input fail-on must be findings, warnings or never'
[[ $summary == true || $summary == false ]] || fail 'input summary must be true or false'
[[ $format =~ ^[a-z][a-z-]*$ ]] || fail 'input format must be the name of a format'
: "${RUNNER_TEMP:?}" "${GITHUB_ACTION_PATH:?}"

# Which kubepin.
if [[ -n $binary ]]; then
  kubepin=$(absolute "$binary")
  [[ -f $kubepin && -x $kubepin ]] || fail 'input binary names no executable file'
else
  kubepin=$(type -P kubepin || true)
  if [[ -n $kubepin ]]; then
    kubepin=$(absolute "$kubepin")
  fi
  if [[ -z $kubepin || (-n $wanted && $(version_of "$kubepin") != "$wanted") ]]; then
    download || build
    kubepin=$RUNNER_TEMP/kubepin/bin/kubepin
  fi
fi
version=$(version_of "$kubepin")
[[ -n $version ]] || fail 'what was found as kubepin does not tell its version'
[[ -z $wanted || $version == "$wanted" ]] \
  || fail "input version asks for another version than $version: use the revision of this action that has it, or input binary"

# What it is told.
[[ $folder != -* ]] || folder=./$folder
cd -- "$folder" 2>/dev/null || fail 'input working-directory names no folder'
report=$(mktemp -d "$RUNNER_TEMP/kubepin-report.XXXXXX")
trap 'rm -rf -- "$report"' EXIT
command=(check --format "$format")
if [[ $fix == true ]]; then
  command+=(--fix)
fi
if [[ $fail_on == warnings ]]; then
  command+=(--strict)
fi
if [[ -n $sarif ]]; then
  sarif=$(absolute "$sarif")
  command+=(--output-file "sarif=$sarif")
fi
if "$kubepin" check --help | grep -c -e '--output-file' >/dev/null; then
  command+=(--output-file "json=$report/report.json")
fi
words=()
read -r -d '' -a words <<<"$args" || true
command+=(${words[@]+"${words[@]}"} --)
named=0
while IFS= read -r path; do
  path=${path%$'\r'}
  if [[ -n $path ]]; then
    command+=("$path")
    named=1
  fi
done <<<"$paths"
if [[ $named -eq 0 ]]; then
  command+=(.)
fi
if [[ $summary == false ]]; then
  unset GITHUB_STEP_SUMMARY
fi

# Run it.
set +e
"$kubepin" "${command[@]}" </dev/null | tee -- "$report/log"
status=${PIPESTATUS[0]}
set -e

# Say how it went. Only lines of reports whose form is kubepin's own are counted.
findings=
fixed=
if [[ -f $report/report.json ]]; then
  findings=$(grep -c '^      "rule": ' -- "$report/report.json" || true)
  fixed=$(sed -n 's/^    "fixed": \([0-9]*\),*$/\1/p' -- "$report/report.json")
elif [[ $format == github ]]; then
  findings=$(grep -c -E '^::(error|warning) title=kubepin [a-z]' -- "$report/log" || true)
fi
printf '%s\n' "exit-code=$status" "findings=$findings" "fixed=$fixed" "version=$version" >>"${GITHUB_OUTPUT:-/dev/null}"
# A line break in it would begin another output.
if [[ -n $sarif && $sarif != *[$'\r\n']* ]]; then
  echo "sarif-file=$sarif" >>"${GITHUB_OUTPUT:-/dev/null}"
fi

case $status in
  0) verdict='No findings.' ;;
  1) verdict="Findings remain${findings:+: $findings}." ;;
  2) verdict='The check is incomplete: the log says why.' ;;
  *) verdict="kubepin ended with status $status: the log says why." ;;
esac
# Where kubepin wrote a summary of its own, it says more.
if [[ ! -s ${GITHUB_STEP_SUMMARY:-} ]]; then
  printf '### kubepin\n\n%s\n\nVersion %s, exit status %s.\n' "$verdict" "$version" "$status" \
    >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi

if [[ $status -eq 1 && $fail_on == never ]]; then
  exit 0
fi
exit "$status"
