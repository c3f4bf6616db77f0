"""Packed and columnar input of the verbs, and crossrank split."""
import gzip
import json
import pathlib
import shutil
import unittest

from support import ROOT, Contract

GOLDENS = ROOT / "tests" / "goldens" / "data"


def rows_in(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


class Input(Contract):
    def test_gzip_is_read_from_files_and_from_pipes_as_what_is_in_it(self):
        pairs = b'{"query": "q", "document": "d"}\n{"query": "r", "document": "e"}\n'
        expected = self.output("predict", stdin=pairs)
        self.assertEqual(self.output("predict", self.file("p.jsonl.gz", gzip.compress(pairs))), expected)
        self.assertEqual(self.output("predict", stdin=gzip.compress(pairs)), expected)
        texts = self.file("t.csv.gz", gzip.compress(b"id,text\n1,one\n2,two\n"))
        self.assertEqual([json.loads(line)["corpus_id"] for line in sorted(self.output("rank", "-q", "one", texts).splitlines())], [0, 1])

    def test_a_cut_file_is_an_error_also_where_bad_lines_are_skipped(self):
        packed = gzip.compress(b'{"query": "q", "document": "d"}\n' * 5000)
        for options in ([], ["--skip-bad-lines"]):
            result = self.run_program("predict", *options, "--output", "o.jsonl", self.file("p.jsonl.gz", packed[:-9]))
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"p.jsonl.gz: the gzip data is cut off after ", result.stderr)
            self.assertFalse((self.folder / "o.jsonl").exists())

    def test_parquet_is_read_by_the_name_of_a_column(self):
        parquet = str(GOLDENS / "groups.parquet")
        result = self.run_program("rank", "-q", "row", "--text-field", "text", "-k", "3", "--return-documents", parquet)
        if b"built without Parquet" in result.stderr:
            self.skipTest("a build without Parquet")
        self.assertEqual(result.returncode, 0, result.stderr)
        results = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([r["text"] for r in results], [f"row {r['corpus_id']} of three hundred" for r in results])
        self.assert_error(1, "field body: no such column; there are: id, text", "rank", "-q", "row", "--text-field", "body", parquet)
        self.assert_error(1, "field id: expected a string, found number", "rank", "-q", "row", "--text-field", "id", parquet)


class Split(Contract):
    def command(self, verb, *arguments):
        return [part for part in super().command(verb, *arguments) if part not in ("-m", self.model)]

    def pairs(self, count=10):
        return self.file("p.jsonl", "".join(json.dumps({"query": f"q{i}", "label": i}) + "\n" for i in range(count)))

    def test_rows_are_those_that_the_reference_takes(self):
        for case in json.loads((GOLDENS / "permutations.json").read_text())["splits"]:
            sizes = [f"--{name.replace('_', '-')}={case[name]}" for name in ("test_size", "train_size") if case[name] is not None]
            output = self.output("split", "--data", self.pairs(case["rows"]), *sizes, "--seed", case["seed"], f"--shuffle={str(case['shuffle']).lower()}",
                                 "--train", "train.jsonl", "--test", "test.jsonl")
            self.assertEqual(json.loads(output), {"train": len(case["train"]), "test": len(case["test"])})
            for part in ("train", "test"):
                rows = rows_in(self.folder / f"{part}.jsonl")
                self.assertEqual([row["label"] for row in rows], case[part])
                self.assertEqual([list(row) for row in rows], [["query", "label"]] * len(rows))

    def test_parquet_holds_the_same_rows(self):
        result = self.run_program("split", "--data", self.pairs(), "--test-size", "3", "--train", "a.parquet", "--test", "b.parquet")
        if b"built without Parquet" in result.stderr:
            self.skipTest("a build without Parquet")
        self.output("split", "--data", self.pairs(), "--test-size", "3", "--train", "a.jsonl", "--test", "b.jsonl")
        self.output("split", "--data", "a.parquet", "--train-size", "6", "--shuffle=false", "--train", "c.jsonl", "--test", "d.jsonl")
        self.assertEqual(rows_in(self.folder / "c.jsonl") + rows_in(self.folder / "d.jsonl"), rows_in(self.folder / "a.jsonl"))

    def test_folders_in_the_hubs_layout_and_slices_are_read(self):
        folder = self.folder / "set" / "data"
        folder.mkdir(parents=True)
        for shard in (0, 1):
            shutil.copy(self.pairs(5), folder / f"train-0000{shard}-of-00002.jsonl")
        arguments = ["--test-size", "1", "--shuffle=false", "--train", "a.jsonl", "--test", "b.jsonl"]
        self.output("split", "--data", "set", "--split", "train[50%:90%]", *arguments)
        self.assertEqual([row["label"] for row in rows_in(self.folder / "a.jsonl") + rows_in(self.folder / "b.jsonl")], [0, 1, 2, 3])
        self.assert_error(1, "set: no split test; there are: train", "split", "--data", "set", "--split", "test", *arguments)

    def test_what_cannot_be_is_refused_before_anything_is_written(self):
        outputs = ["--train", "a.jsonl", "--test", "b.jsonl"]
        for status, fragment, arguments in ((2, "--test-size 10: of 10 rows", ["--test-size", "10"]), (2, "--test-size x: ", ["--test-size", "x"]),
                                            (2, "--train-size and --test-size: 6 rows to train on and 5", ["--test-size", "5", "--train-size", "6"]),
                                            (2, "--split train[:x]", ["--split", "train[:x]"])):
            self.assert_error(status, fragment, "split", "--data", self.pairs(), *arguments, *outputs)
        self.assert_error(2, "name the same file", "split", "--data", self.pairs(), "--train", "a", "--test", "a")
        self.assertFalse((self.folder / "a.jsonl").exists())

    def test_bad_rows_name_file_line_and_field(self):
        outputs = ["--train", "a.jsonl", "--test", "b.jsonl"]
        self.assert_error(1, "p.jsonl:2: field b: no such column; there are: a", "split", "--data", self.file("p.jsonl", '{"a": 1}\n{"b": 1}\n'), *outputs)
        self.assert_error(1, "p.jsonl:2: field a: string, where earlier rows hold numbers", "split", "--data",
                          self.file("p.jsonl", '{"a": 1}\n{"a": "x"}\n'), *outputs)


if __name__ == "__main__":
    unittest.main()
