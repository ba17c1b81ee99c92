#!/usr/bin/python3
"""Adds up what tests left behind. For tools/test.

sum_results.py RESULTS_DIR NAME   reads junit.xml of ctest and NAME.json of each test binary, names what failed or was
                                  skipped, and writes summary.json
sum_results.py --total FILE...    prints `N passed, N failed, N skipped` over those; exit code 1 when some failed

A binary that crashed, wrote no result, or ended badly although no test of it failed, counts as one failure.
"""

import json
import os
import sys
import xml.etree.ElementTree


def read_gtest(result):
    """(passed, names of failed, names of skipped) of a result file of GoogleTest."""
    passed, failed, skipped = 0, [], []
    for suite in result.get("testsuites", []):
        for test in suite.get("testsuite", []):
            name = f"{suite['name']}.{test['name']}"
            if test.get("failures"):
                failed.append(name)
            elif test.get("result") in ("SKIPPED", "SUPPRESSED") or test.get("status") == "NOTRUN":
                skipped.append(name)
            else:
                passed += 1
    # What failed outside of any test, e.g. in SetUpTestSuite.
    if result.get("failures", 0) > len(failed):
        failed.append("(outside of a test)")
    return passed, failed, skipped


def read_counts(result):
    """The same of a check in another language: {"tests", "failures", "skipped"}."""
    failures, skipped = result.get("failures", 0), result.get("skipped", 0)
    passed = result["tests"] - failures - skipped
    return passed, ["(see above)"] * failures, ["(see above)"] * skipped


def sum_up(folder):
    """Summary of one run of ctest."""
    summary = {"passed": 0, "failed": [], "skipped": []}
    path = os.path.join(folder, "junit.xml")
    if not os.path.exists(path):
        summary["failed"].append("ctest: ran nothing")
        return summary
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        name = case.get("name")
        if case.get("status") == "disabled":
            summary["skipped"].append(name)
            continue
        ended_well = case.get("status") == "run"
        try:
            with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
                result = json.load(file)
            passed, failed, skipped = read_gtest(result) if "testsuites" in result else read_counts(result)
        except (OSError, ValueError, KeyError) as error:
            summary["failed"].append(f"{name}: {'no result' if isinstance(error, OSError) else 'result is not whole'}")
            continue
        if not failed and not ended_well:
            failed = ["ended badly"]
        summary["passed"] += passed
        summary["failed"] += [f"{name}: {test}" for test in failed]
        summary["skipped"] += [f"{name}: {test}" for test in skipped]
    return summary


def total(paths):
    """Prints the last line; the exit code."""
    passed = failed = skipped = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            summary = json.load(file)
        passed += summary["passed"]
        failed += len(summary["failed"])
        skipped += len(summary["skipped"])
    if not paths:
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def main():
    if sys.argv[1] == "--total":
        return total(sys.argv[2:])
    folder, name = sys.argv[1:3]
    summary = sum_up(folder)
    with open(os.path.join(folder, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(summary, file)
    for test in summary["skipped"]:
        print(f"SKIPPED {test}")
    for test in summary["failed"]:
        print(f"FAILED {test}")
    print(f"== {name}: {summary['passed']} passed, {len(summary['failed'])} failed, {len(summary['skipped'])} skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
