"""The data step of recipes/crossrank-minilm-l6 on small sets in the layout of the real ones, and its recipe on what it made."""
import array
import gzip
import json
import os
import re
import subprocess
import sys
import unittest

from support import GOLDENS, PROGRAM, ROOT, Contract

PACKAGES = ROOT / "build" / "python"
RECIPE = ROOT / "recipes" / "crossrank-minilm-l6.toml"
EMBEDDER = GOLDENS / "bi-bert-mean-normalize"
SHARE = 0.01  # 4 of 360 questions of SelQA, 22 of 30 on medicine, 7 of 12 on the paragraphs

PLACES = ["river", "mountain", "forest", "island", "desert", "harbour"]
ILLNESSES = ["fever", "cough", "rash", "migraine", "anaemia", "asthma"]
THINGS = ["age", "name", "colour", "height", "weather"]


def write_gzip(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def write_beir(folder, corpus, queries):
    """A folder in BEIR's layout; queries are (text, place of its document)."""
    write_gzip(folder / "corpus.jsonl.gz", [{"_id": f"d{i}", "title": "", "text": text} for i, text in enumerate(corpus)])
    write_gzip(folder / "queries.jsonl.gz", [{"_id": f"q{i}", "text": text} for i, (text, _) in enumerate(queries)])
    (folder / "qrels").mkdir()
    rows = [f"q{i}\td{document}\t1\n" for i, (_, document) in enumerate(queries)]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(rows))


def candidates(kind, place):
    return {
        "query": f"what is the {kind} of the {place}",
        "positive": [f"The {kind} of the {place} is known to all who live there."],
        "negative": [f"Nobody asks the {place} about {thing} in the {kind} year." for thing in THINGS],
    }


DEV = [candidates(kind, f"{place} {number}") for kind in THINGS[:3] for place in PLACES for number in range(20)]


