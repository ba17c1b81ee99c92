"""helm/redress with each of its example values passes `helm lint`, and what `helm template` makes of it is sound.

Flags are given to the programs themselves, selectors are matched with labels, files with what is mounted.

Needs helm, which `helm/fetch` builds from its Go module once; that takes minutes, so here it is done only when
REDRESS_BUILD_HELM is set. Skipped, by name and reason, where there is none.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

import programs

CHART = programs.SOURCE_DIR / "helm/redress"
UNAVAILABLE = 3
# The values under test, with what else is given; a name of a release that is not the chart's.
VALUES = {
    "small": [],
    "production": [],
    "topics-job": ["--set-file", f"policy.text={programs.POLICY}"],
}
RELEASE = "complaints"
# The oldest Kubernetes that Chart.yaml allows. Without a cluster, helm has to be told one.
KUBERNETES = "1.27.0"
HELM = None


def setUpModule():
    global HELM
    fetch = [programs.SOURCE_DIR / "helm/fetch"] + ([] if os.environ.get("REDRESS_BUILD_HELM") else ["--have"])
    found = subprocess.run(fetch, capture_output=True, text=True, check=False)
    if found.returncode == UNAVAILABLE:
        raise unittest.SkipTest(found.stdout.strip())
    if found.returncode != 0:
        raise RuntimeError(found.stderr)
    HELM = found.stdout.strip()


def helm(command, name, *more):
    given = ["-f", CHART / "ci" / f"{name}-values.yaml", *VALUES[name], *more]
    return subprocess.run([HELM, *command, CHART, *given], capture_output=True, text=True, check=False)


def render(name, *more):
    return helm(["template", RELEASE], name, "--kube-version", KUBERNETES, *more)


def template(name, *more):
    """All objects of the chart; hooks are among them."""
    done = render(name, *more)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def of_kind(objects, kind):
    return [each for each in objects if each["kind"] == kind]


def by_name(objects, kind):
    return {each["metadata"]["name"]: each for each in of_kind(objects, kind)}


def workloads(objects):
    return of_kind(objects, "StatefulSet") + of_kind(objects, "Job")


def pod_of(workload):
    return workload["spec"]["template"]


def selects(selector, pod):
    return selector.items() <= pod["metadata"]["labels"].items()


def component(each):
    return each["metadata"]["labels"]["app.kubernetes.io/component"]


def files_of(pod, container, objects):
    """Contents by path, of what the container finds mounted from secrets and config maps."""
    files = {}
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    contents = {"id-secret": "s" * 32, "tokens": programs.TOKENS, "kafka-config": programs.KAFKA_CONFIG}
    for mount in container["volumeMounts"]:
        volume = volumes.get(mount["name"], {})
        for item in volume.get("secret", {}).get("items", []):
            files[f"{mount['mountPath']}/{item['path']}"] = contents[mount["name"]]
        if "configMap" in volume:
            ours = by_name(objects, "ConfigMap").get(volume["configMap"]["name"])
            for item in volume["configMap"]["items"]:
                text = ours["data"][item["key"]] if ours else programs.POLICY.read_text(encoding="utf-8")
                files[f"{mount['mountPath']}/{item['path']}"] = text
    return files


class Chart(unittest.TestCase):
    """What the chart refuses, and what holds for its text."""

    def refused(self, values, *more):
        done = render(values, *more)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def test_lint(self):
        for name in VALUES:
            with self.subTest(name):
                done = helm(["lint", "--strict"], name)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_values_file_is_tested(self):
        found = {path.name for path in (CHART / "ci").iterdir()}
        self.assertEqual(found, {f"{name}-values.yaml" for name in VALUES})

    def test_what_is_missing_is_named(self):
        for value in ("image.repository", "kafka.bootstrap", "secrets.id.name", "secrets.tokens.name"):
            with self.subTest(value):
                self.assertIn(value, self.refused("small", "--set", f"{value}="))

    def test_what_contradicts_itself_is_refused(self):
        self.assertIn("kafka.configSecret", self.refused("production", "--set", "kafka.properties.linger\\.ms=3"))
        self.assertIn("policy.configMap", self.refused("small", "--set", "policy.text=name: x"))
        self.assertIn("topics.configSecret", self.refused("topics-job", "--set", "topics.create=never"))

    def test_misspelt_values_are_refused(self):
        self.assertIn("replica", self.refused("small", "--set", "services.intake.replica=2"))
        self.assertIn("create", self.refused("small", "--set", "topics.create=always"))
        self.assertIn("notaservice", self.refused("small", "--set", "services.notaservice.replicas=2"))

    def test_an_older_kubernetes_is_refused(self):
        self.assertIn("kubeVersion", self.refused("small", "--kube-version", "1.26.0"))

    def test_the_version_is_that_of_the_programs(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
        source = (programs.SOURCE_DIR / "libs/host/process.cc").read_text(encoding="utf-8")
        self.assertEqual(re.search(r'REDRESS_VERSION "([^"]+)"', source).group(1), chart["appVersion"])

    def test_the_example_of_credentials_is_read_and_its_password_not_shown(self):
        text = (CHART / "README.md").read_text(encoding="utf-8")
        example, = [block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(example)
            file.flush()
            command = [programs.BINARY_DIR / "bin/redress-router", "--config", file.name, "--print-config"]
            shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        self.assertIn("sasl.password=***", shown)
        for name in re.findall(r'"([a-z.]+)=', example):
            self.assertIn(f'"{name}=', shown)


class Rendered(unittest.TestCase):
    """What holds whatever the values are."""

    @classmethod
    def setUpClass(cls):
        cls.all = {name: template(name) for name in VALUES}

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="redress-helm-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def each(self):
        """The objects of each of the values."""
        return self.all.values()

    def each_container(self):
        for objects in self.each():
            for workload in workloads(objects):
                container, = pod_of(workload)["spec"]["containers"]
                self.assertNotIn("initContainers", pod_of(workload)["spec"])
                yield objects, workload, container

    def test_there_is_one_stateful_set_for_each_service(self):
        for objects in self.each():
            sets = {component(each): each for each in of_kind(objects, "StatefulSet")}
            self.assertEqual(set(sets), set(programs.SERVICES))
            self.assertEqual(len(of_kind(objects, "StatefulSet")), len(programs.SERVICES))
            for name, each in sets.items():
                command = pod_of(each)["spec"]["containers"][0]["command"]
                self.assertEqual(command, [f"/usr/local/bin/redress-{name}"])

    def test_names_are_unique(self):
        for objects in self.each():
            names = [(each["kind"], each["metadata"]["name"]) for each in objects]
            self.assertEqual(len(names), len(set(names)))

    def test_programs_accept_their_flags_and_find_their_files(self):
        for objects, workload, container in self.each_container():
            # The job's command is a script, which is given the program.
            command = container["args"] if workload["kind"] == "Job" else container["command"] + container["args"]
            program, *flags = command
            files = files_of(pod_of(workload), container, objects)
            programs.check_flags(self, pathlib.PurePath(program).name, flags, files)
            # Nothing is mounted that is not used.
            self.assertEqual(set(files), set(files) & {flag.split("=", 1)[-1] for flag in flags})

    def test_files_of_tls_lie_where_they_are_mounted(self):
        for _, _, container in self.each_container():
            mounted = [mount["mountPath"] for mount in container["volumeMounts"]]
            for path in re.findall(r"location=(\S+)", " ".join(container["args"])):
                self.assertIn(str(pathlib.PurePath(path).parent), mounted)

    def test_every_mount_has_its_volume(self):
        for _, workload, container in self.each_container():
            volumes = {volume["name"] for volume in pod_of(workload)["spec"]["volumes"]}
            volumes |= {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
            self.assertEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)

    def test_containers_have_resources_and_no_rights(self):
        for _, workload, container in self.each_container():
            resources = container["resources"]
            self.assertLessEqual({"cpu", "memory"}, set(resources["requests"]))
            self.assertIn("memory", resources["limits"])
            security = container["securityContext"]
            self.assertIs(security["readOnlyRootFilesystem"], True)
            self.assertIs(security["allowPrivilegeEscalation"], False)
            self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
            pod = pod_of(workload)["spec"]
            self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
            self.assertEqual(pod["securityContext"]["runAsUser"], programs.USER)
            self.assertEqual(pod["securityContext"]["fsGroup"], programs.USER)
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertIs(pod["automountServiceAccountToken"], False)

    def test_what_is_written_to_is_a_volume_of_the_instance(self):
        for _, workload, container in self.each_container():
            flags = container["args"]
            paths = {mount["mountPath"]: mount for mount in container["volumeMounts"] if not mount.get("readOnly")}
            self.assertEqual(len(paths), 1)
            for name in ("data-dir", "endpoints-file"):
                if value := programs.value_of(flags, name):
                    self.assertTrue(any(pathlib.PurePath(value).is_relative_to(path) for path in paths), value)

    def test_services_have_probes_at_the_ports_that_they_listen_at(self):
        for _, workload, container in self.each_container():
            if workload["kind"] == "Job":
                continue
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            listens = {"grpc": programs.value_of(container["args"], "listen"),
                       "metrics": programs.value_of(container["args"], "metrics")}
            self.assertEqual({name: f"0.0.0.0:{port}" for name, port in ports.items()}, listens)
            self.assertEqual(container["readinessProbe"]["grpc"]["port"], ports["grpc"])
            self.assertEqual(container["livenessProbe"]["httpGet"], {"path": "/metrics", "port": "metrics"})
            self.assertEqual(container["startupProbe"]["tcpSocket"]["port"], "metrics")

    def test_selectors_find_the_pods_of_their_service_and_no_others(self):
        for objects in self.each():
            pods = {component(each): pod_of(each) for each in of_kind(objects, "StatefulSet")}
            others = [pod_of(job) for job in of_kind(objects, "Job")]
            for kind in ("StatefulSet", "PodDisruptionBudget", "Service"):
                for each in of_kind(objects, kind):
                    selector = each["spec"]["selector"]
                    selector = selector if kind == "Service" else selector["matchLabels"]
                    found = {name for name, pod in pods.items() if selects(selector, pod)}
                    self.assertEqual(found, {component(each)}, each["metadata"]["name"])
                    self.assertFalse(any(selects(selector, pod) for pod in others))

    def test_services_lead_to_ports_that_are_there(self):
        for objects in self.each():
            sets = {component(each): each for each in of_kind(objects, "StatefulSet")}
            services = by_name(objects, "Service")
            for name, service in services.items():
                container, = pod_of(sets[component(service)])["spec"]["containers"]
                ports = {port["name"] for port in container["ports"]}
                self.assertLessEqual({port["targetPort"] for port in service["spec"]["ports"]}, ports, name)
            for name, each in sets.items():
                self.assertEqual(services[each["spec"]["serviceName"]]["spec"]["clusterIP"], "None")
                self.assertIn(f"{RELEASE}-redress-{name}", services)

    def test_each_service_has_a_disruption_budget_and_rolls_one_by_one(self):
        for objects in self.each():
            budgets = {component(each): each for each in of_kind(objects, "PodDisruptionBudget")}
            self.assertEqual(set(budgets), set(programs.SERVICES))
            self.assertEqual({each["spec"]["maxUnavailable"] for each in budgets.values()}, {1})
            for each in of_kind(objects, "StatefulSet"):
                self.assertEqual(each["spec"]["updateStrategy"], {"type": "RollingUpdate"})
                self.assertGreaterEqual(pod_of(each)["spec"]["terminationGracePeriodSeconds"], 30)

    def test_secrets_are_referred_to_and_never_contained(self):
        for objects in self.each():
            self.assertEqual(of_kind(objects, "Secret"), [])
        for _, _, container in self.each_container():
            self.assertNotIn("env", container)
            self.assertNotRegex(" ".join(container["args"]), "password|oauthbearer.config|ssl.key.pem|token=")

    def test_the_account_has_no_rights(self):
        for objects in self.each():
            account, = of_kind(objects, "ServiceAccount")
            self.assertIs(account["automountServiceAccountToken"], False)
            self.assertFalse([each for each in objects if "Role" in each["kind"]])
            for each in of_kind(objects, "StatefulSet"):
                self.assertEqual(pod_of(each)["spec"]["serviceAccountName"], account["metadata"]["name"])

    def test_network_is_denied_but_for_what_is_named(self):
        for objects in self.each():
            policies = by_name(objects, "NetworkPolicy")
            deny = policies[f"{RELEASE}-redress-deny"]["spec"]
            allow = policies[f"{RELEASE}-redress-allow"]["spec"]
            self.assertEqual(len(policies), 2)
            self.assertEqual(set(deny), {"podSelector", "policyTypes"})
            for each in (deny, allow):
                self.assertEqual(each["policyTypes"], ["Ingress", "Egress"])
                for workload in of_kind(objects, "StatefulSet"):
                    self.assertTrue(selects(each["podSelector"]["matchLabels"], pod_of(workload)))
            self.assertTrue(all(rule["from"] for rule in allow["ingress"]))
            into = {port["port"] for rule in allow["ingress"] for port in rule["ports"]}
            self.assertEqual(into, {"grpc", "metrics"})
            one = pod_of(of_kind(objects, "StatefulSet")[0])["spec"]["containers"][0]
            brokers = programs.value_of(one["args"], "kafka").split(",")
            out = {port["port"] for rule in allow["egress"] for port in rule["ports"]}
            self.assertEqual(out, {53} | {int(broker.split(":")[1]) for broker in brokers})


class Choices(unittest.TestCase):
    """What the values decide."""

    def test_the_policy_goes_to_intake_alone_and_arrives_unchanged(self):
        objects = template("topics-job")
        text, = [each["data"]["policy.yaml"] for each in of_kind(objects, "ConfigMap")]
        self.assertEqual(text, programs.POLICY.read_text(encoding="utf-8"))
        with_policy = {component(each) for each in of_kind(objects, "StatefulSet")
                       if programs.value_of(pod_of(each)["spec"]["containers"][0]["args"], "policy")}
        self.assertEqual(with_policy, {"intake"})

    def test_topics_are_made_by_whom_the_values_say(self):
        def makers(name):
            return {component(each) for each in workloads(template(name))
                    if "--create-topics" in pod_of(each)["spec"]["containers"][0]["args"]}
        self.assertEqual(makers("small"), set(programs.SERVICES))
        self.assertEqual(makers("production"), set())
        self.assertEqual(makers("topics-job"), {"topics"})

    def test_the_job_has_credentials_of_its_own(self):
        objects = template("topics-job")
        def secrets(workload):
            volumes = pod_of(workload)["spec"]["volumes"]
            return {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}
        job, = of_kind(objects, "Job")
        self.assertEqual(job["metadata"]["annotations"]["helm.sh/hook"], "pre-install")
        self.assertIn("redress-kafka-admin", secrets(job))
        for each in of_kind(objects, "StatefulSet"):
            self.assertNotIn("redress-kafka-admin", secrets(each))

    def job_command(self, folder, *flags):
        """The script of the job, here, with another program than the image's and other flags."""
        job, = of_kind(template("topics-job"), "Job")
        container, = pod_of(job)["spec"]["containers"]
        shell, option, script, name = container["command"]
        endpoints = programs.value_of(container["args"], "endpoints-file")
        self.assertIn(endpoints, script)
        here = folder / "endpoints.json"
        program = programs.BINARY_DIR / "bin" / pathlib.PurePath(container["args"][0]).name
        return [shell, option, script.replace(endpoints, str(here)), name, program, "--data-dir", folder / "data",
                "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--endpoints-file", here, *flags]

    def test_the_job_ends_when_the_log_is_open_and_says_how_it_went(self):
        with tempfile.TemporaryDirectory(prefix="redress-helm-") as name:
            folder = pathlib.Path(name)
            command = self.job_command(folder, "--log", "embedded")
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('"serving"', done.stderr)
            # It does not wait for what will never come.
            (folder / "endpoints.json").unlink()
            command = self.job_command(folder, "--log", "kafka")
            started = time.monotonic()
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertLess(time.monotonic() - started, 30)

    def test_instances_keep_their_data_where_there_are_volumes(self):
        for name, kept in (("small", False), ("production", True)):
            for each in of_kind(template(name), "StatefulSet"):
                with self.subTest(f"{name} {component(each)}"):
                    self.assertEqual("volumeClaimTemplates" in each["spec"], kept)
                    empty = [volume for volume in pod_of(each)["spec"]["volumes"] if "emptyDir" in volume]
                    self.assertEqual(len(empty), 0 if kept else 1)
                    self.assertEqual(each["spec"]["replicas"] > 1, kept)

    def test_prometheus_finds_each_service_once_under_the_job_of_the_rules(self):
        objects = template("production")
        monitor, = of_kind(objects, "ServiceMonitor")
        wanted = monitor["spec"]["selector"]
        self.assertEqual(wanted["matchExpressions"], [{"key": "redress-headless", "operator": "DoesNotExist"}])
        found = [each for each in of_kind(objects, "Service") if selects(wanted["matchLabels"], each)
                 and "redress-headless" not in each["metadata"]["labels"]]
        self.assertEqual(sorted(component(each) for each in found), sorted(programs.SERVICES))
        for each in found:
            self.assertEqual(each["metadata"]["labels"][monitor["spec"]["jobLabel"]], "redress")
            ports = {port["name"] for port in each["spec"]["ports"]}
            self.assertIn(monitor["spec"]["endpoints"][0]["port"], ports)
        # Without the operator, annotations say the same.
        for each in of_kind(template("small"), "StatefulSet"):
            noted = pod_of(each)["metadata"]["annotations"]
            metrics = programs.value_of(pod_of(each)["spec"]["containers"][0]["args"], "metrics")
            self.assertEqual(metrics.split(":")[1], noted["prometheus.io/port"])

    def test_without_network_policies_there_are_none(self):
        self.assertEqual(of_kind(template("small", "--set", "networkPolicy.enabled=false"), "NetworkPolicy"), [])


if __name__ == "__main__":
    sys.exit(programs.run("helm_test"))
