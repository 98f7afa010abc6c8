#!/usr/bin/env bash
# The count at the end of a test run is what people and CI believe, so it has tests of its own; and
# the entry script's commands and their help are checked to agree.
set -uo pipefail
# shellcheck source=tests/dev/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# expect <case> <expected> <actual>
expect() {
  if [ "$2" = "$3" ]; then
    echo "ok $1"
  else
    echo "FAIL $1 expected '$2', got '$3'"
  fi
}

last_line() { bash "$ROOT/tests/dev/count.sh" "$folder" | tail -n 1; }
exit_code() {
  bash "$ROOT/tests/dev/count.sh" "$folder" >/dev/null
  echo $?
}

# gtest_report <suite> <testcase elements>
gtest_report() {
  printf '<?xml version="1.0"?>\n<testsuites name="AllTests">\n<testsuite name="S">\n%s\n' "$2" \
    >"$folder/$1.xml"
  printf '</testsuite>\n</testsuites>\n' >>"$folder/$1.xml"
}
RAN='status="run" result="completed" classname="S"'

expect nothing_ran_is_a_failure "0 passed, 0 failed, 0 skipped 1" "$(last_line) $(exit_code)"

gtest_report a_test "<testcase name=\"One\" $RAN />
<testcase name=\"Two\" value_param=\"&lt;2&gt;\" $RAN />"
expect passed_cases_are_counted "2 passed, 0 failed, 0 skipped 0" "$(last_line) $(exit_code)"

gtest_report b_test "<testcase name=\"Skips\" status=\"run\" result=\"skipped\" classname=\"S\">
  <skipped message=\"b_test.cc:3&#x0A;no disk\"><![CDATA[no disk]]></skipped>
</testcase>
<testcase name=\"DISABLED_Later\" status=\"notrun\" result=\"suppressed\" classname=\"S\" />
<testcase name=\"FilteredAway\" status=\"notrun\" result=\"suppressed\" classname=\"S\" />"
expect skipped_and_disabled_are_skips "2 passed, 0 failed, 2 skipped 0" \
  "$(last_line) $(exit_code)"
expect a_skip_says_its_reason "skipped: b_test S.Skips: b_test.cc:3 no disk" \
  "$(bash "$ROOT/tests/dev/count.sh" "$folder" | grep Skips)"

printf 'noise\nok first\nskip second no tool\nFAIL third it broke\n' >"$folder/script.txt"
expect script_lines_are_counted "3 passed, 1 failed, 3 skipped 1" "$(last_line) $(exit_code)"
printf 'sum unit 20 passed, 1 failed, 2 skipped\nok fourth\n' >"$folder/script.txt"
expect sums_of_other_runners_are_counted "23 passed, 1 failed, 4 skipped 1" \
  "$(last_line) $(exit_code)"
rm "$folder/script.txt"

gtest_report c_test "<testcase name=\"Bad\" $RAN>
  <failure message=\"c_test.cc:9\" type=\"\"><![CDATA[c_test.cc:9]]></failure>
  <failure message=\"c_test.cc:10\" type=\"\"><![CDATA[c_test.cc:10]]></failure>
</testcase>"
cat >"$folder/ctest.xml" <<'XML'
<testsuite name="(empty)">
  <testcase name="a_test" classname="a_test" time="0.1" status="run"/>
  <testcase name="c_test" classname="c_test" time="0.1" status="fail"/>
</testsuite>
XML
expect a_failed_case_counts_once "2 passed, 1 failed, 2 skipped 1" "$(last_line) $(exit_code)"

sed -i 's/"a_test" time="0.1" status="run"/"a_test" time="0.1" status="fail"/' "$folder/ctest.xml"
expect a_crashed_suite_is_a_failure "2 passed, 2 failed, 2 skipped 1" \
  "$(last_line) $(exit_code)"

for command in $("$ROOT/dev" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
  expect "dev_${command}_has_help" "usage: ./dev" \
    "$("$ROOT/dev" "$command" --help | head -n 1 | cut -c 1-12)"
done
"$ROOT/dev" nonsense >/dev/null 2>&1
expect unknown_command_is_refused 1 $?
