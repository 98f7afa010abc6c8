"""python -m judge.examples [LANGUAGE...]: every language's examples, run as a person would."""

import argparse
import os
import re
import subprocess
import sys
import threading
import time

from judge.__main__ import LANGUAGES
from judge.protos import BUILD, ROOT, Protos
from judge.server import Server

TIMEOUT_S = 40


class Example:
    """A running example and what it has printed."""

    def __init__(self, language, name, endpoint):
        self._process = subprocess.Popen(
            [ROOT / "clients" / language / "run", "example", name, endpoint],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        self.text = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            self.text += line

    def shows(self, pattern, server):
        """Waits until the pattern is printed; a sentence when it is not."""
        return server.until(
            lambda: None if re.search(pattern, self.text) else
            f"did not print {pattern}: {self.text[-500:]!r}", TIMEOUT_S)

    def ends(self):
        try:
            code = self._process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return f"does not end: {self.text[-500:]!r}"
        return None if code == 0 else f"ended with {code}: {self.text[-500:]!r}"

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def pay_and_follow(example, server):
    found = example.shows("merchants/demo/orders/", server)
    if found:
        return found
    name = re.search(r"merchants/demo/orders/[\w-]+", example.text)[0]
    server.call("SimulatorService/Pay", {"target": {"name": name}})
    return example.shows("PAID", server) or example.ends()


def pay_out_and_wait(example, server):
    # The simulator pays out after a second of its own clock.
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end and "SUCCEEDED" not in example.text:
        server.call("SimulatorService/AdvanceClock", {"provider": "epay", "duration": "2s"})
        time.sleep(0.3)
    return example.shows("SUCCEEDED", server) or example.ends()


def tail_events(example, server):
    number = f"TAIL{time.monotonic_ns()}"
    server.call("OrderService/CreateOrder", {
        "parent": "merchants/demo", "orderId": number,
        "order": {"wallet": "botim", "amount": {"currencyCode": "AED", "minorUnits": "1"}}})
    return example.shows(rf"order\.created.*{number}", server)


def run(language, name, play, server):
    example = Example(language, name, server.address)
    try:
        return play(example, server)
    finally:
        example.stop()


def main():
    parser = argparse.ArgumentParser(prog="examples")
    parser.add_argument("--report")
    parser.add_argument("languages", nargs="*")
    given = parser.parse_args()
    languages = given.languages or [
        name for name in LANGUAGES if (ROOT / "clients" / name / "run").exists()]
    (BUILD / "logs").mkdir(parents=True, exist_ok=True)
    server = Server(Protos(), BUILD / "logs" / "examples-server.log")
    server.start()
    lines = []
    try:
        for language in languages:
            for play in (pay_and_follow, pay_out_and_wait, tail_events):
                said = run(language, play.__name__, play, server)
                line = f"{'FAIL' if said else 'ok'} {language}.{play.__name__}"
                lines.append(f"{line} {said}" if said else line)
                print(lines[-1], flush=True)
    finally:
        server.close()
    if given.report:
        with open(given.report, "w", encoding="utf-8") as out:
            out.write("\n".join(line.replace("\n", " ") for line in lines) + "\n")
    failed = sum(line.startswith("FAIL") for line in lines)
    print(f"{len(lines) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not lines else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
