#!/usr/bin/env bash
# Runs a test that is not GoogleTest and keeps its lines where count.sh reads them.
#
#   run_script.sh <report file> <command...>
#
# The command prints "ok|FAIL|skip <case> [reason]" per case. It passes when it exits with 0 and
# printed no FAIL.
set -uo pipefail

report=$1
shift
mkdir -p "$(dirname "$report")"
"$@" </dev/null 2>&1 | tee "$report"
status=${PIPESTATUS[0]}
if [ "$status" -eq 0 ] && grep -q '^FAIL ' "$report"; then
  status=1
fi
exit "$status"
