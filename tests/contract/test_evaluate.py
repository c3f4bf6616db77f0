"""crossrank evaluate: the reference's numbers, names and files; tables for people; errors that name the row."""
import csv
import json
import math
import pathlib
import shutil
import unittest

from support import GOLDENS, ONE_LABEL, ROOT, THREE_LABELS, Contract

DATA = ROOT / "tests" / "goldens" / "eval" / "program"
SAME = 1e-6  # scores differ from the reference's in their last bits; the goldens' rankings do not
FOLLOWS_SCORES = 2e-5  # of thresholds and Pearson's r, which move with those bits


def tolerance(name):
    return FOLLOWS_SCORES if "threshold" in name.lower() or "pearson" in name.lower() else SAME


def line(**fields):
    return json.dumps(fields) + "\n"


SAMPLE = line(query="how tall is K2?", positive=["8,611 metres."], negative=["It is a mountain.", "Bread needs flour."])
PAIR = line(sentence1="a plane", sentence2="an airplane", label=1) + line(sentence1="a plane", sentence2="a fish", label=0)


class Evaluate(Contract):
    def command(self, verb, task, *arguments):
        command = super().command(verb, *arguments)
        command.insert(2, task)
        return command

    def metrics(self, task, *arguments, stdin=b""):
        output = self.output("evaluate", task, *arguments, stdin=stdin)
        self.assertEqual(output.count("\n"), 1)
        return json.loads(output)

    def assert_same_table(self, path, expected):
        """A CSV file with the expected header, numbers within the tolerance, and its ends of lines."""
        contents = path.read_bytes().decode()
        self.assertEqual([c for c in contents if c in "\r\n,"], [c for c in expected if c in "\r\n,"])
        ours, theirs = (list(csv.reader(text.splitlines())) for text in (contents, expected))
        self.assertEqual(ours[0], theirs[0])
        for name, a, b in zip(theirs[0], ours[1], theirs[1], strict=True):
            self.assertAlmostEqual(float(a), float(b), delta=tolerance(name), msg=name)

    def test_numbers_names_and_files_are_the_references(self):
        cases = json.loads((DATA.parent / "program.json").read_text())["cases"]
        self.assertGreater(len(cases), 10)
        for number, case in enumerate(cases):
            with self.subTest(task=case["task"], model=case["model"], data=case["data"]):
                folder = self.folder / f"results-{number}"
                source = ["--dataset-id", DATA / case["data"]] if case["task"] == "nano-beir" else ["--data", DATA / case["data"]]
                metrics = self.metrics(case["task"], "-m", GOLDENS / case["model"], *source, *case["flags"], "--output", folder)
                self.assertEqual(list(metrics), [name for name, _ in case["metrics"]])
                for name, value in case["metrics"]:
                    self.assertAlmostEqual(metrics[name], value, delta=tolerance(name), msg=name)
                self.assertEqual(sorted(path.name for path in folder.iterdir()), sorted(case["files"]))
                for name, contents in case["files"].items():
                    end = "\r\n" if "\r\n" in contents else "\n"
                    first_call = end.join(contents.split(end)[:2]) + end
                    self.assert_same_table(folder / name, first_call)

    def test_a_second_run_adds_a_row(self):
        data = self.file("d.jsonl", SAMPLE)
        for _ in range(2):
            self.metrics("reranking", "--data", data, "--output", self.folder / "new" / "results", "--name", "k2")
        lines = (self.folder / "new" / "results" / "CrossEncoderRerankingEvaluator_k2_results_@10.csv").read_text().splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[0], "epoch,steps,MAP,MRR@10,NDCG@10")
        self.assertEqual(lines[1], lines[2])

    def test_a_table_has_a_column_for_the_base_order_and_the_change(self):
        table = self.output("evaluate", "reranking", "--data", DATA / "documents.jsonl", "--format", "table", "--name", "made-up")
        lines = table.splitlines()
        self.assertEqual(lines[0], "made-up")
        self.assertRegex(lines[1], r"^Queries: 24   Positives: Min 1.0, Mean \d\.\d, Max 2.0   Negatives: Min \d\.\d, Mean \d\.\d, Max \d\.\d$")
        self.assertEqual(lines[2].split(), ["metric", "base", "reranked", "change"])
        for row, name in zip(lines[3:], ("MAP", "MRR@10", "NDCG@10"), strict=True):
            cells = row.split()
            self.assertEqual(cells[0], name)
            self.assertAlmostEqual(float(cells[1]) + float(cells[3]), float(cells[2]), delta=0.011)

    def test_tables_of_other_tasks(self):
        two = self.output("evaluate", "classification", "--data", DATA / "classes.jsonl", "--format", "table")
        for name in ("Accuracy", "F1", "Precision", "Recall", "Average Precision"):
            self.assertIn(name, two)
        three = self.output("evaluate", "classification", "-m", THREE_LABELS, "--data", DATA / "three_classes.jsonl", "--format", "table")
        self.assertIn("Macro F1", three)
        self.assertIn("Spearman", self.output("evaluate", "correlation", "--data", DATA / "gold.jsonl", "--format", "table"))
        nano = self.output("evaluate", "nano-beir", "--dataset-id", DATA / "nano", "--dataset-names", "nq,msmarco", "--format", "table")
        self.assertEqual([l for l in nano.splitlines() if l.startswith("Nano")], ["NanoNQ_R100", "NanoMSMARCO_R100", "NanoBEIR_R100_mean"])
        self.assertIn("Mean over 2 data sets", nano)

    def test_data_comes_from_a_pipe_and_from_csv(self):
        self.assertEqual(list(self.metrics("reranking", "--data", "-", stdin=SAMPLE)), ["map", "mrr@10", "ndcg@10"])
        pairs = [json.loads(row) for row in (DATA / "gold.jsonl").read_text().splitlines()]
        text = "score,left,right\n" + "".join(f"{p['score']},{p['sentence1']},{p['sentence2']}\n" for p in pairs)
        self.assertEqual(self.metrics("correlation", "--data", self.file("g.csv", text)), self.metrics("correlation", "--data", DATA / "gold.jsonl"))

    def test_queries_without_positives_count_as_zero_and_are_said(self):
        data = self.file("d.jsonl", SAMPLE + line(query="q", positive=[], negative=["a", "b"]))
        result = self.run_program("evaluate", "reranking", "--data", data)
        alone = self.metrics("reranking", "--data", self.file("one.jsonl", SAMPLE))
        for name, value in json.loads(result.stdout).items():
            self.assertAlmostEqual(value, alone[name] / 2, places=12)
        self.assertIn(b"1 of 2 queries have no relevant document among their candidates; they count as 0", result.stderr)
        self.assertEqual(self.run_program("evaluate", "reranking", "--data", data, "--quiet").stderr, b"")

    def test_a_correlation_that_is_not_defined_is_null_and_said(self):
        data = self.file("d.jsonl", line(sentence1="a", sentence2="b", score=1) + line(sentence1="a", sentence2="c", score=1))
        result = self.run_program("evaluate", "correlation", "--data", data, "--output", self.folder)
        self.assertEqual(json.loads(result.stdout), {"pearson": None, "spearman": None})
        self.assertIn(b"not defined", result.stderr)
        self.assertTrue((self.folder / "CrossEncoderCorrelationEvaluator_results.csv").read_text().endswith("-1,-1,nan,nan\n"))

    def test_bad_rows_are_named(self):
        def refused(task, contents, fragment, *arguments):
            self.assert_error(1, fragment, "evaluate", task, "--data", self.file("d.jsonl", contents), *arguments)

        refused("reranking", SAMPLE + line(query="q", positive=["a"], documents=["a", "b"]), "d.jsonl:2:")
        refused("reranking", line(query="q", positive=["a"], documents=[]), "d.jsonl:1: field documents: an empty list")
        refused("reranking", SAMPLE + line(query="q", positive=["a"], negative=[]), "d.jsonl:2: only one document to rank")
        refused("reranking", SAMPLE + line(query="q", positive=7, negative=["a"]), "d.jsonl:2: field positive")
        refused("reranking", SAMPLE + "{", "d.jsonl:2")
        refused("reranking", SAMPLE, "question", "--query-field", "question")
        refused("reranking", "", "d.jsonl")
        refused("classification", PAIR + line(sentence1="a", sentence2="b", label=2), "d.jsonl:3: label 2")
        refused("classification", PAIR + line(sentence1="a", sentence2="b", label=0.5), "d.jsonl:3: label 0.5")
        refused("correlation", PAIR + line(sentence1="a", sentence2="b", label="x"), "d.jsonl:3: field label")
        refused("correlation", PAIR.splitlines(True)[0], "at least two")

    def test_models_with_other_numbers_of_labels_are_refused(self):
        data = self.file("d.jsonl", SAMPLE)
        self.assert_error(1, "3 labels", "evaluate", "reranking", "-m", THREE_LABELS, "--data", data)

    def test_a_pair_that_must_not_be_cut_is_named(self):
        data = self.file("d.jsonl", SAMPLE + line(query="q", positive=["word " * 3000], negative=["b"]))
        self.assert_error(1, "d.jsonl:2: ", "evaluate", "reranking", "--data", data, "--truncation", "none")

    def test_scores_that_are_no_numbers_name_the_row(self):
        folder = self.folder / "nan"
        shutil.copytree(ONE_LABEL, folder)
        weights = bytearray((folder / "model.safetensors").read_bytes())
        size = int.from_bytes(weights[:8], "little")
        header = json.loads(weights[8 : 8 + size])
        tensor = header["classifier.bias"]
        self.assertEqual(tensor["dtype"], "F16")
        start = 8 + size + tensor["data_offsets"][0]
        weights[start : start + 2] = b"\x00\x7e"  # NaN
        (folder / "model.safetensors").write_bytes(weights)
        self.assert_error(1, "d.jsonl:1: ", "evaluate", "reranking", "-m", folder, "--data", self.file("d.jsonl", SAMPLE))

    def test_wrong_usage(self):
        result = self.run_program("evaluate", "beirr", timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"nearest: beir", result.stderr)
        self.assert_error(2, "--data", "evaluate", "reranking")
        self.assert_error(2, "at-k: 0 is less than 1", "evaluate", "reranking", "--at-k", "0", "--data", self.file("d.jsonl", SAMPLE))
        self.assert_error(2, "nearest: --at-k", "evaluate", "reranking", "--at-l", "0", "--data", self.file("d.jsonl", SAMPLE))
        self.assert_error(2, "nearest: nfcorpus", "evaluate", "nano-beir", "--dataset-names", "nfcorpu")
        self.assert_error(2, "without \"/\"", "evaluate", "reranking", "--data", self.file("d.jsonl", SAMPLE), "--name", "a/b", "--output", self.folder)

    def test_help_of_every_task_shows_examples(self):
        for task in ("reranking", "nano-beir", "classification", "correlation", "beir"):
            help_text = self.output("evaluate", task, "--help")
            self.assertIn(f"crossrank evaluate {task}", help_text)
            self.assertIn("Examples:", help_text)


