# Shared by ./dev and the scripts of this folder: where things are, and how we speak.
# shellcheck shell=bash
# shellcheck disable=SC2034  # Variables are read by the files that source this one.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DEPS=${SLUICE_DEPS_DIR:-$ROOT/build/deps}
LOGS=$ROOT/build/logs
BUF=$DEPS/npm/node_modules/.bin/buf

# The colour and in-place progress are for people; a log gets plain lines.
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
  BOLD=$'\e[1m' PLAIN=$'\e[0m'
else
  BOLD='' PLAIN=''
fi

say() { printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# One compiler job may take 1.5 GB (gRPC headers, optimised), so small machines get fewer jobs.
jobs_that_fit() {
  local cores memory_kb by_memory
  cores=$(nproc 2>/dev/null || echo 2)
  memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null || true)
  by_memory=$((${memory_kb:-4000000} / 1500000))
  [ "$by_memory" -lt 1 ] && by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# run_logged <name> <command...>: runs quietly into build/logs/<name>.log, with a dot every few
# seconds, and shows the end of the log when the command fails.
run_logged() {
  local log=$LOGS/$1.log status=0 worker
  shift
  mkdir -p "$LOGS"
  "$@" >"$log" 2>&1 </dev/null &
  worker=$!
  while kill -0 "$worker" 2>/dev/null; do
    sleep 0.2
    ticks=$((${ticks:-0} + 1))
    [ $((ticks % 25)) -eq 0 ] && printf '.'
  done
  wait "$worker" || status=$?
  [ "${ticks:-0}" -ge 25 ] && printf '\n'
  ticks=0
  if [ "$status" -ne 0 ]; then
    tail -n 30 "$log" >&2
    die "failed with exit code $status; the whole log is $log"
  fi
}
