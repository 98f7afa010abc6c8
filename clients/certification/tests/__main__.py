"""Every test of the judge; ends with "N passed, N failed, N skipped"."""

import concurrent.futures
import os
import sys
import unittest

from tests import test_bench, test_matching, test_wrong_drivers


def cases():
    for module in (test_bench, test_matching, test_wrong_drivers):
        for suite in unittest.defaultTestLoader.loadTestsFromModule(module):
            yield from suite


def run(case):
    result = unittest.TestResult()
    case.run(result)
    bad = result.errors + result.failures
    name = case.id().split(".", 1)[1]
    if bad:
        return "FAIL", f"{name} {bad[0][1]}"
    if result.skipped:
        return "skip", f"{name} {result.skipped[0][1]}"
    return "ok", name


def main():
    report = open(sys.argv.pop(2), "w", encoding="utf-8") if sys.argv[1:2] == ["--report"] else None
    if report:
        sys.argv.pop(1)
    wanted = [case for case in cases() if not sys.argv[1:] or any(w in case.id() for w in sys.argv)]
    counts = {"ok": 0, "FAIL": 0, "skip": 0}
    # Each case has a server and a driver of its own: several at once.
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 2)) as pool:
        for verdict, said in pool.map(run, wanted):
            counts[verdict] += 1
            print(verdict, said.strip(), flush=True)
            if report:
                print(verdict, " ".join(said.split()), file=report, flush=True)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return 1 if counts["FAIL"] or not counts["ok"] else 0


sys.exit(main())
