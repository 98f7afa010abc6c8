"""python -m judge.bench [LANGUAGE...]: each client against its own bare stub, in a table."""

import json
import pathlib
import subprocess
import sys
import time

from judge.__main__ import LANGUAGES
from judge.protos import BUILD, ROOT, Protos
from judge.server import Server

TIMEOUT_S = 600
FLOOR = 0.9  # Of the bare stub's rate: what a client may cost at most.
RATES = (("GetOrder/s", "get_order_per_second"), ("Watch events/s", "watch_events_per_second"))


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


def main():
    languages = sys.argv[1:] or [
        name for name in LANGUAGES if (ROOT / "clients" / name / "run").exists()]
    (BUILD / "logs").mkdir(parents=True, exist_ok=True)
    protos, results, below = Protos(), {}, []
    for language in languages:
        print(f"    measuring {language}", file=sys.stderr, flush=True)
        results[language] = measure(language, protos)
        for name, key in RATES:
            if results[language][key] < FLOOR * results[language][key + "_bare"]:
                below.append(f"{language}'s {name}")
    head = ["language", "size", "bare", "start ms", "bare"]
    for name, _ in RATES:
        head += [name, "bare", "ratio"]
    rows = [head] + [row(language, result) for language, result in results.items()]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(head))]
    for cells in rows:
        print("  ".join(cell.rjust(width) if i else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(cells, widths))))
    kept = pathlib.Path(ROOT / "build" / "clients" / f"bench-{int(time.time())}.json")
    kept.write_text(json.dumps(results, indent=1) + "\n")
    print(f"kept in {kept.relative_to(ROOT)}")
    if below:
        print(f"below {FLOOR} of the bare stub: {', '.join(below)}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
