"""A language's driver: a process that takes commands and answers, a line of JSON each."""

import json
import os
import queue
import subprocess
import threading

ANSWER_TIMEOUT_S = 60


class DriverFailed(Exception):
    """The driver broke its own contract: it ended, hung, or answered what is no answer."""


class Driver:
    def __init__(self, command, log):
        self._command = command
        self._log = log
        self._process = None
        self._lines = None

    def ask(self, command, timeout_s=ANSWER_TIMEOUT_S):
        """Sends a command and gives its answer."""
        if self._process is None:
            self._start()
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            self.close()
            raise DriverFailed(f"the driver has ended: see {self._log}") from error
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self.close()
            raise DriverFailed(f"no answer to {command} within {timeout_s} s") from None
        if line is None:
            self.close()
            raise DriverFailed(f"the driver ended at {command}: see {self._log}")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or len(answer.keys() & {"ok", "error"}) != 1:
            self.close()
            raise DriverFailed(f"answered {line[:200]!r} to {command}")
        return answer

    def close(self):
        """Ends the process, by end of input first."""
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            process.stdin.close()
        except OSError:
            pass
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, env=dict(os.environ))
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process.stdout, self._lines),
                         daemon=True).start()


def _read(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put(None)
