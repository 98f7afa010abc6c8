# The fuzz targets: built by clang, in a folder of their own beside the others.
# shellcheck shell=bash

build_fuzz() {
  deps_for_fuzz
  say "Configuring build/fuzz"
  CC=clang-14 CXX=clang++-14 run_logged configure-fuzz cmake -S "$ROOT/tests/fuzz" \
    -B "$ROOT/build/fuzz" -G Ninja -DSLUICE_DEPS_DIR="$DEPS"
  compile fuzz
}

# fuzz_long [target...]: a million inputs for each, counted as cases.
fuzz_long() {
  local reports=$ROOT/build/fuzz/reports status=0
  deps_for_build
  build_fuzz
  rm -rf "$reports"
  say "Fuzzing: a million inputs for each target"
  cd "$ROOT" || return
  bash tests/dev/run_script.sh "$reports/fuzz.txt" bash tests/fuzz/run.sh long "$@" || status=$?
  say "Counting"
  bash tests/dev/count.sh "$reports" || return
  return $status
}
