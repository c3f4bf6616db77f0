"""crossrank bench: what it reports and what it refuses. Times are not held to anything but being there."""
import json
import unittest

from support import ONE_LABEL, THREE_LABELS, Contract

QUICK = ("--num-pairs", 4, "--latency-queries", 2, "--latency-passages", 3, "--latency-tokens", 12)
KEYS = ["model", "architecture", "parameters", "precision", "precision_reason", "instruction_set", "threads", "load_s", "source", "pairs",
        "tokens", "shortest", "longest", "rounds", "round_s", "pairs_per_s", "tokens_per_s", "latency_ms", "multiplications_per_pair", "gflops",
        "peak_gflops", "share_of_peak", "share_of_peak_computed", "peak_rss_bytes"]


class Bench(Contract):
    def test_in_a_pipe_it_is_a_line_of_json(self):
        row, = self.rows("bench", "--mix", "uniform:10-16", "--threads", 1, "--precision", "fp32", "--rounds", 2, *QUICK)
        self.assertEqual(list(row), KEYS)
        self.assertEqual((row["model"], row["precision"], row["precision_reason"], row["threads"]), (ONE_LABEL, "fp32", "asked for", 1))
        self.assertEqual((row["source"], row["pairs"], row["shortest"], row["longest"], row["rounds"]), ("uniform:10-16", 4, 10, 16, 2))
        self.assertEqual(row["tokens"], 10 + 12 + 14 + 16)
        self.assertEqual(len(row["round_s"]), 2)
        for rate in ("pairs_per_s", "tokens_per_s"):
            self.assertEqual(list(row[rate]), ["median", "min", "max"])
            self.assertTrue(0 < row[rate]["min"] <= row[rate]["median"])
            self.assertLessEqual(row[rate]["median"], row[rate]["max"])
        self.assertAlmostEqual(row["tokens_per_s"]["max"] / row["pairs_per_s"]["max"], row["tokens"] / row["pairs"])
        latency = row["latency_ms"]
        self.assertEqual((latency["queries"], latency["passages"], latency["tokens"]), (2, 3, 12))
        self.assertTrue(0 < latency["p50"] <= latency["p90"] <= latency["p99"])
        self.assertAlmostEqual(row["gflops"], 2 * row["multiplications_per_pair"] * row["pairs_per_s"]["median"] / 1e9)
        self.assertAlmostEqual(row["share_of_peak"], row["gflops"] / row["peak_gflops"])
        self.assertTrue(0 < row["share_of_peak_computed"] < row["share_of_peak"])
        self.assertGreater(row["peak_rss_bytes"], 1 << 20)

    def test_multiplications_are_those_of_the_model(self):
        config = json.loads(open(f"{ONE_LABEL}/config.json", encoding="utf-8").read())
        hidden, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
        row, = self.rows("bench", "--mix", "fixed:20", "--num-pairs", 2, "--rounds", 1, "--latency-queries", 0)
        layer = 20 * (4 * hidden * hidden + 2 * hidden * inner) + 2 * 20 * 20 * hidden
        self.assertEqual(row["multiplications_per_pair"], layers * layer + hidden * hidden + hidden)  # pooler and classifier
        self.assertIsNone(row["latency_ms"])
        self.assertTrue(row["precision_reason"].startswith("auto: "))

    def test_a_table_for_people(self):
        lines = self.output("bench", "--format", "table", *QUICK, "--rounds", 1).splitlines()
        names = [line[:13].rstrip() for line in lines]
        self.assertEqual(names, ["model", "runs in", "pairs", "pairs/s", "tokens/s", "latency", "work", "share of peak", "peak memory", "load time"])

    def test_the_mixed_pairs_are_cut_to_the_model_and_the_same_at_every_call(self):
        first, second = self.folder / "first.jsonl", self.folder / "second.jsonl"
        for path in (first, second):
            self.assertEqual(self.output("bench", "--write-pairs", path), "")
        self.assertEqual(first.read_bytes(), second.read_bytes())
        lengths = [len(row["ids"]) for row in self.rows("tokenize", first)]
        self.assertEqual(len(lengths), 100)
        self.assertEqual((min(lengths), max(lengths)), (25, 512))  # 500 + 12 + 3 are 515: the model takes 512
        self.assertEqual(lengths[:4], [81, 76, 145, 160])
        self.output("bench", "--write-pairs", first, "--max-length", 64)
        self.assertEqual(max(len(row["ids"]) for row in self.rows("tokenize", first)), 64)

    def test_pairs_of_a_file_and_models_of_several_labels(self):
        lines = "".join(json.dumps({"query": "the river", "document": "water " * i}) + "\n" for i in range(1, 4))
        path = self.file("pairs.jsonl", lines)
        row, = self.rows("bench", "-m", THREE_LABELS, "--pairs", path, "--rounds", 1, "--latency-queries", 1, "--latency-tokens", 16)
        self.assertEqual((row["pairs"], row["source"]), (3, path))
        lengths = [len(each["ids"]) for each in self.rows("tokenize", "-m", THREE_LABELS, path)]
        self.assertEqual((row["tokens"], row["shortest"], row["longest"]), (sum(lengths), min(lengths), max(lengths)))
        row, = self.rows("bench", "--pairs", path, "--num-pairs", 2, "--rounds", 1, "--latency-queries", 0, "--output", self.folder / "r.json",
                         "--format", "json") or [json.loads((self.folder / "r.json").read_text())]
        self.assertEqual(row["pairs"], 2)

    def test_what_makes_no_sense_is_refused(self):
        for fragment, *arguments in (
                ("--mix: \"long\" is none of mixed, fixed:N, uniform:N-M", "--mix", "long"),
                ("--mix: a pair of 600 tokens is longer than the 512 that the model is given", "--mix", "fixed:600"),
                ("--mix: a pair of 65 tokens is longer than the 64", "--mix", "uniform:10-65", "--max-length", 64),
                ("--mix: a pair of 4 tokens has no room for both texts; 5 is the shortest", "--mix", "fixed:4"),
                ("--latency-tokens: a pair of 1000 tokens", "--latency-tokens", 1000),
                ("--rounds: 0 is less than 1", "--rounds", 0),
                ("--num-pairs: 0 is less than 1", "--num-pairs", 0),
                ("--latency-passages: 0 is less than 1", "--latency-passages", 0),
                ("--mix and --pairs", "--mix", "mixed", "--pairs", "x.jsonl"),
                ("nearest: --latency-queries", "--latency-query", 3)):
            self.assert_error(2, fragment, "bench", *arguments)
        self.assert_error(1, "nowhere.jsonl", "bench", "--pairs", "nowhere.jsonl")
        self.assert_error(1, "there is nothing to score", "bench", "--pairs", self.file("empty.jsonl", ""))
        self.assert_error(1, "bad.jsonl:2", "bench", "--pairs", self.file("bad.jsonl", '{"query":"a","document":"b"}\n{"query":"a"}\n'))


if __name__ == "__main__":
    unittest.main()