class Beir(Contract):
    def folder_with(self, corpus, queries, qrels):
        root = self.folder / "beir"
        (root / "qrels").mkdir(parents=True)
        (root / "corpus.jsonl").write_text("".join(line(_id=i, title="", text=text) for i, text in corpus))
        (root / "queries.jsonl").write_text("".join(line(_id=i, text=text) for i, text in queries))
        (root / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(f"{q}\t{d}\t{g}\n" for q, d, g in qrels))
        return str(root)

    def test_bm25s_order_is_measured_with_all_judgements(self):
        root = self.folder_with([("a", "red fox and red hen"), ("b", "a red barn"), ("c", "blue water"), ("d", "green hill")],
                                [("1", "red"), ("2", "green")], [("1", "b", 2), ("1", "c", 1), ("2", "a", 0)])
        result = self.run_program("evaluate", "beir", "-m", self.model, root, "--name", "tiny", "--output", str(self.folder / "out"))
        metrics = json.loads(result.stdout)
        self.assertEqual(list(metrics), [f"tiny_{base}{name}" for base in ("", "base_")
                                         for name in ("ndcg@10", "map@100", "mrr@10", "recall@10", "recall@100")])
        self.assertAlmostEqual(metrics["tiny_base_ndcg@10"], 2 / math.log2(3) / (2 + 1 / math.log2(3)), places=12)
        self.assertAlmostEqual(metrics["tiny_base_recall@100"], 0.5, places=12)
        self.assertAlmostEqual(metrics["tiny_base_map@100"], 0.25, places=12)
        self.assertIn(b"1 of 2 queries have no document that was judged relevant", result.stderr)
        self.assertEqual([p.name for p in pathlib.Path(self.folder / "out").iterdir()], ["BeirEvaluator_tiny_results_@10.csv"])

    def test_a_folder_that_is_none_is_an_error(self):
        result = self.run_program("evaluate", "beir", "-m", self.model, str(self.folder / "absent"))
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"absent", result.stderr)

    def command(self, verb, task, *arguments):
        return [*super().command(verb, *arguments)[:1], verb, task, *map(str, arguments)]


if __name__ == "__main__":
    unittest.main()
