"""Runs every expression of deploy/grafana and deploy/prometheus against a real Prometheus.

Starts two test exporters (a healthy and a sick instance), a Prometheus server that scrapes them and a third
target that is not there, all on free ports in a temporary folder. Each panel of the dashboard must return data,
each alert must find the sick instance and not the healthy one. Skipped, by name, where Prometheus is not installed.
Needs REDRESS_BINARY_DIR (for bin/dashboards_exporter); writes results/dashboards_test.json there.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(ROOT, "deploy", "prometheus")
BUILD = os.environ.get("REDRESS_BINARY_DIR", "")
PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
DEADLINE_S = 90
# What Grafana puts in for its variables.
VARIABLES = {"$__rate_interval": "1m", "$__range": "1h", "$service": ".+", "$instance": ".+"}
# Alerts about something that the test exporters cannot be: huge. Their own rule test shows them firing.
NOT_LIVE = {"RedressMemoryHigh"}


def load(name):
    with open(os.path.join(RULES, name), encoding="utf-8") as file:
        return yaml.safe_load(file)


def rules(name, kind):
    return [rule for group in load(name)["groups"] for rule in group["rules"] if kind in rule]


def dashboard():
    with open(os.path.join(ROOT, "deploy", "grafana", "redress.json"), encoding="utf-8") as file:
        return json.load(file)


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def metric_names(expression):
    bare = re.sub(r"\{[^}]*\}|service:\w+(?::\w+)?", "", expression)
    return set(re.findall(r"\b(?:redress|process)_[a-z_]+", bare))


@unittest.skipUnless(PROMTOOL, "promtool is not installed (Debian package prometheus)")
class RuleFiles(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run([PROMTOOL, *arguments], cwd=RULES, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_rules_are_valid(self):
        self.promtool("check", "rules", "alerts.yaml", "recording.yaml")

    def test_example_configuration_is_valid(self):
        self.promtool("check", "config", "prometheus.yml")

    def test_each_alert_fires_when_it_should_and_only_then(self):
        self.promtool("test", "rules", "alerts_test.yaml")

    def test_each_alert_has_a_case(self):
        cases = {case["name"] for case in load("alerts_test.yaml")["tests"]}
        self.assertEqual({rule["alert"] for rule in rules("alerts.yaml", "alert")}, cases)

    def test_each_alert_says_how_bad_and_what_to_do(self):
        for rule in rules("alerts.yaml", "alert"):
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("page", "ticket"))
                self.assertTrue(rule["annotations"]["summary"] and rule["annotations"]["action"])

    def test_panels_do_not_overlap_and_are_explained(self):
        taken = {}
        for panel in dashboard()["panels"]:
            box = panel["gridPos"]
            for x in range(box["x"], box["x"] + box["w"]):
                for y in range(box["y"], box["y"] + box["h"]):
                    self.assertNotIn((x, y), taken, f"{panel['title']} over {taken.get((x, y))}")
                    taken[x, y] = panel["title"]
            self.assertLessEqual(box["x"] + box["w"], 24, panel["title"])
        self.assertTrue(all(panel["description"] for panel in panels()))


def instances(rows):
    return {labels.get("instance") for labels, _ in rows}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Exporter:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([os.path.join(BUILD, "bin", "dashboards_exporter"), *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.instance = f"127.0.0.1:{int(self.process.stdout.readline())}"

    def text(self):
        with urllib.request.urlopen(f"http://{self.instance}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Server:
    """Prometheus on a free port with a folder of its own; another port if somebody was faster."""

    def __init__(self, targets):
        self.folder = tempfile.mkdtemp(prefix="redress_dashboards_")
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "500ms"},
            "rule_files": [os.path.join(RULES, name) for name in ("recording.yaml", "alerts.yaml")],
            "scrape_configs": [{"job_name": "redress", "static_configs": [{"targets": targets}]}],
        }
        with open(os.path.join(self.folder, "prometheus.yml"), "w", encoding="utf-8") as file:
            yaml.safe_dump(config, file)
        for _ in range(5):
            if self.start():
                return
        self.close()
        raise RuntimeError("prometheus did not start; its log: " + self.log())

    def start(self):
        self.url = f"http://127.0.0.1:{free_port()}"
        with open(os.path.join(self.folder, "log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [PROMETHEUS, f"--config.file={self.folder}/prometheus.yml",
                 f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address={self.url[7:]}"],
                stdout=log, stderr=log)
        end = time.monotonic() + DEADLINE_S
        while self.process.poll() is None and time.monotonic() < end:
            try:
                with urllib.request.urlopen(self.url + "/-/ready", timeout=5):
                    return True
            except OSError:
                time.sleep(0.05)
        self.stop()
        return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
            return file.read()

    def query(self, expression):
        """The vector as a list of (labels, value), without NaN."""
        form = urllib.parse.urlencode({"query": expression}).encode()
        try:
            with urllib.request.urlopen(self.url + "/api/v1/query", data=form, timeout=30) as answer:
                result = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{expression}\n{refused.read().decode()}") from refused
        return [(row["metric"], float(row["value"][1])) for row in result if row["value"][1] != "NaN"]

    def wait_for(self, expression, enough=bool):
        """The first result that is enough; the last one when time runs out."""
        end = time.monotonic() + DEADLINE_S
        while True:
            result = self.query(expression)
            if enough(result) or time.monotonic() > end:
                return result
            time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipUnless(PROMETHEUS, "prometheus is not installed (Debian package prometheus)")
class LiveExpressions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.healthy = Exporter()
        cls.addClassCleanup(cls.healthy.close)
        cls.sick = Exporter("--sick")
        cls.addClassCleanup(cls.sick.close)
        cls.absent = f"127.0.0.1:{free_port()}"
        cls.server = Server([cls.healthy.instance, cls.sick.instance, cls.absent])
        cls.addClassCleanup(cls.server.close)
        # Rates need two scrapes of both, recorded series an evaluation after that.
        cls.server.wait_for("service:redress_command_seconds:p99_5m", lambda rows: len(rows) == 4)

    def test_each_panel_shows_data(self):
        for panel in panels():
            for target in panel["targets"]:
                expression = target["expr"]
                for name, value in VARIABLES.items():
                    expression = expression.replace(name, value)
                with self.subTest(f"{panel['title']} {target['refId']}"):
                    self.assertNotIn("$", expression)
                    self.assertTrue(self.server.wait_for(expression), expression)

    def test_legends_use_labels_that_are_there(self):
        for panel in panels():
            for target in panel["targets"]:
                expression = target["expr"]
                for name, value in VARIABLES.items():
                    expression = expression.replace(name, value)
                for labels, _ in self.server.wait_for(expression):
                    for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                        with self.subTest(panel["title"]):
                            self.assertIn(label, labels)

    def test_choices_of_the_dashboard_have_values(self):
        for variable in dashboard()["templating"]["list"]:
            if variable["type"] != "query":
                continue
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()
            with self.subTest(variable["name"]):
                self.assertTrue(all(label in labels for labels, _ in self.server.wait_for(metric)))

    def test_each_alert_finds_the_sick_instance_and_not_the_healthy_one(self):
        for rule in rules("alerts.yaml", "alert"):
            if rule["alert"] in NOT_LIVE:
                continue
            with self.subTest(rule["alert"]):
                if rule["alert"] == "RedressVersionsDiffer":
                    self.assertEqual([value for _, value in self.server.wait_for(rule["expr"])], [2])
                    continue
                expected = {self.absent if rule["alert"] == "RedressDown" else self.sick.instance}
                found = self.server.wait_for(rule["expr"], lambda rows: instances(rows) == expected)
                self.assertEqual(instances(found), expected, found)

    def test_each_recorded_series_has_values_of_every_instance(self):
        for rule in rules("recording.yaml", "record"):
            with self.subTest(rule["record"]):
                expected = {self.healthy.instance, self.sick.instance}
                found = self.server.wait_for(rule["record"], lambda rows: instances(rows) == expected)
                self.assertEqual(instances(found), expected, found)

    def test_names_in_use_are_those_that_are_exported(self):
        exported = set(re.findall(r"^# TYPE (\S+)", self.healthy.text(), re.MULTILINE))
        # Of the endpoint itself, not of ours.
        exported = {name for name in exported if not name.startswith("exposer_")}
        used = set()
        for panel in panels():
            for target in panel["targets"]:
                used |= metric_names(target["expr"])
        for name, kind in (("alerts.yaml", "alert"), ("recording.yaml", "record")):
            for rule in rules(name, kind):
                used |= metric_names(rule["expr"])
        used = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
        self.assertEqual(used, exported)


def main():
    result = unittest.main(exit=False, verbosity=1).result
    failures = len(result.failures) + len(result.errors)
    if BUILD:
        os.makedirs(os.path.join(BUILD, "results"), exist_ok=True)
        counts = {"tests": result.testsRun, "failures": failures, "skipped": len(result.skipped)}
        with open(os.path.join(BUILD, "results", "dashboards_test.json"), "w", encoding="utf-8") as file:
            json.dump(counts, file)
    for test, reason in result.skipped:
        print(f"SKIPPED {test}: {reason}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
