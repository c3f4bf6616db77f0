"""The data step of recipes/gooaq-bce, end to end: from a data set of the Hub to the files that training and evaluation take."""
import collections
import json
import os
import subprocess
import sys
import unittest

from support import GOLDENS, PROGRAM, ROOT, Contract

sys.path.insert(0, str(ROOT / "tests" / "hub"))
from loopback_hub import LoopbackHub  # noqa: E402  (its folder is no package)

SCRIPT = ROOT / "recipes" / "gooaq-bce" / "prepare_data"
STATIC = GOLDENS.parent / "embedders" / "static-embedding"
CARD = "---\nconfigs:\n- config_name: pair\n  data_files:\n  - split: train\n    path: pair/train-*\n---\n# Questions\n"
PLACES = ["river", "mountain", "forest", "island", "desert", "harbour", "valley", "glacier", "meadow", "canyon"]
THINGS = ["age", "name", "colour", "height", "length", "weather"]


SEED_THAT_PARTS_THE_TWO = 17  # its split has one answer of a question in either part


def pairs():
    """60 questions, of which the first six have a second answer: 66 pairs, and a third column that nobody needs."""
    rows = []
    for number, place in enumerate(PLACES):
        for thing in THINGS:
            rows.append({"question": f"what number is the {thing} of the {place}", "answer": f"the {thing} of the {place} is number {number} of ten", "source": "a"})
    return rows + [{"question": row["question"], "answer": "also " + row["answer"], "source": "b"} for row in rows[:6]]


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Recipe(Contract):
    def setUp(self):
        super().setUp()
        repository = self.folder / "hub" / "datasets" / "org" / "questions"
        (repository / "pair").mkdir(parents=True)
        (repository / "README.md").write_text(CARD)
        rows = pairs()
        self.shards = [repository / "pair" / f"train-0000{shard}-of-00002.jsonl" for shard in (0, 1)]
        for shard, part in zip(self.shards, (rows[:40], rows[40:]), strict=True):
            shard.write_text("".join(json.dumps(row) + "\n" for row in part))
        self.hub = self.enterContext(LoopbackHub(self.folder / "hub"))
        self.made = self.folder / "made"

    def prepare(self, *arguments, status=0, embedder="bm25"):
        environment = os.environ | {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.folder / "home"), "HF_HUB_OFFLINE": "0",
                                    "CROSSRANK_PROGRAM": PROGRAM}
        command = [sys.executable, str(SCRIPT), "--data", "org/questions", "--eval-size", "12", "--output", str(self.made), "--embedder",
                   str(embedder), *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, env=environment, timeout=120, cwd=self.folder)
        self.assertEqual(result.returncode, status, result.stderr.decode())
        return result

    def times(self):
        return {path.name: path.stat().st_mtime_ns for path in self.made.iterdir() if path.is_file()}

    def test_a_data_set_of_the_hub_becomes_labeled_pairs_and_ranked_lists(self):
        counts = json.loads(self.prepare().stdout)
        known = collections.defaultdict(set)
        for row in pairs():
            known[row["question"]].add(row["answer"])

        train = lines_of(self.made / "train.jsonl")
        self.assertEqual(list(train[0]), ["question", "answer", "label"])
        by_question = collections.defaultdict(list)
        for row in train:
            by_question[row["question"]].append(row)
        self.assertEqual(counts, {"train": 54 + 5 * len(by_question), "eval": 12})
        for question, rows in by_question.items():
            right = [row["answer"] for row in rows if row["label"] == 1]
            wrong = [row["answer"] for row in rows if row["label"] == 0]
            self.assertLessEqual(set(right), known[question])
            self.assertEqual(len(set(wrong)), 5)
            self.assertEqual(len(wrong), 5)
            self.assertFalse(set(wrong) & known[question])

        samples = lines_of(self.made / "eval.jsonl")
        answers = {row["answer"] for row in pairs()}
        for sample in samples:
            self.assertEqual(set(sample["positive"]), known[sample["query"]])
            self.assertEqual(len(set(sample["documents"])), 30)
            self.assertLessEqual(set(sample["documents"]), answers)
        self.assertTrue(all(set(sample["positive"]) & set(sample["documents"]) for sample in samples), "BM25 finds these answers")
        in_training = collections.Counter(row["question"] for row in train if row["label"] == 1)
        self.assertEqual(in_training + collections.Counter(sample["query"] for sample in samples),
                         collections.Counter(row["question"] for row in pairs()))

        metrics = json.loads(self.output("evaluate", "reranking", "--data", self.made / "eval.jsonl", "--name", "questions-dev",
                                         "--always-rerank-positives=false", "-m", self.model))
        self.assertEqual(list(metrics), [f"questions-dev_{name}" for name in ("map", "mrr@10", "ndcg@10", "base_map", "base_mrr@10", "base_ndcg@10")])

    def test_an_answer_that_only_the_evaluation_part_knows_is_no_negative_either(self):
        shared, question = "a river far from here has an age that nobody has known so far", "what number is the age of the river"
        others = [row["question"] for row in pairs()[6:20]]
        self.shards[1].write_text("".join(json.dumps({"question": q, "answer": shared, "source": "c"}) + "\n" for q in [question, *others]))
        self.prepare("--seed", SEED_THAT_PARTS_THE_TWO)
        steps = {name: lines_of(self.made / "steps" / f"{name}.jsonl") for name in ("train_pairs", "eval_pairs", "train_mined")}
        self.assertIn((question, shared), [(row["question"], row["answer"]) for row in steps["eval_pairs"]])
        self.assertIn((question, shared, 0), [tuple(row.values()) for row in steps["train_mined"]])
        self.assertNotIn((question, shared, 0), [tuple(row.values()) for row in lines_of(self.made / "train.jsonl")])

    def test_a_second_run_makes_only_what_changed(self):
        self.prepare(embedder=STATIC)
        first = self.times()
        again = self.prepare(embedder=STATIC)
        self.assertEqual(self.times(), first)
        self.assertEqual(again.stderr.decode().splitlines(),
                         [f"{name}: nothing changed" for name in ("train_mined.jsonl", "eval_ranked.jsonl", "train.jsonl", "eval.jsonl")])

        text = (self.made / "eval.jsonl").read_text()
        (self.made / "eval.jsonl").write_text(text[:-100])
        self.prepare("--num-negatives", 3, embedder=STATIC)
        self.assertEqual((self.made / "eval.jsonl").read_text(), text, "a cut file is made again")
        self.assertNotEqual(self.times()["train.jsonl"], first["train.jsonl"])

        self.shards[1].write_text(self.shards[1].read_text() + json.dumps({"question": "what is new", "answer": "this is new", "source": "c"}) + "\n")
        self.prepare("--num-negatives", 3, embedder=STATIC)
        self.assertIn("this is new", (self.made / "train.jsonl").read_text() + (self.made / "eval.jsonl").read_text())

    def test_what_goes_wrong_leaves_the_old_files(self):
        self.prepare()
        before = {path.name: path.read_bytes() for path in self.made.iterdir() if path.is_file()}
        self.assertIn(b"for no question 70 texts were found", self.prepare("--eval-documents", 70, "--eval-size", 2, status=1).stderr)
        self.shards[0].write_text(self.shards[0].read_text() + json.dumps({"question": "what is empty", "answer": " ", "source": "c"}) + "\n")
        self.assertIn(b"field answer", self.prepare("--eval-size", 13, status=1).stderr)
        self.assertIn(b"--test-size 1000", self.prepare("--eval-size", 1000, status=2).stderr)
        self.assertIn(b"no such program", self.prepare("--program", "nowhere/crossrank", status=1).stderr)
        self.assertEqual({path.name: path.read_bytes() for path in self.made.iterdir() if path.is_file()}, before)

    def test_columns_are_named_where_they_are_not_the_first_two_and_options_after_two_dashes_go_to_mine(self):
        for shard in self.shards:
            rows = [{"id": "x", "reply": row["answer"], "ask": row["question"]} for row in lines_of(shard)]
            shard.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.prepare("--query-column", "ask", "--answer-column", "reply", "--config", "pair", "--split", "train[:50]", "--", "--quiet")
        train, evaluation = lines_of(self.made / "train.jsonl"), lines_of(self.made / "eval.jsonl")
        self.assertEqual(list(train[0]), ["ask", "reply", "label"])
        self.assertEqual([sum(row["label"] == label for row in train) for label in (1, 0)], [38, 38 * 5])
        self.assertEqual(len(evaluation), 12)
        self.assertTrue(all(sample["query"].startswith("what number is") and sample["positive"][0].startswith("the") for sample in evaluation))


if __name__ == "__main__":
    unittest.main()
