"""The rule of who includes whom: kept by the tree, and able to catch what breaks it."""
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import check_rooms  # noqa: E402


class CheckRooms(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_rooms.problems(folder)[0]

    def test_no_file_of_the_tree_includes_what_it_may_not(self):
        lines, files = check_rooms.problems(ROOT)
        self.assertEqual(lines, [])
        self.assertGreater(files, 50)

    def test_a_room_may_include_itself_and_all_below_it(self):
        self.assertEqual(self.problems({"src/model/a.cc": '#include "model/b.h"\n#include "text/c.h"\n#include "base/d.h"\n'}), [])

    def test_a_room_may_not_include_one_beside_or_above_it(self):
        for name, include in [("src/text/a.cc", "arch/b.h"), ("src/base/a.h", "text/b.h"), ("src/data/a.cc", "model/b.h"),
                              ("src/rank/reranker.cc", "cpu/cpu_engine.h"), ("cli/main.cc", "cpu/cpu_ops.h")]:
            lines = self.problems({name: f'// first\n  #  include "{include}"\n'})
            self.assertEqual(len(lines), 1, name)
            self.assertIn(f"{name}: includes {include}", lines[0])

    def test_load_scorer_is_the_one_file_of_rank_that_sees_an_engine(self):
        self.assertEqual(self.problems({"src/rank/load_scorer.cc": '#include "cpu/cpu_engine.h"\n'}), [])

    def test_nearest_neighbours_is_the_one_file_of_retrieval_that_sees_an_engine(self):
        self.assertEqual(self.problems({"src/retrieval/nearest_neighbours.cc": '#include "cpu/blas.h"\n'}), [])
        self.assertEqual(len(self.problems({"src/retrieval/nearest_neighbours.h": '#include "cpu/blas.h"\n'})), 1)

    def test_a_library_stays_in_its_room(self):
        for include in ["oneapi/dnnl/dnnl.hpp", "dnnl.hpp", "hwy/highway.h", "unicode/unorm2.h", "CLI/CLI.hpp", "nlohmann/json.hpp", "gtest/gtest.h"]:
            self.assertEqual(len(self.problems({"src/arch/a.cc": f"#include <{include}>\n"})), 1, include)
        self.assertEqual(self.problems({"src/cpu/a.cc": "#include <hwy/highway.h>\n", "src/arch/a_test.cc": "#include <gtest/gtest.h>\n"}), [])

    def test_public_headers_include_the_standard_library_and_each_other(self):
        self.assertEqual(self.problems({"include/crossrank/a.h": '#include <vector>\n#include "crossrank/b.h"\n'}), [])
        self.assertEqual(len(self.problems({"include/crossrank/a.h": '#include <fmt/format.h>\n#include "base/error.h"\n'})), 2)

    def test_a_room_that_nobody_declared_is_found(self):
        self.assertEqual(len(self.problems({"src/attic/a.cc": ""})), 1)


if __name__ == "__main__":
    unittest.main()
