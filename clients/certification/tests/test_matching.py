"""Expectations: what matches and what does not."""

import json
import unittest

from judge.__main__ import SCENARIOS
from judge.matching import ABSENT, difference, fill
from judge.steps import Steps


class Matching(unittest.TestCase):
    def test_what_is_written_must_be_there(self):
        self.assertIsNone(difference({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}))
        self.assertIn("answer.a.b is 2", difference({"a": {"b": 1}}, {"a": {"b": 2}}))
        self.assertIn("missing", difference({"a": 1}, {}))
        self.assertIn("not a list of 1", difference([1], [1, 2]))

    def test_types_are_compared(self):
        self.assertIsNotNone(difference({"a": "1"}, {"a": 1}))
        self.assertIsNotNone(difference({"a": 1}, {"a": True}))

    def test_operators(self):
        for expected, good, bad in (
                ({"$match": "^x"}, "xy", "yx"), ({"$between": [1, 2]}, 1.5, 3),
                ({"$oneOf": [1, 2]}, 2, 3), ({"$not": 1}, 2, 1), ({"$absent": True}, ABSENT, 1),
                ({"$includes": {"a": 1}}, [{"a": 1, "b": 2}], [{"a": 2}]),
                ({"$exactly": {"a": 1}}, {"a": 1}, {"a": 1, "b": 2})):
            self.assertIsNone(difference(expected, good), expected)
            self.assertIsNotNone(difference(expected, bad), expected)
        for expected in ({"$match": "."}, {"$between": [0, 1]}, {"$includes": 1}):
            self.assertIsNotNone(difference(expected, ABSENT), expected)

    def test_variables(self):
        self.assertEqual(fill({"a": ["x${n}", "${n}"]}, {"n": 7}), {"a": ["x7", 7]})


class ScenarioFile(unittest.TestCase):
    def test_every_step_is_known_and_every_scenario_checks_something(self):
        scenarios = json.loads(SCENARIOS.read_text())["scenarios"]
        self.assertEqual(len({s["name"] for s in scenarios}), len(scenarios))

        def walk(steps):
            for step in steps:
                self.assertTrue(hasattr(Steps, "do_" + step["do"]), step)
                yield step
                yield from walk(step.get("steps", []))

        for scenario in scenarios:
            steps = list(walk(scenario["steps"]))
            self.assertTrue(scenario["what"])
            self.assertTrue(any(s["do"] in ("ledger", "wire", "complete", "gaps", "jitter",
                                            "exponents", "flooded") or "expect" in s
                                or "until" in s for s in steps), scenario["name"])
