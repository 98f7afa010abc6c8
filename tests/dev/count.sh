#!/usr/bin/env bash
# Counts what a test run did, case by case, and ends with the one line that says it.
#
#   count.sh <folder of reports>
#
# It reads what the suites themselves wrote: GoogleTest's XML (<suite>.xml), the lines of script
# tests (<suite>.txt: "ok|FAIL|skip <case> [reason]", and "sum <case> N passed, N failed, N skipped"
# for what another runner has counted), and ctest's own verdicts (ctest.xml). A suite that failed
# without a failed case (it crashed, hung, leaked) counts as one failed case.
set -euo pipefail

reports=$1

# The text that XML attributes stand for, in one line.
unescape() {
  sed -e "s/&apos;/'/g" -e 's/&quot;/"/g' -e 's/&lt;/</g' -e 's/&gt;/>/g' \
    -e 's/&#x[0-9A-F]*;/ /g' -e 's/&amp;/\&/g'
}

# Prints "<verdict>\t<suite>\t<case>\t<reason>" for each case of a GoogleTest report.
gtest_cases() {
  awk -v suite="$(basename "$1" .xml)" '
    function attribute(name,    at, rest) {
      at = index($0, " " name "=\"")
      if (at == 0) return ""
      rest = substr($0, at + length(name) + 3)
      return substr(rest, 1, index(rest, "\"") - 1)
    }
    function emit() {
      if (open) printf "%s\t%s\t%s\t%s\n", verdict, suite, name, reason
      open = 0
    }
    /<testcase / {
      emit()
      name = attribute("classname") "." attribute("name")
      reason = ""
      verdict = "ok"
      open = 1
      if (attribute("status") != "run") {
        if (name ~ /DISABLED_/) { verdict = "skip"; reason = "disabled" } else open = 0
      }
    }
    /<failure / { verdict = "FAIL"; reason = attribute("message") }
    /<skipped/ { if (verdict != "FAIL") { verdict = "skip"; reason = attribute("message") } }
    END { emit() }
  ' "$1" | unescape
}

script_cases() {
  awk -v suite="$(basename "$1" .txt)" '
    $1 == "ok" || $1 == "FAIL" || $1 == "skip" {
      reason = $0
      sub(/^[^ ]+ +[^ ]+ */, "", reason)
      printf "%s\t%s\t%s\t%s\n", $1, suite, $2, reason
    }
    $1 == "sum" {
      for (i = 0; i < $3; i++) printf "ok\t%s\t%s\t\n", suite, $2
      for (i = 0; i < $5; i++) printf "FAIL\t%s\t%s\tsee its own words above\n", suite, $2
      for (i = 0; i < $7; i++) printf "skip\t%s\t%s\tsee its own words above\n", suite, $2
    }' "$1"
}

# The suites that ctest ran, with its verdict: "<suite>\t<status>".
ctest_suites() {
  [ -e "$reports/ctest.xml" ] || return 0
  awk '/<testcase / {
    name = status = $0
    sub(/.* name="/, "", name)
    sub(/".*/, "", name)
    sub(/.* status="/, "", status)
    sub(/".*/, "", status)
    printf "%s\t%s\n", name, status
  }' "$reports/ctest.xml"
}

collect() {
  local file suite status
  for file in "$reports"/*.xml; do
    [ "$(basename "$file")" = ctest.xml ] || gtest_cases "$file"
  done
  for file in "$reports"/*.txt; do
    script_cases "$file"
  done
  while IFS=$'\t' read -r suite status; do
    [ "$status" = run ] || printf 'suite\t%s\t%s\t\n' "$suite" "$status"
  done < <(ctest_suites)
}

shopt -s nullglob
collect | awk -F '\t' '
  function brief(reason) { return length(reason) > 200 ? substr(reason, 1, 200) "..." : reason }
  $1 == "ok" { passed++ }
  $1 == "skip" { skipped++; skips = skips sprintf("skipped: %s %s: %s\n", $2, $3, $4) }
  $1 == "FAIL" {
    failed++; bad[$2]++
    fails = fails sprintf("FAILED: %s %s: %s\n", $2, $3, brief($4))
  }
  $1 == "suite" && !bad[$2] {
    failed++
    fails = fails sprintf("FAILED: %s: the suite ended with \"%s\" beside its cases " \
                          "(crash, time-out, leak or not built)\n", $2, $3)
  }
  END {
    printf "%s%s", skips, fails
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0 || passed == 0
  }'
