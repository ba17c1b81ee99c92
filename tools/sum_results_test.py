#!/usr/bin/python3
"""What counts as passed, failed and skipped."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

import sum_results

GTEST = {"failures": 1, "testsuites": [{"name": "A", "testsuite": [
    {"name": "good", "status": "RUN", "result": "COMPLETED"},
    {"name": "bad", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "x"}]},
    {"name": "later", "status": "RUN", "result": "SKIPPED"},
    {"name": "off", "status": "NOTRUN", "result": "SUPPRESSED"}]}]}
GOOD = {"failures": 0, "testsuites": [{"name": "A", "testsuite": [
    {"name": "good", "status": "RUN", "result": "COMPLETED"}]}]}


class Sums(unittest.TestCase):
    def sum_up(self, statuses, results):
        with tempfile.TemporaryDirectory() as folder:
            cases = "".join(f'<testcase name="{name}" status="{status}"/>' for name, status in statuses.items())
            with open(os.path.join(folder, "junit.xml"), "w", encoding="utf-8") as file:
                file.write(f"<testsuite>{cases}</testsuite>")
            for name, result in results.items():
                with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as file:
                    file.write(result if isinstance(result, str) else json.dumps(result))
            return sum_results.sum_up(folder)

    def test_each_test_of_a_binary_counts(self):
        summary = self.sum_up({"a": "fail"}, {"a": GTEST})
        self.assertEqual(summary, {"passed": 1, "failed": ["a: A.bad"], "skipped": ["a: A.later", "a: A.off"]})

    def test_other_languages_say_how_many(self):
        summary = self.sum_up({"p": "run"}, {"p": {"tests": 5, "failures": 1, "skipped": 2}})
        self.assertEqual((summary["passed"], len(summary["failed"]), len(summary["skipped"])), (2, 1, 2))

    def test_a_crash_is_a_failure(self):
        summary = self.sum_up({"none": "fail", "half": "fail", "end": "fail", "unbuilt": "notrun"},
                              {"half": '{"tests": 3, "test', "end": GOOD})
        self.assertEqual(summary["failed"], ["none: no result", "half: result is not whole", "end: ended badly",
                                             "unbuilt: no result"])

    def test_failure_outside_of_a_test_counts(self):
        summary = self.sum_up({"a": "fail"}, {"a": {**GOOD, "failures": 1}})
        self.assertEqual(summary["failed"], ["a: (outside of a test)"])

    def test_nothing_run_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(len(sum_results.sum_up(folder)["failed"]), 1)

    def test_the_last_line_and_exit_code(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, failed in enumerate(([], ["x"])):
                paths.append(os.path.join(folder, str(number)))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    json.dump({"passed": 2, "failed": failed, "skipped": ["y"]}, file)
            for chosen, line, code in ((paths[:1], "2 passed, 0 failed, 1 skipped", 0),
                                       (paths, "4 passed, 1 failed, 2 skipped", 1), ([], "0 passed, 1 failed, 0 skipped", 1)):
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    self.assertEqual(sum_results.total(chosen), code)
                self.assertEqual(out.getvalue(), line + "\n")


def main() -> int:
    result = unittest.main(exit=False, verbosity=1).result
    failures = len(result.failures) + len(result.errors)
    if build_dir := os.environ.get("REDRESS_BINARY_DIR"):
        os.makedirs(os.path.join(build_dir, "results"), exist_ok=True)
        with open(os.path.join(build_dir, "results", "sum_results_test.json"), "w", encoding="utf-8") as file:
            json.dump({"tests": result.testsRun, "failures": failures}, file)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
