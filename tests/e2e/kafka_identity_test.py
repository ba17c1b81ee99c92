"""A log on Kafka that is not what it was, or not what it should be: refused at the start, or reported while the
suite runs, in one clear line and in bounded time; never half-run.

Another secret, a projection of another log, topics that are missing, were made anew, have other partitions or
forget; credentials that are wrong or no longer valid. One broker for all checks; between them its topics go.

Skipped, by name, where no broker can be had (no Maven Central, no Java).
"""

import json
import shutil
import subprocess
import sys
import time

import kafka_cluster
import suite

CANNOT_SERVE = 1
# What redressctl ends with when the suite is unreachable or too busy, and repeating is safe.
NOT_NOW = 3
# A refusal at the start, the wait for brokers that do not answer included (30 s).
REFUSED_WITHIN_S = 45
# While running: topics are looked at every 10 s, and that one was made anew is doubted for 10 s.
SEEN_WITHIN_S = 40
COMPLAINTS = "redress.complaints.v1"
INBOUND = "redress.inbound.v1"
SASL_USER = "listener.name.sasl.plain.sasl.jaas.config"


class Log:
    """A log on the broker, and the suite on it."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        folder.mkdir(exist_ok=True)
        self.secret = suite.id_secret(folder)

    def process(self, name="data", *flags):
        return suite.Process("redress", self.folder / name, *suite.on_kafka(self.cluster.addresses, self.secret),
                             "--policy", suite.POLICY, *flags)

    def grown(self, complaints=6):
        """The running suite with some complaints."""
        running = self.process("data", "--create-topics")
        server = running.start()
        for number in range(complaints):
            submit(server, f"one-{number}")
        return running

    def refused(self, *says, name="data", flags=()):
        """The suite ends by itself with one error line of the process that says all of `says`."""
        process = self.process(name, *flags)
        process.endpoints_file.unlink(missing_ok=True)
        begun = time.monotonic()
        ended = subprocess.run(process.command, capture_output=True, text=True, timeout=REFUSED_WITHIN_S,
                               check=False)
        assert ended.returncode == CANNOT_SERVE, f"exit code {ended.returncode}: {ended.stderr[-2000:]}"
        line = error_of_the_process(ended.stderr)
        for words in says:
            assert words in line, f"{words!r} is missing in: {line}"
        print(f"  {time.monotonic() - begun:.1f} s: {line[:160]}", flush=True)

    def forget(self):
        """All topics go."""
        admin = self.cluster.admin()
        topics = [name for name in admin.list_topics(timeout=20).topics if name.startswith("redress.")]
        if topics:
            for future in admin.delete_topics(topics, operation_timeout=30).values():
                future.result()
            suite.until("the topics are gone", lambda: not any(
                name.startswith("redress.") for name in admin.list_topics(timeout=20).topics))


def try_to_submit(server, request_id, timeout_s):
    return subprocess.run([suite.BINARY_DIR / "bin/redressctl", "--server", server, "--timeout", str(timeout_s), "submit",
                           "--request-id", request_id, "--text", "The invoice names a service that I never ordered"],
                          capture_output=True, text=True, timeout=60, check=False)


def submit(server, request_id):
    done = try_to_submit(server, request_id, 30)
    assert done.returncode == 0, done.stderr


def error_of_the_process(text):
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    errors = [line["error"] for line in lines if line["level"] == "error" and line["service"] == "process"]
    assert len(errors) == 1, f"{len(errors)} error lines of the process, not one: {text[-3000:]}"
    return errors[0]


def make_anew(cluster, topic, partitions):
    """As an operator might, after a deletion by mistake."""
    from confluent_kafka.admin import NewTopic
    admin = cluster.admin()
    admin.delete_topics([topic], operation_timeout=30)[topic].result()
    suite.until("the topic is gone", lambda: topic not in admin.list_topics(timeout=20).topics)
    admin.create_topics([NewTopic(topic, partitions, 1, config={
        "retention.ms": "-1", "max.message.bytes": str((1 << 20) + (64 << 10))})])[topic].result()


def grow_partitions(cluster, topic, partitions):
    from confluent_kafka.admin import NewPartitions
    admin = cluster.admin()
    admin.create_partitions([NewPartitions(topic, partitions)])[topic].result()
    suite.until("the partition is there",
                        lambda: len(admin.list_topics(timeout=20).topics[topic].partitions) == partitions)


def settings(cluster, topic, **values):
    from confluent_kafka.admin import ConfigResource
    resource = ConfigResource("topic", topic,
                              set_config={name.replace("_", "."): value for name, value in values.items()})
    admin = cluster.admin()
    admin.alter_configs([resource])[resource].result()


def missing_topics(log):
    log.refused("missing on Kafka", COMPLAINTS, "make them, or let Redress do it")


def another_secret(log):
    log.grown(1).stop()
    log.secret.write_bytes(b"x" * 32)
    log.refused("the id secret given is not the one")


def projection_of_another_log(log):
    elsewhere = suite.Process("redress", log.folder / "elsewhere", "--policy", suite.POLICY)
    submit(elsewhere.start(), "elsewhere")
    elsewhere.stop()
    log.grown(1).stop()
    shutil.rmtree(log.folder / "data/data/router")
    shutil.copytree(log.folder / "elsewhere/data/router", log.folder / "data/data/router")
    log.refused("router:", "this projection was folded from log")


def topic_that_forgets(log):
    log.grown(1).stop()
    settings(log.cluster, COMPLAINTS, retention_ms="60000", max_message_bytes="1200000")
    log.refused(COMPLAINTS + " has retention.ms=60000")


def partitions_grown_while_stopped(log):
    log.grown(1).stop()
    grow_partitions(log.cluster, COMPLAINTS, 17)
    log.refused(COMPLAINTS + " has 17 partitions, not 16")


def complaints_made_anew_while_stopped(log):
    log.grown().stop()
    make_anew(log.cluster, COMPLAINTS, 16)
    log.refused(COMPLAINTS)
    log.refused(COMPLAINTS, flags=["--create-topics"])


def directory_made_anew_while_stopped(log):
    log.grown().stop()
    make_anew(log.cluster, "redress.directory.v1", 1)
    log.refused("redress.directory.v1", "truncated")


def ends_by_itself(running, *says):
    """The running suite ends with one line that says all of `says`."""
    begun = time.monotonic()
    with suite.telling([running]):
        code = running.process.wait(timeout=SEEN_WITHIN_S)
    assert code == CANNOT_SERVE, f"exit code {code}: {running.log_tail()}"
    line = error_of_the_process(running.log_file.read_text())
    for words in says:
        assert words in line, f"{words!r} is missing in: {line}"
    print(f"  {time.monotonic() - begun:.1f} s: {line[:160]}", flush=True)


def complaints_made_anew_while_running(log):
    running = log.grown(24)
    make_anew(log.cluster, COMPLAINTS, 16)
    ends_by_itself(running, "truncated")
    log.refused(COMPLAINTS)


def reported(running, *says):
    """The running suite says all of `says` in one error line, and goes on."""
    begun = time.monotonic()

    def said():
        return [line for line in running.log_file.read_text().splitlines()
                if '"level":"error"' in line and all(words in line for words in says)]
    suite.until(f"a line that says {says}", said, SEEN_WITHIN_S)
    print(f"  {time.monotonic() - begun:.1f} s: {json.loads(said()[0])}", flush=True)
    assert running.process.poll() is None, "it ended"


def partitions_grown_while_running(log):
    running = log.grown(1)
    grow_partitions(log.cluster, INBOUND, 17)
    reported(running, INBOUND, "has 17 partitions, not 16")
    running.stop()
    log.refused(INBOUND + " has 17 partitions, not 16")


def topic_gone_while_running(log):
    running = log.grown(1)
    admin = log.cluster.admin()
    admin.delete_topics([INBOUND], operation_timeout=30)[INBOUND].result()
    reported(running, INBOUND, "is missing")
    running.kill()


def credentials(log, password):
    properties = ("security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", "sasl.username=redress",
                  f"sasl.password={password}")
    return [f"--kafka-property={one}" for one in properties]


def wrong_credentials(log):
    log.grown(1).stop()
    plain, log.cluster.addresses = log.cluster.addresses, log.cluster.sasl
    try:
        serving = log.process("data", *credentials(log, "right"))
        submit(serving.start(), "with-credentials")
        serving.stop()
        log.refused("the brokers refuse our credentials", flags=credentials(log, "wrong"))
    finally:
        log.cluster.addresses = plain


def change_password(cluster, before, after):
    """The broker goes down, and comes back with another password."""
    cluster.kill_one(0)
    properties = cluster.nodes[0] / "server.properties"
    properties.write_text(properties.read_text().replace(f'user_redress="{before}"', f'user_redress="{after}"'))
    cluster.start_one(0)


def credentials_that_expire(log):
    log.grown(1).stop()
    plain, log.cluster.addresses = log.cluster.addresses, log.cluster.sasl
    running = log.process("data", *credentials(log, "right"))
    server = running.start()
    log.cluster.addresses = plain
    change_password(log.cluster, "right", "other")
    reported(running, "the brokers refuse our credentials")
    denied = try_to_submit(server, "late", 3)
    assert denied.returncode == NOT_NOW and "UNAVAILABLE" in denied.stderr, denied.stderr
    change_password(log.cluster, "other", "right")
    suite.until("commands are answered when the credentials are valid again",
                lambda: try_to_submit(server, "late", 10).returncode == 0)
    running.stop()


CHECKS = (missing_topics, another_secret, projection_of_another_log, topic_that_forgets,
          partitions_grown_while_stopped, complaints_made_anew_while_stopped, directory_made_anew_while_stopped,
          complaints_made_anew_while_running, partitions_grown_while_running, topic_gone_while_running,
          wrong_credentials, credentials_that_expire)


def broker_with_sasl(folder):
    """One that also listens for callers who name themselves, user redress, password right."""
    plain, sasl, controller = suite.free_ports(3)
    cluster = kafka_cluster.Cluster(folder, port=plain, settings=[
        f"controller.quorum.voters=1@127.0.0.1:{controller}",
        f"listeners=PLAINTEXT://127.0.0.1:{plain},SASL://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}",
        f"advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL://127.0.0.1:{sasl}",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name=PLAINTEXT", "sasl.enabled.mechanisms=PLAIN",
        SASL_USER + "=org.apache.kafka.common.security.plain.PlainLoginModule required user_redress=\"right\";"])
    cluster.start()
    cluster.sasl = f"127.0.0.1:{sasl}"
    return cluster


def never_half_run(folder):
    cluster = broker_with_sasl(folder)
    wanted = sys.argv[2:]
    for check in CHECKS:
        if wanted and check.__name__ not in wanted:
            continue
        log = Log(cluster, folder / check.__name__)
        print(check.__name__, flush=True)
        try:
            check(log)
        except Exception as problem:
            raise AssertionError(f"{check.__name__}: {problem}") from problem
        log.forget()


if __name__ == "__main__":
    sys.exit(suite.run("kafka_identity_test", never_half_run))
