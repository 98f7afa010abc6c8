"""A judge that cannot fail proves nothing: drivers with one defect each, all of them caught."""

import json
import re
import unittest

from judge.__main__ import SCENARIOS, certify
from judge.protos import ROOT, Protos

PYTHON = ROOT / "build" / "clients" / "python" / "venv" / "bin" / "python"
DRIVER = ROOT / "clients" / "certification" / "tests" / "wrong_driver.py"

# Defect: the scenario that catches it, and what the judge says.
DEFECTS = {
    "a_new_request_id_per_try": ("retry_after_overload", "changed from one try to the next"),
    "no_request_id": ("create", "sent without a request_id|last request"),
    "sends_again_after_a_break": ("ambiguous_break", "was sent again after|sent 2 times"),
    "says_that_nothing_happened": ("ambiguous_break", "sideEffect"),
    "an_error_without_its_metadata": ("cursor_expired", "metadata.side_effect is missing"),
    "sends_without_end": ("retry_after_overload", "at most 4|sent [0-9]+ times"),
    "gives_up_at_once": ("retry_after_overload", "RESOURCE_EXHAUSTED"),
    "does_not_heed_retry_info": ("retry_info", "RetryInfo asked for"),
    "waits_without_jitter": ("full_jitter", "gaps before retries"),
    "a_deadline_for_each_try": ("deadline_over_all_tries", "time in ms"),
    "loses_an_event": ("watch_over_restart", "one is lost|the log has|timeout"),
    "gives_events_twice": ("duplicates_dropped", "after|timeout"),
    "a_cursor_ahead_of_its_event": ("watch_from_stored_cursor", "cursor"),
    "forgets_its_cursor": ("watch_over_restart", "one is lost|the log has|timeout"),
    "reads_ahead_without_bound": ("slow_reader", "does not read was sent"),
    "waits_for_ever_in_silence": ("watch_silence", "timeout"),
    "asks_nothing_of_a_dead_connection": ("dead_connection", "DEADLINE_EXCEEDED"),
    "opens_again_before_retry_info_allows": ("watch_retry_info", "gap in ms"),
    "ends_its_stream_with_the_wait": ("given_up_from_now", "timeout|WatchEvents was sent"),
    "leaves_its_stream_open": ("watch_order", "still open after stop"),
    "ends_at_the_first_break": ("watch_over_restart", "UNAVAILABLE"),
    "opens_again_after_every_error": ("watch_errors", "timeout"),
    "a_key_in_plain_sight": ("api_key", "answer"),
    "forgets_the_key_in_streams": ("api_key", "authorization"),
    "a_field_is_missing": ("create", "labels"),
    "fails_at_unknown_numbers": ("unknown_enum", "unknown state"),
    "money_through_floats": ("money", "minorUnits"),
    "a_wrong_exponent": ("money", "UGX"),
    "sends_again_after_its_caller_gave_up": ("cancel_while_waiting", "outside any call|sent again|sent 2"),
}


class WrongDrivers(unittest.TestCase):
    """One test per defect, made below."""

    protos = Protos()
    scenarios = {s["name"]: s for s in json.loads(SCENARIOS.read_text())["scenarios"]}

    def caught(self, defect, scenario, pattern):
        if not PYTHON.exists():
            self.skipTest("the Python client is not built")
        verdicts = certify(f"wrong-{defect}", [str(PYTHON), str(DRIVER), defect],
                           [self.scenarios[scenario]], self.protos, lambda *_: None)
        said = verdicts[scenario]
        self.assertIsNotNone(said, f"{defect} passed {scenario}")
        self.assertNotIn("the judge failed", said)
        self.assertTrue(re.search(pattern, said), f"{defect}: {said}")


for _defect, (_scenario, _pattern) in DEFECTS.items():
    setattr(WrongDrivers, f"test_{_defect}",
            lambda self, d=_defect, s=_scenario, p=_pattern: self.caught(d, s, p))
