"""The report of ./dev bench clients."""

import datetime
import tempfile
import unittest

from judge import bench

DATE = datetime.date(2026, 1, 2)


def result(get_order, watch):
    """Of rounds: (client, bare) of each."""
    said = {"package_bytes": 1_500_000, "package_bytes_bare": 0, "start_ms": 12.4,
            "start_ms_bare": None, "get_order_cpu_us": [90, 80, 100], "get_order_cpu_us_bare": [70]}
    for key, rounds in (("get_order", get_order), ("watch_events", watch)):
        said[key + "_per_second"], said[key + "_per_second_bare"] = map(list, zip(*rounds))
    return said


FINE = [(1990, 2000)]


class Report(unittest.TestCase):
    def test_every_number_and_its_ratio_is_in_it(self):
        go, python = result([(960, 1000)], FINE), result([(899, 1000)], FINE)
        said = bench.report({"go": go, "python": python}, (0.5, 1, 2), DATE)
        self.assertIn("# Clients, measured on 2026-01-02", said)
        self.assertIn("load average at the start: 0.50 1.00 2.00 ", said)
        self.assertIn("| go | 1.5 MB | - | 12 | - |", said)
        self.assertIn("| go | GetOrder | 960 | 1000 | 0.96 | 0.96-0.96 | 1 | 90.0 | 70.0 |", said)
        self.assertIn("| go | Watch events | 1990 | 2000 | 0.99 | 0.99-0.99 | 1 | - | - |", said)
        self.assertIn("Below 0.9: python's GetOrder (0.90).", said)
        self.assertIn("None is below", bench.report({"go": go}, (0, 0, 0), DATE))

    def test_a_ratio_is_that_of_the_rounds_and_not_of_two_rates(self):
        # The machine was slow for half of the rounds: client and stub alike.
        rounds = [(95, 100), (95, 100), (47, 50), (47, 50), (10, 50)]
        get, _ = bench.compared("go", result(rounds, FINE))
        self.assertEqual((get.rate, get.rate_bare), (47, 50))
        self.assertEqual((get.low, get.ratio, get.high, get.rounds), (0.94, 0.94, 0.95, 5))
        self.assertEqual(bench.below_floor({"go": result(rounds, FINE)}), [])
        self.assertEqual(bench.below_floor({"go": result([(89, 100), (80, 100), (99, 100)], FINE)}),
                         ["go's GetOrder (0.89)"])

    def test_a_round_has_both_sides(self):
        with self.assertRaises(ValueError):
            bench.compared("go", {**result([(1, 1), (1, 1)], FINE), "get_order_per_second": [1]})

    def test_a_folder_gets_a_file_named_by_the_date(self):
        with tempfile.TemporaryDirectory() as folder:
            for out, name in ((folder, "clients-2026-01-02.md"), (folder + "/x.md", "x.md"),
                              (folder + "/new/", "clients-2026-01-02.md")):
                self.assertEqual(bench.out_file(out, DATE).name, name)
        self.assertEqual(bench.out_file("tests/load/results/", DATE),
                         bench.ROOT / "tests/load/results/clients-2026-01-02.md")
