#!/bin/bash
# tools/run, from another folder and through a symbolic link, twice at the same time: standard output is
# the tool's own, and so are the arguments and the exit code. The build folder is the one given, which
# is up to date, so that nothing is compiled.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export INTERLEAVE_BUILD=$1

fail() {
  echo "run_script_test: $*" >&2
  exit 1
}

ln -s "$root/tools/run" "$scratch/il"
mkdir "$scratch/elsewhere"
cd "$scratch/elsewhere"

rm -f "$INTERLEAVE_BUILD/up_to_date"
"$scratch/il" --help >first &
"$root/tools/run" --help >second
wait "$!" || fail "the first of two calls failed"
"$INTERLEAVE_BUILD/interleave" --help >expected
cmp expected first
cmp expected second
[[ -e $INTERLEAVE_BUILD/up_to_date ]] || fail "no stamp after a build"

"$scratch/il" --help >third 2>third_errors
cmp expected third
[[ ! -s third_errors ]] || fail "a call with nothing to build is not silent"

code=0
"$scratch/il" check "no such file.scn" >output 2>errors || code=$?
expected_code=0
"$INTERLEAVE_BUILD/interleave" check "no such file.scn" >expected 2>expected_errors || expected_code=$?
[[ $code == "$expected_code" ]] || fail "exit code $code, not $expected_code"
cmp expected output
cmp expected_errors errors
