"""What cannot work is refused at the start with one clear line, and the process ends: it never runs half.

Each case starts the suite on something that is wrong and looks at its exit code, its one line and that it served
nobody.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time

import suite

ENDS_WITHIN_S = 60
WRONG_CONFIGURATION, CANNOT_SERVE = 2, 1


def submit_some(server, count, name):
    for number in range(count):
        for _ in range(100):
            done = subprocess.run(
                [suite.BINARY_DIR / "bin/redressctl", "--server", server, "submit", "--request-id", f"{name}-{number}",
                 "--text", "The invoice names a service that I never ordered"], capture_output=True, check=False)
            if done.returncode == 0:
                break
            time.sleep(0.1)
        assert done.returncode == 0, done.stderr.decode()


def grown(folder, complaints, name="one"):
    """A data folder with a log of some complaints; its process has ended."""
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    submit_some(process.start(), complaints, name)
    process.stop()
    return folder / "data"


def refused(folder, code, *says, flags=()):
    """Starts the suite on `folder`; it ends with `code` and one line that says all of `says`."""
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    process.endpoints_file.unlink(missing_ok=True)
    command = list(process.command)
    for name, value in zip(flags[::2], flags[1::2]):
        if name in command:
            command[command.index(name) + 1] = value
        else:
            command += [name, value]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False)
    said = ended.stdout + ended.stderr
    if code == WRONG_CONFIGURATION:
        assert not process.endpoints_file.exists(), "it served"
    assert ended.returncode == code, f"exit code {ended.returncode}, not {code}:\n{said}"
    if code == CANNOT_SERVE:
        lines = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
        errors = [line for line in lines if line["level"] == "error" and line["service"] == "process"]
        assert len(errors) == 1, f"{len(errors)} error lines of the process, not one:\n{said}"
        line = errors[0]["error"]
    else:
        line = said
        assert len(said.splitlines()) == 1, f"not one line:\n{said}"
    for words in says:
        assert words in line, f"{words!r} is missing in: {line}"


def projection_of_another_log(folder):
    one, other = grown(folder / "one", 2), grown(folder / "other", 2)
    shutil.rmtree(one / "router")
    shutil.copytree(other / "router", one / "router")
    refused(folder / "one", CANNOT_SERVE, "router:", "this projection was folded from log")


def truncated_log(folder):
    data = grown(folder, 3)
    shutil.copytree(data / "log", folder / "earlier")
    grown(folder, 12, "two")
    shutil.rmtree(data / "log")
    shutil.copytree(folder / "earlier", data / "log")
    refused(folder, CANNOT_SERVE, "truncated")


def damaged_log(folder):
    data = grown(folder, 12)
    # One byte in the middle of the largest file of the log's database.
    largest = max((path for path in (data / "log/db").iterdir() if path.suffix in (".log", ".sst")),
                  key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 0x40
    largest.write_bytes(content)
    refused(folder, CANNOT_SERVE, "DATA_LOSS")


def wrong_id_secret(folder):
    grown(folder, 1)
    secret = folder / "secret"
    secret.write_bytes(b"x" * 32)
    refused(folder, CANNOT_SERVE, "the id secret given is not the one", flags=("--id-secret-file", secret))


def id_secret_from_a_pipe(folder):
    """It is read once, so that one that says nothing is found where it is needed."""
    folder.mkdir(exist_ok=True)
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b""), daemon=True)
    writer.start()
    refused(folder, CANNOT_SERVE, f"{pipe}: is empty", flags=("--id-secret-file", pipe))
    writer.join(timeout=ENDS_WITHIN_S)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"x" * 32), daemon=True)
    writer.start()
    process = suite.Process("redress", folder, "--policy", suite.POLICY, "--id-secret-file", pipe)
    submit_some(process.start(), 1, "piped")
    process.stop()
    assert (folder / "data/log/secret").read_bytes() == b"x" * 32


def second_process(folder):
    first = suite.Process("redress", folder, "--policy", suite.POLICY)
    server = first.start()
    try:
        keep = first.endpoints_file.read_text()
        refused(folder, CANNOT_SERVE, "open already")
        first.endpoints_file.write_text(keep)
        submit_some(server, 1, "still")
    finally:
        first.stop()


def corrupt_policy(folder):
    folder.mkdir(exist_ok=True)
    policy = folder / "policy.yaml"
    policy.write_text(suite.POLICY.read_text().replace("name: default 2026.1", "name: default 2026.1\ncolour: blue", 1))
    refused(folder, WRONG_CONFIGURATION, "policy.yaml:", "colour", flags=("--policy", policy))


def policy_that_is_no_yaml(folder):
    folder.mkdir(exist_ok=True)
    policy = folder / "policy.yaml"
    policy.write_bytes(b"\x00\xff{[")
    refused(folder, WRONG_CONFIGURATION, "policy.yaml", flags=("--policy", policy))


def unknown_log(folder):
    refused(folder, WRONG_CONFIGURATION, "--log paper", flags=("--log", "paper"))


def open_to_all_without_tokens(folder):
    refused(folder, WRONG_CONFIGURATION, "--token-file", flags=("--listen", "0.0.0.0:0"))


def garbage_token_file(folder):
    folder.mkdir(exist_ok=True)
    tokens = folder / "tokens"
    tokens.write_text("one-word\n")
    refused(folder, WRONG_CONFIGURATION, "--token-file", "line 1", flags=("--token-file", tokens))


def data_folder_that_is_a_file(folder):
    folder.mkdir(exist_ok=True)
    (folder / "data").write_text("not a folder")
    refused(folder, CANNOT_SERVE, str(folder / "data"))


def garbage_config(folder):
    """CLI flags from a file: what cannot be read is named, with a second line that points to --help."""
    folder.mkdir(exist_ok=True)
    config = folder / "redress.toml"
    config.write_text("colour = blue\n")
    ended = subprocess.run([suite.BINARY_DIR / "bin/redress", "--config", config, "--data-dir", folder / "data"],
                           capture_output=True, text=True,
                           timeout=ENDS_WITHIN_S, check=False)
    assert ended.returncode == WRONG_CONFIGURATION, f"exit code {ended.returncode}: {ended.stdout}{ended.stderr}"
    assert "colour" in ended.stderr, ended.stderr


def folders_where_files_belong(folder):
    """Each program that reads a file names it and says that it is a folder."""
    folder.mkdir(exist_ok=True)
    reads = [("redress", "--check-config", flag, folder)
             for flag in ("--policy", "--token-file", "--id-secret-file")]
    reads += [("redress-feed", "--demo", folder), ("redressctl", "policy", "check", folder),
              ("redressctl", "submit", "--file", folder)]
    for program, *flags in reads:
        ended = subprocess.run([suite.BINARY_DIR / "bin" / program, *flags], capture_output=True, text=True,
                               timeout=ENDS_WITHIN_S, check=False)
        said = ended.stdout + ended.stderr
        assert ended.returncode > 0, f"{program} {flags}: exit code {ended.returncode}: {said}"
        assert f"{folder}: cannot be read: Is a directory" in said, f"{program} {flags}: {said}"


CASES = (projection_of_another_log, truncated_log, damaged_log, wrong_id_secret, id_secret_from_a_pipe, second_process,
         corrupt_policy, policy_that_is_no_yaml, unknown_log, open_to_all_without_tokens, garbage_token_file,
         data_folder_that_is_a_file, garbage_config, folders_where_files_belong)


if __name__ == "__main__":
    sys.exit(suite.run("refusal_test", *CASES))
