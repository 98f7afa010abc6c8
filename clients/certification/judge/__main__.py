"""python -m judge [--scenario NAME]... [LANGUAGE=DRIVER COMMAND]...: certifies clients."""

import argparse
import concurrent.futures
import json
import os
import shlex
import sys
import threading
import time
import traceback

from judge.driver import Driver, DriverFailed
from judge.protos import BUILD, ROOT, Protos
from judge.proxy import Proxy
from judge.server import Server
from judge.steps import Failed, Steps

SCENARIOS = ROOT / "clients" / "certification" / "scenarios.json"
LANGUAGES = ["cpp", "python", "go", "java", "typescript", "rust"]


def arguments():
    parser = argparse.ArgumentParser(prog="judge")
    parser.add_argument("--scenario", action="append", help="only this one; may be repeated")
    # Scenarios wait more than they work.
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 2))
    parser.add_argument("--report", help="file for 'ok|FAIL|skip <language>.<scenario>' lines")
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE",
                        help="of clients/, or NAME=COMMAND with a driver's command")
    given = parser.parse_args()
    given.languages = given.languages or [
        name for name in LANGUAGES if (ROOT / "clients" / name / "run").exists()]
    return given


def certify(name, command, scenarios, protos, say):
    """Runs the scenarios for one language; gives {scenario: None or what went wrong}."""
    logs = BUILD / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    server = Server(protos, logs / f"{name}-server.log")
    server.start()
    proxy = Proxy(protos)
    proxy.serve(server.address)
    driver = Driver(command, logs / f"{name}-driver.log")
    verdicts = {}
    try:
        for index, scenario in enumerate(scenarios):
            start = time.monotonic()
            said = run(scenario, protos, server, proxy, driver, f"{name[:8]}{index}")
            verdicts[scenario["name"]] = said
            say(name, scenario["name"], said, time.monotonic() - start)
    finally:
        driver.close()
        proxy.close()
        server.close()
    return verdicts


def run(scenario, protos, server, proxy, driver, id_):
    proxy.wire.clear()
    proxy.faults.clear()
    server.call("SimulatorService/ClearFaults", {})
    steps = Steps(protos, server, proxy, driver, {"id": id_, "endpoint": proxy.endpoint})
    try:
        steps.run(scenario["steps"])
        closed = driver.ask({"op": "close"})
        if "ok" not in closed:
            return f"close was answered {closed}"
        steps.finish()
        return None
    except (Failed, DriverFailed) as error:
        driver.close()
        return str(error)
    except Exception:  # The judge's own trouble is a failure too, and must be seen.
        driver.close()
        return "the judge failed: " + traceback.format_exc(limit=-3).replace("\n", " | ")


def table(names, scenarios, verdicts):
    """Languages across, scenarios down."""
    width = max(len(s["name"]) for s in scenarios) + 2
    lines = ["".ljust(width) + "  ".join(name for name in names)]
    for scenario in scenarios:
        cells = []
        for name in names:
            said = verdicts[name].get(scenario["name"], "not run")
            cells.append(("pass" if said is None else "FAIL").ljust(len(name)))
        lines.append(scenario["name"].ljust(width) + "  ".join(cells))
    return "\n".join(lines)


def main():
    given = arguments()
    scenarios = json.loads(SCENARIOS.read_text())["scenarios"]
    if given.scenario:
        unknown = set(given.scenario) - {s["name"] for s in scenarios}
        if unknown:
            raise SystemExit(f"there is no scenario {', '.join(sorted(unknown))}")
        scenarios = [s for s in scenarios if s["name"] in given.scenario]
    commands = {}
    for language in given.languages:
        name, _, command = language.partition("=")
        commands[name] = shlex.split(command) if command else [
            str(ROOT / "clients" / name / "run"), "driver"]
    protos = Protos()
    lock = threading.Lock()

    def say(name, scenario, said, seconds):
        with lock:
            print(f"{'ok' if said is None else 'FAIL'} {name}.{scenario} ({seconds:.1f} s)"
                  + (f" {said}" if said else ""), flush=True)

    with concurrent.futures.ThreadPoolExecutor(max(1, given.jobs)) as pool:
        running = {name: pool.submit(certify, name, command, scenarios, protos, say)
                   for name, command in commands.items()}
        verdicts = {}
        for name, future in running.items():
            try:
                verdicts[name] = future.result()
            except Exception as error:
                print(f"FAIL {name}: {error!r}", flush=True)
                verdicts[name] = {s["name"]: repr(error) for s in scenarios}
    print("\n" + table(list(commands), scenarios, verdicts))
    all_ = [(name, s["name"], verdicts[name].get(s["name"], "not run"))
            for name in commands for s in scenarios]
    if given.report:
        with open(given.report, "w", encoding="utf-8") as out:
            for name, scenario, said in all_:
                reason = "" if said is None else " " + said.replace("\n", " ")
                out.write(f"{'ok' if said is None else 'FAIL'} {name}.{scenario}{reason}\n")
    failed = sum(said is not None for _, _, said in all_)
    print(f"{len(all_) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not all_ else 0


if __name__ == "__main__":
    sys.exit(main())
