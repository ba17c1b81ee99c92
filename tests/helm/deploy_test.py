"""deploy/compose.yaml and deploy/Dockerfile, as far as they can be checked without a container engine.

They parse, every flag is accepted by its program, what is mounted and named is there, Prometheus takes its
configuration, and the image holds every library that the programs are linked with.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

import programs

DEPLOY = programs.SOURCE_DIR / "deploy"
# In the base image already.
BASE_PACKAGES = {"libc6", "libgcc-s1"}


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def dockerfile():
    """Instructions, continued lines joined, comments left out."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]


def last_stage():
    lines = dockerfile()
    starts = [i for i, line in enumerate(lines) if line.startswith("FROM ")]
    return lines[starts[-1]:]


def programs_in_image():
    copies = [line for line in last_stage() if line.startswith("COPY --from=build ")]
    return {pathlib.PurePath(path).name for line in copies for path in line.split()[2:-1]}


def package_of(library):
    # Where /lib is a link to /usr/lib, a package may know its file by the one name or by the other.
    for path in (str(library), str(library).removeprefix("/usr"), "/usr" + str(library)):
        found = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    return None


def direct_libraries(program):
    """Name and file of each library that the program itself names."""
    path = programs.BINARY_DIR / "bin" / program
    dynamic = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    loaded = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return [(name, pathlib.Path(file).resolve()) for name, file in re.findall(r"(\S+) => (/\S+)", loaded)
            if name in needed]