def write_data(folder):
    write_gzip(folder / "selqa" / "dev.jsonl.gz", DEV)
    test = [candidates(kind, place) for kind in THINGS[3:] for place in PLACES]
    test[0]["negative"][0] = ""  # SelQA has such sentences
    write_gzip(folder / "selqa" / "test.jsonl.gz", test)
    write_gzip(folder / "medquad" / "pairs.jsonl.gz", [
        {"question": f"What is the {thing} of {illness} ?", "category": "c",
         "answer": f"The {thing} of {illness} depends on the patient. Doctors who treat {illness} look at the {thing} first of all. It says much."}
        for illness in ILLNESSES for thing in THINGS])
    write_gzip(folder / "opentriviaqa" / "pairs.jsonl.gz", [
        {"question": f"Which {thing} has the {place} of legend?", "answer": f"{thing} number {i}", "category": place}
        for place in PLACES for i, thing in enumerate(THINGS)])
    paragraphs = [f"A {place} was found by sailors. They gave the {place} a name that few remember today. Its people trade in salt." for place in PLACES]
    write_beir(folder / "xquad-en", paragraphs, [(f"who {verb} the {place}", i) for i, place in enumerate(PLACES) for verb in ("found", "named")])
    abstracts = [f"abstract {i} on the propagation of {'long' if i % 2 else 'short'} waves over a {place}" for i, place in enumerate(2 * PLACES)]
    write_beir(folder / "vaswani", abstracts, [("short waves over a river", 0), ("long waves over a mountain", 1)])


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_floats(path):
    """The tensors of a safetensors file, flat."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:begin]).items():
        if name != "__metadata__":
            first, last = (begin + offset for offset in entry["data_offsets"])
            words = array.array("I" if entry["dtype"] == "F32" else "H", content[first:last])
            bits = words if entry["dtype"] == "F32" else array.array("I", [word << 16 for word in words])
            tensors[name] = array.array("f", bits.tobytes())
    return tensors


class BundledRecipe(Contract):
    @classmethod
    def setUpClass(cls):
        if not (PACKAGES / "stamp").exists():
            raise AssertionError(f"{PACKAGES} is not there; run tools/install_python_packages")

    def script(self, name, *arguments):
        environment = os.environ | {"CROSSRANK_PROGRAM": PROGRAM, "PYTHONPATH": str(PACKAGES)}
        command = [sys.executable, str(RECIPE.with_suffix("") / name), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, env=environment, timeout=120, cwd=self.folder, text=True)

    def prepare(self):
        return self.script("prepare_data", "--data", "data", "--embedder", EMBEDDER, "--output", "bundled", "--share", SHARE)

    def test_pairs_carry_the_truth_and_lists_hold_what_was_not_trained_on(self):
        write_data(self.folder / "data")
        result = self.prepare()
        self.assertEqual(result.returncode, 0, result.stderr)
        counts = json.loads(result.stdout)
        made = self.folder / "bundled"
        train = lines_of(made / "train.jsonl")
        self.assertEqual(len(train), counts["train"])
        labels = {(row["query"], row["document"]): row["label"] for row in train}
        self.assertTrue(all(0 <= label <= 1 for label in labels.values()))
        questions = [question for question in DEV if (question["query"], question["positive"][0]) in labels]
        self.assertEqual(len(questions), 4)
        for question in questions:
            self.assertGreaterEqual(labels[question["query"], question["positive"][0]], 0.8)
            self.assertTrue(all(labels[question["query"], wrong] <= 0.2 for wrong in question["negative"]))

        trained_on = {row["query"] for row in train}
        for name, size, depth in (("selqa-test", 12, 6), ("vaswani", 2, 12), ("xquad-dev", 5, 6), ("medquad-dev", 8, 20)):
            samples = lines_of(made / f"{name}.jsonl")
            self.assertEqual((len(samples), counts[name]), (size, size), name)
            for sample in samples:
                self.assertEqual(len(sample["documents"]), depth, name)
                self.assertNotIn(sample["query"], trained_on)
        best = lines_of(made / "vaswani.jsonl")[0]
        self.assertIn(best["positive"][0], best["documents"][:2])  # BM25 knows short waves over a river

        before = {path: path.stat().st_mtime_ns for path in made.rglob("*.npy")}
        contents = {path: path.read_bytes() for path in made.glob("*.jsonl")}
        self.assertEqual(self.prepare().returncode, 0)
        self.assertEqual({path: path.stat().st_mtime_ns for path in made.rglob("*.npy")}, before)  # the embeddings were kept
        self.assertEqual({path: path.read_bytes() for path in made.glob("*.jsonl")}, contents)

        command = [PROGRAM, "train", str(RECIPE), "--model", str(EMBEDDER), "--max-length", "96", "--max-steps", "2", "--quiet"]
        trained = subprocess.run(command, capture_output=True, cwd=self.folder, timeout=120, text=True)
        self.assertEqual(trained.returncode, 0, trained.stderr)
        state = json.loads((made / "model" / "trainer_state.json").read_text())
        self.assertEqual(state["global_step"], 2)
        card = (made / "model" / "README.md").read_text()
        self.assertIn("selqa-test", card)
        self.assertIn("vaswani", card)
        examples = re.findall(r"^    \['.*", card, re.MULTILINE)
        self.assertEqual((len(examples), len(set(examples))), (5, 5), examples)  # though the data repeat pairs
        self.check_published(made / "model", made / "published")

    def check_published(self, trained, published):
        published.mkdir()
        (published / "left over").touch()
        self.assertEqual(self.script("publish", trained, published).stderr, "")
        self.assertFalse((published / "left over").exists())
        self.assertTrue((published / "README.md").read_text().startswith((trained / "README.md").read_text().rstrip("\n")))
        self.assertIsNone(json.loads((published / "tokenizer.json").read_text())["truncation"])
        exact, rounded = read_floats(trained / "model.safetensors"), read_floats(published / "model.safetensors")
        self.assertEqual(list(exact), list(rounded))
        for name, values in exact.items():
            self.assertTrue(all(abs(a - b) <= abs(a) / 256 for a, b in zip(values, rounded[name], strict=True)), name)

        pairs = "".join(json.dumps({"query": q["query"], "document": q["positive"][0]}) + "\n" for q in DEV[:20])
        before, after = ([row["logit"] for row in self.rows("predict", "-m", folder, "--precision", "fp32", stdin=pairs)] for folder in (trained, published))
        self.assertTrue(all(abs(a - b) < 0.02 for a, b in zip(before, after, strict=True)), (before, after))

        table = self.script("evaluate", "bundled", "--embedder", EMBEDDER, "--model", published)
        self.assertEqual(table.returncode, 0, table.stderr)
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.stdout.splitlines()[2:]]
        self.assertEqual([row[0] for row in rows], ["SelQA test"] * 4 + ["Vaswani"] * 4)
        self.assertEqual({(row[1], row[2]) for row in rows}, {("12", "72"), ("2", "24")})
        ndcg = {(row[0], row[3]): float(row[4]) for row in rows}
        for task, name in (("SelQA test", "selqa-test"), ("Vaswani", "vaswani")):
            measured, = self.rows("evaluate", "reranking", "-m", published, "--data", f"bundled/{name}.jsonl", "--name", "x", "--at-k", "10", "--precision",
                                  "fp32", "--always-rerank-positives=false")
            self.assertAlmostEqual(ndcg[task, "published, fp32"], measured["x_ndcg@10"], delta=1e-4)
            self.assertAlmostEqual(ndcg[task, "BM25"], measured["x_base_ndcg@10"], delta=1e-4)

    def test_a_folder_that_was_not_trained_is_not_published(self):
        result = self.script("publish", "nowhere", "published")
        self.assertEqual((result.returncode, result.stderr.count("\n")), (1, 1))
        self.assertIn(os.path.join("nowhere", "model.safetensors"), result.stderr)
        self.assertFalse((self.folder / "published").exists())

    def test_data_that_are_not_there_are_an_error_that_names_the_file(self):
        result = self.prepare()
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(os.path.join("data", "selqa", "dev.jsonl.gz"), result.stderr)


if __name__ == "__main__":
    unittest.main()
