#!/usr/bin/env bash
# Runs every fuzz target, or those named.
#
#   run.sh short [target...]   a few seconds: every seed, and 10 000 inputs made from them
#   run.sh long [target...]    1 000 000 inputs each; keeps the counts under tests/fuzz/results
#
# It prints "ok|FAIL|skip <target> [what]" lines. An input that breaks a promise is kept in
# build/fuzz/found; 'build/fuzz/fuzz_<target> <file>' runs it again.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1

mode=$1
shift
case $mode in
  short) runs=10000 ;;
  long) runs=1000000 ;;
  *)
    echo "FAIL usage 'short' or 'long', not '$mode'"
    exit 1
    ;;
esac
# The same inputs at every short run: what it finds it finds for everybody.
seed=20261121
# Twice the largest golden, and more.
longest=2048

build=build/fuzz
if [ ! -x $build/sluice_fuzz ]; then
  echo "skip all build/fuzz is not built: './dev test' and './dev test fuzz' do it"
  exit 0
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  targets=(form json cursor config payby_notification payby_reply nicepay_notification
    nicepay_reply epay_notification epay_reply)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash tests/fuzz/seeds.sh "$work/seeds"
mkdir -p $build/found
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
report="tests/fuzz/results/$(date -u +%Y-%m-%d).md"

# run_target <target>: the counts in one line, or what broke.
run_target() {
  local target=$1 log=$work/$1.log corpus=$work/corpus-$1 begin status=0 executed features
  ln -sf sluice_fuzz $build/fuzz_"$target"
  mkdir -p "$corpus"
  begin=$(date +%s)
  $build/fuzz_"$target" -runs=$runs -seed=$seed -max_len=$longest -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$build/found/$target-" "$corpus" \
    "$work/seeds/$target" >"$log" 2>&1 || status=$?
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  features=$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1)
  if [ $status -ne 0 ]; then
    echo "FAIL $target $(grep -m 1 -E 'BROKEN PROMISE|ERROR: |runtime error' "$log")"
    grep -v -E "^  |Shadow|INFO" "$log" | tail -n 30 | sed 's/^/    /'
    return
  fi
  if [ "${executed:-0}" -lt $runs ]; then
    echo "FAIL $target only ${executed:-0} of $runs inputs were run"
    return
  fi
  echo "ok $target $executed inputs, ${features:-}, $(($(date +%s) - begin)) s"
  [ "$mode" = long ] || return 0
  echo "| $target | $executed | ${features:-} | $(($(date +%s) - begin)) s | 0 |" >>"$work/rows"
}

for target in "${targets[@]}"; do run_target "$target"; done

if [ -s "$work/rows" ]; then
  [ -e "$report" ] || {
    echo "# Fuzzing on $(date -u '+%Y-%m-%d')"
    echo
    echo "clang $(clang-14 -dumpversion 2>/dev/null), libFuzzer, AddressSanitizer and" \
      "UndefinedBehaviorSanitizer; seed $seed, inputs up to $longest bytes."
    echo
    echo "| target | inputs | coverage | time | found |"
    echo "|---|---|---|---|---|"
  } >"$report"
  cat "$work/rows" >>"$report"
  echo "    kept in $report"
fi
