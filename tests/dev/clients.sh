#!/usr/bin/env bash
# The clients: generate their code, test, certify and measure them.
#
#   clients.sh generate [language...]      the generated code of those whose tools are there
#   clients.sh test <reports> [all]        into a folder of reports, as count.sh reads them; "all":
#                                          a language whose tools are missing is a failure
#   clients.sh bench [--out=FILE|FOLDER] [language...]   a table; needs a built server
#
# Each language has clients/<language>/run with the commands of clients/README.md. The server is the
# one in SLUICE_BIN_DIR, or build/release/bin.
set -uo pipefail
# shellcheck source=tests/dev/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LANGUAGES="cpp python go java typescript rust"
JUDGE=$ROOT/clients/certification/run
# The slowest, a Rust client from nothing, takes two minutes on two cores.
BUILD_SECONDS=1200
TEST_SECONDS=600
export SLUICE_BIN_DIR=${SLUICE_BIN_DIR:-$ROOT/build/release/bin} SLUICE_DEPS_DIR=$DEPS

run_of() { echo "$ROOT/clients/$1/run"; }

# What a language lacks, in one line; nothing when it can be built.
missing() {
  local said
  if [ ! -x "$(run_of "$1")" ]; then
    echo "there is no clients/$1/run"
  elif ! said=$("$(run_of "$1")" toolchain 2>&1); then
    echo "missing: ${said//$'\n'/, }"
  fi
}

# quietly <seconds> <name> <command...>: the output goes to build/logs/<name>.log.
quietly() {
  local seconds=$1 log=$LOGS/$2.log
  shift 2
  mkdir -p "$LOGS"
  timeout "$seconds" "$@" >"$log" 2>&1 </dev/null
}

# one <language> <reports> <all or nothing>: build and unit tests.
one() {
  local language=$1 report=$2/clients_$1.txt why verdict=skip counts
  why=$(missing "$language")
  if [ -n "$why" ]; then
    [ "$3" = all ] && verdict=FAIL
    echo "$verdict $language.toolchain $why" >"$report"
  elif ! quietly "$BUILD_SECONDS" "client-$language-build" "$(run_of "$language")" build; then
    tail -n 15 "$LOGS/client-$language-build.log"
    echo "FAIL $language.build see $LOGS/client-$language-build.log" >"$report"
  else
    echo "ok $language.build" >"$report"
    quietly "$TEST_SECONDS" "client-$language-test" "$(run_of "$language")" test
    # Some runners colour what they say, also where nobody sees it.
    counts=$(tail -n 1 "$LOGS/client-$language-test.log" | sed 's/\x1b\[[0-9;]*m//g')
    if [[ $counts =~ ^[1-9][0-9]*\ passed,\ [0-9]+\ failed,\ [0-9]+\ skipped$ ]]; then
      echo "sum $language.unit $counts" >>"$report"
    else
      echo "FAIL $language.unit no count at the end: ${counts:0:100}" >>"$report"
    fi
    grep -q ' 0 failed,' <<<"$counts" || tail -n 30 "$LOGS/client-$language-test.log"
  fi
  note "$language: $(tr '\n' ';' <"$report")"
}

# built <reports>: the languages that can be certified.
built() {
  local language
  for language in $LANGUAGES; do
    grep -q "^ok $language.build" "$1/clients_$language.txt" 2>/dev/null && echo "$language"
  done
}

# judged <reports> <suite> <judge's argument...>: a run of the judge that leaves its lines.
judged() {
  local reports=$1 suite=$2
  shift 2
  say "Clients: $suite"
  timeout "$TEST_SECONDS" "$JUDGE" "$@" </dev/null
  [ -s "$reports/clients_$suite.txt" ] ||
    echo "FAIL $suite the judge has left no report" >"$reports/clients_$suite.txt"
}

test_clients() {
  local reports=$1 all=${2:-} languages
  mkdir -p "$reports"
  rm -f "$reports"/clients_*.txt
  say "Clients: building and testing each language"
  # Two at once: each waits for its registry for a part of its time.
  # shellcheck disable=SC2086  # A list of words.
  printf '%s\n' $LANGUAGES | xargs -P 2 -I{} bash "${BASH_SOURCE[0]}" one {} "$reports" "$all"
  mapfile -t languages < <(built "$reports")
  if [ ${#languages[@]} -eq 0 ]; then
    note "no client could be built"
    return
  fi
  if ! "$JUDGE" toolchain >/dev/null; then
    echo "FAIL certification the judge needs $("$JUDGE" toolchain | tr '\n' ' ')" \
      >"$reports/clients_certification.txt"
    return
  fi
  local drivers=("${languages[@]}")
  # Python has two clients, for threads and for asyncio.
  [[ " ${languages[*]} " == *" python "* ]] &&
    drivers+=("python-asyncio=$(run_of python) driver-asyncio")
  judged "$reports" certification judge --report "$reports/clients_certification.txt" \
    "${drivers[@]}"
  judged "$reports" examples examples --report "$reports/clients_examples.txt" "${languages[@]}"
  judged "$reports" judge test --report "$reports/clients_judge.txt"
}

generate_clients() {
  local language why status=0
  # shellcheck disable=SC2086
  [ $# -gt 0 ] || set -- $LANGUAGES
  for language in "$@"; do
    why=$(missing "$language")
    if [ -n "$why" ]; then
      note "$language: left out, $why"
    elif quietly "$BUILD_SECONDS" "client-$language-generate" "$(run_of "$language")" generate; then
      note "$language: generated"
    else
      tail -n 15 "$LOGS/client-$language-generate.log"
      note "$language: failed, see $LOGS/client-$language-generate.log"
      status=1
    fi
  done
  return "$status"
}

bench_clients() {
  local language why languages=() out=()
  case "${1:-}" in
    --out=?*) out=("$1") && shift ;;
    -*) die "there is no option $1: --out=FILE|FOLDER" ;;
  esac
  # shellcheck disable=SC2086
  [ $# -gt 0 ] || set -- $LANGUAGES
  for language in "$@"; do
    why=$(missing "$language")
    if [ -n "$why" ]; then
      note "$language: left out, $why"
    elif quietly "$BUILD_SECONDS" "client-$language-build" "$(run_of "$language")" build; then
      languages+=("$language")
    else
      die "$language: the build failed, see $LOGS/client-$language-build.log"
    fi
  done
  [ ${#languages[@]} -gt 0 ] || die "no client can be built here"
  "$JUDGE" bench "${out[@]}" "${languages[@]}"
}

command=${1:-}
[ $# -gt 0 ] && shift
case "$command" in
  generate) generate_clients "$@" ;;
  test)
    test_clients "$@"
    exit 0 # What failed is in the reports.
    ;;
  one) one "$@" ;;
  bench) bench_clients "$@" ;;
  *) die "usage: clients.sh generate|test|bench" ;;
esac