class Compose(unittest.TestCase):
    def setUp(self):
        self.compose = compose()
        self.services = {name: self.compose["services"][name] for name in programs.SERVICES}
        folder = tempfile.TemporaryDirectory(prefix="redress-compose-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_programs_accept_their_flags(self):
        for name, service in self.services.items():
            with self.subTest(name):
                program, *flags = service["command"]
                self.assertEqual(program, f"/usr/local/bin/redress-{name}")
                files = {"/run/secrets/id-secret": "s" * 32, "/run/secrets/tokens": programs.TOKENS}
                self.assertEqual({f"/run/secrets/{secret}" for secret in service["secrets"]}, set(files))
                for volume in service["volumes"]:
                    source, target, *_ = volume.split(":")
                    if source.startswith("./"):
                        files[target] = (DEPLOY / source).read_text(encoding="utf-8")
                programs.check_flags(self, f"redress-{name}", flags, files)

    def test_what_is_mounted_is_there(self):
        for name, service in self.compose["services"].items():
            for volume in service.get("volumes", []):
                with self.subTest(f"{name} {volume}"):
                    source = volume.split(":")[0]
                    if source.startswith("./"):
                        self.assertTrue((DEPLOY / source).exists())
                    else:
                        self.assertIn(source, self.compose["volumes"])
            self.assertLessEqual(set(service.get("secrets", [])), set(self.compose["secrets"]))
            self.assertLessEqual(set(service.get("depends_on", {})), set(self.compose["services"]))

    def test_no_two_services_share_a_data_folder(self):
        folders = []
        for service in self.services.values():
            data = programs.value_of(service["command"], "data-dir")
            folders += [volume.split(":")[0] for volume in service["volumes"] if volume.split(":")[1] == data]
        self.assertEqual(len(folders), len(programs.SERVICES))
        self.assertEqual(len(set(folders)), len(folders))

    def test_secrets_are_files_that_git_does_not_keep(self):
        ignored = (DEPLOY / ".gitignore").read_text(encoding="utf-8").split()
        left_out = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
        for name, secret in self.compose["secrets"].items():
            with self.subTest(name):
                folder = pathlib.PurePath(secret["file"]).parts[0]
                self.assertIn(f"/{folder}/", ignored)
                self.assertIn(f"deploy/{folder}", left_out)

    def test_services_are_without_rights_and_cannot_write_but_to_their_data(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertTrue(service["read_only"])
                self.assertEqual(service["cap_drop"], ["ALL"])

    def test_only_this_machine_reaches_what_is_published(self):
        for name, service in self.compose["services"].items():
            for port in service.get("ports", []):
                with self.subTest(name):
                    self.assertTrue(port.startswith("127.0.0.1:"), port)

    def test_services_use_the_broker_that_is_started(self):
        settings = self.compose["services"]["kafka"]["environment"]
        address = settings["KAFKA_ADVERTISED_LISTENERS"].removeprefix("PLAINTEXT://")
        self.assertIn(":" + address.split(":")[1], settings["KAFKA_LISTENERS"])
        self.assertEqual(address.split(":")[0], "kafka")
        for service in self.services.values():
            self.assertEqual(programs.value_of(service["command"], "kafka"), address)
        # The settings that deploy/kafka starts one broker with, too.
        lines = (DEPLOY / "kafka/server.properties.in").read_text(encoding="utf-8").splitlines()
        local = dict(line.replace("@REPLICAS@", "1").split("=", 1) for line in lines
                     if "=" in line and not line.startswith("#"))
        for name in ("auto.create.topics.enable", "offsets.topic.replication.factor"):
            self.assertEqual(settings["KAFKA_" + name.upper().replace(".", "_")], local[name])


class Prometheus(unittest.TestCase):
    def setUp(self):
        command = compose()["services"]["prometheus"]["command"]
        self.path = DEPLOY / "prometheus" / pathlib.PurePath(programs.value_of(command, "config.file")).name
        self.config = yaml.safe_load(self.path.read_text(encoding="utf-8"))

    def test_every_service_is_scraped_where_it_serves(self):
        job, = self.config["scrape_configs"]
        self.assertEqual(job["job_name"], "redress")
        expected = {f"{name}:{programs.value_of(compose()['services'][name]['command'], 'metrics').split(':')[1]}"
                    for name in programs.SERVICES}
        self.assertEqual(set(job["static_configs"][0]["targets"]), expected)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian package prometheus)")
    def test_prometheus_takes_it(self):
        command = ["promtool", "check", "config", self.path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Image(unittest.TestCase):
    def test_compose_builds_it(self):
        for name in programs.SERVICES:
            build = compose()["services"][name]["build"]
            root = (DEPLOY / build["context"]).resolve()
            self.assertEqual(root, programs.SOURCE_DIR.resolve())
            self.assertEqual((root / build["dockerfile"]).resolve(), (DEPLOY / "Dockerfile").resolve())

    def test_it_holds_what_is_built_and_all_services(self):
        built, = [line for line in dockerfile() if "ninja -C build/release" in line]
        targets = set(re.search(r"ninja ([^&]*)", built).group(1).split()) & programs_in_image()
        self.assertEqual(targets, programs_in_image())
        self.assertEqual(programs_in_image(), {f"redress-{name}" for name in programs.SERVICES} | {"redressctl"})

    def test_it_runs_as_a_user_without_rights(self):
        self.assertEqual([line for line in last_stage() if line.startswith("USER ")],
                         [f"USER {programs.USER}:{programs.USER}"])

    def test_what_is_copied_from_the_tree_is_there(self):
        for line in dockerfile():
            if line.startswith("COPY ") and "--from" not in line:
                for source in line.split()[1:-1]:
                    self.assertTrue((programs.SOURCE_DIR / source).exists(), source)

    @unittest.skipUnless(shutil.which("dpkg") and shutil.which("readelf"), "dpkg or readelf is not installed")
    def test_every_library_of_the_programs_is_installed(self):
        install, = [line for line in last_stage() if "apt-get install" in line]
        installed = set(re.search(r"--no-install-recommends\s+([^&]*)", install).group(1).split()) | BASE_PACKAGES
        needed = {}
        for program in programs_in_image():
            libraries = direct_libraries(program)
            self.assertGreater(len(libraries), 10, f"{program}: libraries could not be read")
            needed.update(libraries)
        for name, file in sorted(needed.items()):
            with self.subTest(name):
                self.assertIn(package_of(file), installed, file)


if __name__ == "__main__":
    sys.exit(programs.run("deploy_test"))
