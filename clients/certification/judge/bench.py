"""python -m judge.bench [--out FILE|FOLDER] [LANGUAGE...]: each client against its own bare stub."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

from judge.__main__ import LANGUAGES
from judge.protos import BUILD, ROOT, Protos
from judge.server import Server

TIMEOUT_S = 600
FLOOR = 0.9  # Of the bare stub's rate: what a client may cost at most.
RATES = (("GetOrder/s", "get_order_per_second"), ("Watch events/s", "watch_events_per_second"))


def arguments():
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--out", help="also write a Markdown report with the machine described; a "
                        "folder: a file clients-YYYY-MM-DD.md in it. From the repository's root on")
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    given = parser.parse_args()
    given.languages = given.languages or [
        name for name in LANGUAGES if (ROOT / "clients" / name / "run").exists()]
    return given


def measure(language, protos):
    """A fresh server for each language: the log that is watched has the same length for all."""
    server = Server(protos, BUILD / "logs" / "bench-server.log")
    server.start()
    try:
        done = subprocess.run([ROOT / "clients" / language / "run", "bench", server.address],
                              stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=True)
        return json.loads(done.stdout.strip().splitlines()[-1])
    finally:
        server.close()


def size(number):
    return f"{number / 1e6:.1f} MB" if number else "-"


def milliseconds(number):
    return "-" if number is None else f"{number:.0f}"


def row(language, result):
    cells = [language, size(result.get("package_bytes")), size(result.get("package_bytes_bare")),
             milliseconds(result.get("start_ms")), milliseconds(result.get("start_ms_bare"))]
    for _, key in RATES:
        rate, bare = result[key], result[key + "_bare"]
        cells += [f"{rate:.0f}", f"{bare:.0f}", f"{rate / bare:.2f}"]
    return cells


def rows(results):
    head = ["language", "size", "bare", "start ms", "bare"]
    for name, _ in RATES:
        head += [name, "bare", "ratio"]
    return [head] + [row(language, result) for language, result in results.items()]


def below_floor(results):
    return [f"{language}'s {name}" for language, result in results.items() for name, key in RATES
            if result[key] < FLOOR * result[key + "_bare"]]


def machine(load):
    """What the numbers hang on, as Markdown."""

    def of(path, key):
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
        return "unknown"

    loads = " ".join(f"{each:.2f}" for each in load)
    return [f"- processor: {of('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores",
            f"- memory: {of('/proc/meminfo', 'MemTotal')}",
            f"- kernel: {platform.system()} {platform.release()} {platform.machine()}",
            f"- load average at the start: {loads} (anything else on the machine weighs on what is "
            "seen)"]


def report(results, load, date):
    """The whole file."""
    head, *body = rows(results)
    lines = [f"# Clients, measured on {date.isoformat()}", "", *machine(load), "",
             "Each client beside the bare generated stub of its own language, against one server on "
             "the same", "machine: `./dev bench clients`. A ratio is to be "
             f"{FLOOR} at least.", ""]
    for cells in (head, ["---"] + ["--:"] * (len(head) - 1), *body):
        lines.append("| " + " | ".join(cells) + " |")
    below = below_floor(results)
    lines += ["", f"Below {FLOOR}: {', '.join(below)}." if below else f"None is below {FLOOR}."]
    return "\n".join(lines) + "\n"


def out_file(out, date):
    """--out's file: a folder is there already, or its name ends with a slash."""
    path = ROOT / out
    if out.endswith("/") or path.is_dir():
        path = path / f"clients-{date.isoformat()}.md"
    return path


def main():
    given = arguments()
    date, load = datetime.date.today(), os.getloadavg()
    (BUILD / "logs").mkdir(parents=True, exist_ok=True)
    protos, results = Protos(), {}
    for language in given.languages:
        print(f"    measuring {language}", file=sys.stderr, flush=True)
        results[language] = measure(language, protos)
    table = rows(results)
    widths = [max(len(cells[i]) for cells in table) for i in range(len(table[0]))]
    for cells in table:
        print("  ".join(cell.rjust(width) if i else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(cells, widths))))
    kept = [ROOT / "build" / "clients" / f"bench-{int(time.time())}.json"]
    kept[0].write_text(json.dumps(results, indent=1) + "\n")
    if given.out:
        kept.append(out_file(given.out, date))
        kept[1].parent.mkdir(parents=True, exist_ok=True)
        kept[1].write_text(report(results, load, date))
    print("kept in " + " and ".join(os.path.relpath(path, ROOT) for path in kept))
    below = below_floor(results)
    if below:
        print(f"below {FLOOR} of the bare stub: {', '.join(below)}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
