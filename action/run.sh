#!/usr/bin/env bash
# The action's only step: find or build kubepin, run it once, say how it went.
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

# Builds the revision of the action, in its own folder: cargo and rustup read settings from the
# folder they run in, and those of the checked repository are not ours to obey.
build() {
  command -v cargo >/dev/null || fail 'no kubepin on PATH, and no cargo to build it with'
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
folder=${INPUT_WORKING_DIRECTORY:-.}
fail_on=${INPUT_FAIL_ON:-findings}
binary=${INPUT_BINARY:-}

[[ $fix == true || $fix == false ]] || fail 'input fix must be true or false'
[[ $fail_on == findings || $fail_on == never ]] || fail 'input fail-on must be findings or never'
[[ $format =~ ^[a-z]+$ ]] || fail 'input format must be the name of a format'
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
    build
    kubepin=$RUNNER_TEMP/kubepin/bin/kubepin
  fi
fi
version=$(version_of "$kubepin")
[[ -n $version ]] || fail 'what was found as kubepin does not tell its version'
[[ -z $wanted || $version == "$wanted" ]] \
  || fail "input version asks for another version than $version: use the revision of this action that has it, or input binary"

# What it is told.
command=(check --format "$format")
if [[ $fix == true ]]; then
  command+=(--fix)
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

# Run it.
[[ $folder != -* ]] || folder=./$folder
cd -- "$folder" 2>/dev/null || fail 'input working-directory names no folder'
report=$(mktemp "$RUNNER_TEMP/kubepin-report.XXXXXX")
trap 'rm -f -- "$report"' EXIT
set +e
"$kubepin" "${command[@]}" </dev/null | tee -- "$report"
status=${PIPESTATUS[0]}
set -e

# Say how it went.
findings=
if [[ $format == github ]]; then
  findings=$(grep -c -E '^::(error|warning) title=kubepin ' -- "$report" || true)
fi
printf '%s\n' "exit-code=$status" "findings=$findings" "version=$version" >>"${GITHUB_OUTPUT:-/dev/null}"

case $status in
  0) verdict='No findings.' ;;
  1) verdict="Findings remain${findings:+: $findings}." ;;
  2) verdict='The check is incomplete: the log says why.' ;;
  *) verdict="kubepin ended with status $status: the log says why." ;;
esac
printf '### kubepin\n\n%s\n\nVersion %s, exit status %s.\n' "$verdict" "$version" "$status" \
  >>"${GITHUB_STEP_SUMMARY:-/dev/null}"

if [[ $status -eq 1 && $fail_on == never ]]; then
  exit 0
fi
exit "$status"
