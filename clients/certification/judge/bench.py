"""python -m judge.bench [--out FILE|FOLDER] [LANGUAGE...]: each client against its own bare stub.

Client and stub take turns in short rounds, in one process and against one server. A ratio is the
median of the ratios of the rounds, not one of two rates that were seen at different times: what
else the machine does weighs on both sides of a round.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
from concurrent import futures

from judge.__main__ import LANGUAGES
from judge.protos import BUILD, ROOT, Protos
from judge.server import Server

TIMEOUT_S = 600
FLOOR = 0.9  # Of the bare stub's rate: what a client may cost at most.
MEASURES = (("GetOrder", "get_order"), ("Watch events", "watch_events"))
# What the streams deliver, two events of each and more: enough that opening a stream is no part of
# what is seen.
ORDERS = 5000
ORDERS_AT_ONCE = 64


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
        fill(server)
        done = subprocess.run([ROOT / "clients" / language / "run", "bench", server.address],
                              stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=True)
        return json.loads(done.stdout.strip().splitlines()[-1])
    finally:
        server.close()


def fill(server):
    """Gives the log its length."""

    def create(number):
        server.call("OrderService/CreateOrder", {
            "parent": "merchants/demo", "orderId": f"FILL-{number}",
            "order": {"wallet": "botim", "amount": {"currencyCode": "AED", "minorUnits": "1234"}}})

    with futures.ThreadPoolExecutor(ORDERS_AT_ONCE) as pool:
        for _ in pool.map(create, range(ORDERS)):
            pass


def size(number):
    return f"{number / 1e6:.1f} MB" if number else "-"


def milliseconds(number):
    return "-" if number is None else f"{number:.0f}"


@dataclasses.dataclass
class Compared:
    """A client beside its stub: medians of the rounds, the ratio with its quartiles."""

    language: str
    what: str
    rate: float
    rate_bare: float
    ratio: float
    low: float
    high: float
    rounds: int
    cpu_us: float | None
    cpu_us_bare: float | None

    def cells(self):
        return [self.language, self.what, f"{self.rate:.0f}", f"{self.rate_bare:.0f}",
                f"{self.ratio:.2f}", f"{self.low:.2f}-{self.high:.2f}", str(self.rounds),
                microseconds(self.cpu_us), microseconds(self.cpu_us_bare)]


def microseconds(number):
    return "-" if number is None else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def compared(language, result):
    """What is measured of a language, each as Compared."""
    made = []
    for what, key in MEASURES:
        rates, bare = (each if isinstance(each, list) else [each] for each in (
            result[key + "_per_second"], result[key + "_per_second_bare"]))
        ratios = [one / other for one, other in zip(rates, bare, strict=True)]
        low, ratio, high = (statistics.quantiles(ratios, n=4, method="inclusive")
                            if len(ratios) > 1 else ratios * 3)
        cpu = [statistics.fmean(result[name]) if name in result else None
               for name in (key + "_cpu_us", key + "_cpu_us_bare")]
        made.append(Compared(language, what, statistics.median(rates), statistics.median(bare),
                             ratio, low, high, len(ratios), *cpu))
    return made


def tables(results):
    """Two tables of cells, each with its head."""
    sizes = [["language", "size", "bare", "start ms", "bare"]]
    rates = [["language", "what", "a second", "bare", "ratio", "quartiles", "rounds", "CPU us each",
              "bare"]]
    for language, result in results.items():
        sizes.append([language, size(result.get("package_bytes")),
                      size(result.get("package_bytes_bare")), milliseconds(result.get("start_ms")),
                      milliseconds(result.get("start_ms_bare"))])
        rates += [each.cells() for each in compared(language, result)]
    return rates, sizes


def below_floor(results):
    return [f"{language}'s {each.what} ({each.ratio:.2f})" for language, result in results.items()
            for each in compared(language, result) if each.ratio < FLOOR]


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
    lines = [f"# Clients, measured on {date.isoformat()}", "", *machine(load), "",
             "Each client beside the bare generated stub of its own language, against one server",
             "on the same machine: `./dev bench clients`. Both take turns in short rounds; the ratio",
             "is the median of the rounds' ratios, beside it their quartiles. CPU is what the",
             "process spends on each call or event, on all its threads; clients/README.md says what",
             "is compared.", f"A ratio is to be {FLOOR} at least."]
    for head, *body in tables(results):
        lines.append("")
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
    for table in tables(results):
        widths = [max(len(cells[i]) for cells in table) for i in range(len(table[0]))]
        for cells in table:
            print("  ".join(cell.rjust(width) if i else cell.ljust(width)
                            for i, (cell, width) in enumerate(zip(cells, widths))))
        print()
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
