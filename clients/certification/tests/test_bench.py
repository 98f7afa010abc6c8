"""The report of ./dev bench clients."""

import datetime
import tempfile
import unittest

from judge import bench

DATE = datetime.date(2026, 1, 2)


def result(get_order, watch):
    return {"package_bytes": 1_500_000, "package_bytes_bare": 0, "start_ms": 12.4,
            "start_ms_bare": None, "get_order_per_second": get_order,
            "get_order_per_second_bare": 1000, "watch_events_per_second": watch,
            "watch_events_per_second_bare": 2000}


class Report(unittest.TestCase):
    def test_every_number_and_its_ratio_is_in_it(self):
        said = bench.report({"go": result(960, 1990), "python": result(899, 2100)}, (0.5, 1, 2), DATE)
        self.assertIn("# Clients, measured on 2026-01-02", said)
        self.assertIn("load average at the start: 0.50 1.00 2.00 ", said)
        self.assertIn("| go | 1.5 MB | - | 12 | - | 960 | 1000 | 0.96 | 1990 | 2000 | 0.99 |", said)
        self.assertIn("| python | 1.5 MB | - | 12 | - | 899 | 1000 | 0.90 | 2100 | 2000 | 1.05 |",
                      said)
        self.assertIn("Below 0.9: python's GetOrder/s.", said)
        self.assertIn("None is below", bench.report({"go": result(960, 1990)}, (0, 0, 0), DATE))

    def test_a_folder_gets_a_file_named_by_the_date(self):
        with tempfile.TemporaryDirectory() as folder:
            for out, name in ((folder, "clients-2026-01-02.md"), (folder + "/x.md", "x.md"),
                              (folder + "/new/", "clients-2026-01-02.md")):
                self.assertEqual(bench.out_file(out, DATE).name, name)
        self.assertEqual(bench.out_file("tests/load/results/", DATE),
                         bench.ROOT / "tests/load/results/clients-2026-01-02.md")
