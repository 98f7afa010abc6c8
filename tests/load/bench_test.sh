#!/usr/bin/env bash
# Every cell runs once, far too shortly to measure anything: the bench works, and its streams see no
# gap. No number is judged.
#
#   bench_test.sh <sluice_bench>
set -uo pipefail

bench=$1
output=$(mktemp)
folder=$(mktemp -d)
trap 'rm -rf "$output" "$folder"' EXIT

timeout 240 "$bench" --quick --rounds=1 --seconds=0.1 --streams=40 --data-dir="$folder" \
  --out="$folder/results/" >"$output" 2>&1
status=$?
if [ "$status" -eq 0 ]; then
  echo "ok every_cell_runs"
else
  cat "$output"
  echo "FAIL every_cell_runs exit code $status"
fi

# shows <case> <pattern> <file>
shows() {
  if grep -Eq "$2" "$3"; then
    echo "ok $1"
  else
    echo "FAIL $1 no line like '$2'"
  fi
}

shows tells_ratios '^GetOrder QPS / no-op +0\.90 / 0\.95 +[0-9]+\.[0-9]+' "$output"
shows streams_have_no_gap '^40 streams resume at once .* 0 gaps' "$output"
report=$(find "$folder/results" -name '????-??-??.md' 2>/dev/null)
shows writes_a_dated_report '^\| GetOrder QPS / no-op \| 0\.90 \|' "${report:-/dev/null}"

if [ -n "$(find "$folder" -name 'sluice-bench-*')" ]; then
  echo "FAIL leaves_nothing_behind"
else
  echo "ok leaves_nothing_behind"
fi

if "$bench" --cells=nonsense >"$output" 2>&1; then
  echo "FAIL refuses_unknown_cells"
else
  shows refuses_unknown_cells 'no cell .nonsense' "$output"
fi
