"""Damage that comes with data and models: a page of Parquet, a half-written cache, a score that is no number, a column of two kinds."""
import json
import pathlib
import shutil
import struct
import unittest

from support import GOLDENS, ONE_LABEL, PROGRAM, THREE_LABELS, Contract

BI_ENCODER = GOLDENS / "bi-bert-mean-normalize"


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


SAMPLES = [{"query": f"how tall is mountain {i}", "positive": ["very tall"], "negative": ["made of flour", "far away"]} for i in range(3)]
LABELED = [{"sentence1": f"a plane {i}", "sentence2": "an airplane", "label": i % 2} for i in range(4)]
PAIRS = [{"question": f"what is number {i}", "answer": f"number {i} is a number"} for i in range(6)]


def with_a_number_that_is_none(model, folder, tensor, row=0):
    """A copy of a model of whose tensor a row begins with NaN."""
    shutil.copytree(model, folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    size = int.from_bytes(weights[:8], "little")
    header = json.loads(weights[8 : 8 + size])[tensor]
    begin, end = header["data_offsets"]
    start = 8 + size + begin + (end - begin) // header["shape"][0] * row
    nan = {"F16": b"\x00\x7e", "BF16": b"\xc0\x7f", "F32": b"\x00\x00\xc0\x7f"}[header["dtype"]]
    weights[start : start + len(nan)] = nan
    (folder / "model.safetensors").write_bytes(weights)
    return folder


class BadData(Contract):
    def command(self, *words):
        return [PROGRAM, *map(str, words)]

    def jsonl(self, name, *rows):
        return self.file(name, lines(*rows))


class DamagedParquet(BadData):
    def setUp(self):
        super().setUp()
        rows = [{"query": f"question {i}", "text": f"answer {i} " * 9} for i in range(200)]
        result = self.run_program("split", "--data", self.jsonl("rows.jsonl", *rows), "--test-size", 1, "--train", "whole.parquet", "--test", "one.jsonl")
        if b"built without Parquet" in result.stderr:
            self.skipTest("a build without Parquet")
        self.whole = (self.folder / "whole.parquet").read_bytes()

    def read(self, contents):
        return self.run_program("split", "--data", self.file("d.parquet", contents), "--train", "a.jsonl", "--test", "b.jsonl")

    def assert_refused(self, contents, fragment=""):
        result = self.read(contents)
        message = result.stderr.decode(errors="replace")
        self.assertEqual(result.returncode, 1, message)
        self.assertRegex(message, r"\Acrossrank: .*/d\.parquet: .*no valid Parquet.*\n\Z")
        self.assertIn(fragment, message)
        self.assertFalse((self.folder / "a.jsonl").exists())

    def test_a_bit_of_a_page_that_flipped_names_row_group_and_column(self):
        footer = len(self.whole) - 8 - struct.unpack("<I", self.whole[-8:-4])[0]
        found = set()
        for at in range(footer // 10, footer, footer // 10):
            damaged = bytearray(self.whole)
            damaged[at] ^= 0x10
            result = self.read(bytes(damaged))
            if result.returncode == 0:  # a statistic in a page's header: it has no checksum, and nobody reads it
                continue
            found.add("query" if b"column query" in result.stderr else "text" if b"column text" in result.stderr else "")
            self.assert_refused(bytes(damaged), "row group 0: column ")
        self.assertEqual(found, {"query", "text"})

    def test_ends_that_are_damaged_or_missing_are_refused(self):
        end = len(self.whole)
        footer = end - 8 - struct.unpack("<I", self.whole[-8:-4])[0]
        self.assert_refused(self.whole[:-4] + b"PAR2", "its footer")
        self.assert_refused(self.whole[:-8] + b"\xff\xff\xff\x7f" + self.whole[-4:], "its footer")
        self.assert_refused(self.whole[:footer] + b"\xff" * 20 + self.whole[footer + 20 :], "")
        for cut in (5, end // 3, footer, end - 9, end - 1):
            self.assert_refused(self.whole[:cut], "its footer")

    def test_zeros_in_place_of_a_block_are_refused_by_every_verb(self):
        damaged = self.file("d.parquet", self.whole[:100] + bytes(200) + self.whole[300:])
        for words in (["rank", "-m", ONE_LABEL, "-q", "q", "--text-field", "text", damaged], ["predict", "-m", ONE_LABEL, "--text-field", "text", damaged],
                      ["mine", "--embedder", "bm25", "--data", damaged], ["evaluate", "reranking", "-m", ONE_LABEL, "--positive-field", "text",
                                                                          "--negative-field", "text", "--data", damaged]):
            result = self.run_program(*words)
            self.assertEqual(result.returncode, 1, words)
            self.assertIn(b"d.parquet: row group 0: column ", result.stderr, words)


class NoNumbers(BadData):
    def test_scores_of_every_task_name_the_row(self):
        model = with_a_number_that_is_none(ONE_LABEL, self.folder / "nan", "classifier.bias")
        self.assert_error(1, "d.jsonl:1: ", "evaluate", "reranking", "-m", model, "--data", self.jsonl("d.jsonl", *SAMPLES))
        self.assert_error(1, "l.jsonl:1: ", "evaluate", "classification", "-m", model, "--data", self.jsonl("l.jsonl", *LABELED))
        self.assert_error(1, "l.jsonl:1: ", "evaluate", "correlation", "-m", model, "--data", self.jsonl("l.jsonl", *LABELED))
        nano = GOLDENS.parent / "eval" / "program" / "nano"
        self.assert_error(1, "bm25", "evaluate", "nano-beir", "-m", model, "--dataset-id", nano, "--dataset-names", "nq")
        root = self.folder / "beir"
        (root / "qrels").mkdir(parents=True)
        (root / "corpus.jsonl").write_text(lines({"_id": "a", "title": "", "text": "red fox"}, {"_id": "b", "title": "", "text": "red hen"}))
        (root / "queries.jsonl").write_text(lines({"_id": "q7", "text": "red"}))
        (root / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq7\ta\t1\n")
        self.assert_error(1, "q7", "evaluate", "beir", "-m", model, root)
        self.assert_error(1, "p.jsonl:1: field question: ", "mine", "--embedder", "bm25", "--cross-encoder", model, "--max-score", 1, "--quiet", "--data",
                          self.jsonl("p.jsonl", *PAIRS))

    def test_one_weight_that_is_none_is_found_in_every_arithmetic(self):
        weights = (GOLDENS / "bert-512" / "model.safetensors").read_bytes()
        names = json.loads(weights[8 : 8 + int.from_bytes(weights[:8], "little")])
        for tensor in ("intermediate.dense.weight", "embeddings.LayerNorm.bias"):
            name = next(name for name in names if name.endswith(tensor))
            model = with_a_number_that_is_none(ONE_LABEL, self.folder / tensor, name)
            for precision in ("fp32", "bf16", "int8"):
                self.assert_error(1, "d.jsonl:1: ", "evaluate", "reranking", "-m", model, "--precision", precision, "--data", self.jsonl("d.jsonl", *SAMPLES))

    def test_classes_of_a_model_with_several_labels_too(self):
        model = with_a_number_that_is_none(THREE_LABELS, self.folder / "nan", "classifier.bias")
        self.assert_error(1, "l.jsonl:1: ", "evaluate", "classification", "-m", model, "--data", self.jsonl("l.jsonl", *LABELED))

    def test_an_embedding_that_holds_none_is_an_error_and_is_not_kept(self):
        header = (BI_ENCODER / "model.safetensors").read_bytes()
        names = json.loads(header[8 : 8 + int.from_bytes(header[:8], "little")])
        tensor = next(name for name in names if name.endswith("embeddings.LayerNorm.bias"))
        model = with_a_number_that_is_none(BI_ENCODER, self.folder / "nan", tensor)
        kept = self.folder / "kept"
        self.assert_error(1, "is not a number", "mine", "--embedder", model, "--quiet", "--cache-folder", kept, "--data", self.jsonl("p.jsonl", *PAIRS))
        self.assertFalse(list(kept.glob("*.npy")))

    def test_an_embedding_that_holds_none_names_the_row_and_the_column_of_its_text(self):
        for model, tensor in ((BI_ENCODER, "embeddings.word_embeddings.weight"), (GOLDENS.parent / "embedders" / "model2vec-plain", "embeddings")):
            vocabulary = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
            broken = with_a_number_that_is_none(model, self.folder / model.name, tensor, vocabulary["5"])
            mine = ("mine", "--embedder", broken, "--quiet", "--data")
            repeated = [PAIRS[0], *PAIRS]  # so that a row is not the place among different texts
            self.assert_error(1, "p.jsonl:7: field answer: ", *mine, self.jsonl("p.jsonl", *repeated))
            self.assert_error(1, str(broken), *mine, self.jsonl("p.jsonl", *repeated))
            questions = [{"question": f"{i} is it", "answer": "it is"} for i in (0, 0, 1, 2, 3, 4, 5)]
            self.assert_error(1, "q.jsonl:7: field question: ", *mine, self.jsonl("q.jsonl", *questions), "--cache-folder", self.folder / "kept")
            corpus = self.file("c.csv", "id,text\n1,a\n2,is 5\n")
            self.assert_error(1, "c.csv:3: field text: ", *mine, self.jsonl("p.jsonl", *repeated[:3]), "--corpus", corpus)

    def test_gold_scores_and_labels_name_the_row(self):
        for word in ("nan", "inf", "-inf"):
            data = self.file("g.csv", f"sentence1,sentence2,score\na,b,1\na,c,{word}\n")
            self.assert_error(1, "g.csv:3: field score: ", "evaluate", "correlation", "-m", ONE_LABEL, "--data", data)
            self.assert_error(1, "g.csv:3: field score: ", "evaluate", "classification", "-m", ONE_LABEL, "--data", data)
        self.assert_error(1, "g.jsonl:2: not valid JSON", "evaluate", "correlation", "-m", ONE_LABEL, "--data",
                          self.file("g.jsonl", '{"sentence1": "a", "sentence2": "b", "score": 1}\n{"sentence1": "a", "sentence2": "b", "score": NaN}\n'))


class KeptEmbeddings(BadData):
    def setUp(self):
        super().setUp()
        self.kept = self.folder / "kept"
        self.words = ["mine", "--embedder", BI_ENCODER, "--num-negatives", 2, "--cache-folder", self.kept, "--data", self.jsonl("p.jsonl", *PAIRS)]
        self.expected = self.run_program(*self.words).stdout
        self.assertEqual(len(self.expected.splitlines()), 12)

    def damage(self, change, suffix=".npy"):
        files = sorted(self.kept.glob("*" + suffix))
        self.assertEqual(len(files), 2)
        for path in files:
            change(path)

    def assert_made_again(self, said):
        result = self.run_program(*self.words)
        self.assertEqual((result.returncode, result.stdout), (0, self.expected), result.stderr)
        self.assertIs(b"Took 6 of 6 embeddings" in result.stderr, said)
        again = self.run_program(*self.words)
        self.assertIn(b"Took 6 of 6 embeddings", again.stderr)

    def test_whatever_is_half_written_is_made_again_and_gives_the_same_rows(self):
        for name, change in [
                ("cut", lambda path: path.write_bytes(path.read_bytes()[:-50])),
                ("cut within its head", lambda path: path.write_bytes(path.read_bytes()[:20])),
                ("empty", lambda path: path.write_bytes(b"")),
                ("zeros at the end", lambda path: path.write_bytes(path.read_bytes()[:-64] + bytes(64))),
                ("a flipped bit", lambda path: path.write_bytes(path.read_bytes()[:-9] + bytes([path.read_bytes()[-9] ^ 1]) + path.read_bytes()[-8:])),
                ("NaN", lambda path: path.write_bytes(path.read_bytes()[:-4] + b"\x00\x00\xc0\x7f")),
        ]:
            with self.subTest(name):
                self.damage(change)
                self.assert_made_again(said=False)

    def test_a_run_that_was_cut_leaves_a_part_that_is_taken_up_or_made_again(self):
        self.damage(lambda path: path.rename(str(path) + ".part"))
        self.assert_made_again(said=True)
        self.damage(lambda path: (pathlib.Path(str(path) + ".part").write_bytes(path.read_bytes()[:-50]), path.unlink()))
        self.assert_made_again(said=False)

    def test_sums_that_are_damaged_or_gone_are_not_believed(self):
        for change in (lambda path: path.write_bytes(b"x" * 10), lambda path: path.unlink()):
            self.damage(change, ".sums")
            self.assert_made_again(said=False)


class BadColumns(BadData):
    def test_columns_that_are_not_there_are_answered_with_those_there_are(self):
        pairs, labeled, samples = self.jsonl("p.jsonl", *PAIRS), self.jsonl("l.jsonl", *LABELED), self.jsonl("s.jsonl", *SAMPLES)
        for fragment, *words in [
                ("field asked: no such column; there are: query, positive, negative", "evaluate", "reranking", "--query-field", "asked", "--data", samples),
                ("field good: no such column", "evaluate", "reranking", "--positive-field", "good", "--data", samples),
                ("bad", "evaluate", "reranking", "--negative-field", "bad", "--data", samples),
                ("field gold: no such column; there are: sentence1, sentence2, label", "evaluate", "classification", "--label-field", "gold", "--data", labeled),
                ("nearest: sentence1", "evaluate", "correlation", "--text1-field", "sentense1", "--data", labeled),
        ]:
            self.assert_error(1, fragment, *words, "-m", ONE_LABEL)
        self.assert_error(1, "nearest: answer", "mine", "--embedder", "bm25", "--positive-column-name", "anser", "--data", pairs)

    def test_rows_without_query_or_positives_are_named(self):
        for row, fragment in [({"query": "q", "negative": ["a", "b"]}, "d.jsonl:2: field positive: is missing"),
                              ({"query": "q", "positive": None, "negative": ["a"]}, "d.jsonl:2: field positive: is missing"),
                              ({"positive": ["a"], "negative": ["b"]}, "d.jsonl:2: field query: is missing"),
                              ({"query": "q", "positive": ["a", None], "negative": ["b"]}, "d.jsonl:2: field positive[1]: is missing"),
                              ({"query": "q", "positive": ["a"], "negative": ["b", 7]}, "d.jsonl:2: field negative[1]: expected a text"),
                              ({"query": "q", "positive": "a", "negative": ["b"]}, "d.jsonl:2: field positive: string, where earlier rows hold lists"),
                              ({"query": 5, "positive": ["a"], "negative": ["b"]}, "d.jsonl:2: field query: number, where earlier rows hold texts"),
                              ({"query": "q", "positive": ["a"], "negativ": ["b"]}, "d.jsonl:2: field negativ: no such column")]:
            self.assert_error(1, fragment, "evaluate", "reranking", "-m", ONE_LABEL, "--data", self.jsonl("d.jsonl", SAMPLES[0], row))

    def test_empty_lists_of_positives_and_of_negatives_count_and_are_said(self):
        data = self.jsonl("d.jsonl", *SAMPLES, {"query": "q", "positive": [], "documents": ["a", "b"]})
        self.assert_error(1, "d.jsonl:4: ", "evaluate", "reranking", "-m", ONE_LABEL, "--data", data)
        ranked = [{"query": "q", "positive": ["a"], "documents": ["a", "b"]}, {"query": "r", "positive": [], "documents": ["a", "b"]}]
        result = self.run_program("evaluate", "reranking", "-m", ONE_LABEL, "--data", self.jsonl("r.jsonl", *ranked))
        self.assertEqual(json.loads(result.stdout)["base_map"], 0.5)
        self.assertIn(b"1 of 2 queries have no relevant document among their candidates; they count as 0", result.stderr)

    def test_a_column_of_two_kinds_names_the_row_where_the_second_begins(self):
        labels = [LABELED[0], {**LABELED[1], "label": "yes"}]
        for task in ("classification", "correlation"):
            self.assert_error(1, "l.jsonl:2: field label: string, where earlier rows hold numbers", "evaluate", task, "-m", ONE_LABEL, "--data",
                              self.jsonl("l.jsonl", *labels))
        mixed = self.jsonl("p.jsonl", PAIRS[0], {"question": ["q"], "answer": "a"})
        self.assert_error(1, "p.jsonl:2: field question: array, where earlier rows hold texts", "mine", "--embedder", "bm25", "--data", mixed)
        self.assert_error(1, "p.jsonl:2: field question: array", "split", "--data", mixed, "--train", "a.jsonl", "--test", "b.jsonl")
        self.assert_error(1, "d.jsonl:2: ", "rank", "-m", ONE_LABEL, "-q", "q", self.file("d.jsonl", '{"text": "a"}\n{"text": 7}\n'))
        parquet = GOLDENS.parent / "data" / "groups.parquet"
        self.assert_error(1, "field id: expected a string, found number", "rank", "-m", ONE_LABEL, "-q", "q", "--text-field", "id", parquet)


if __name__ == "__main__":
    unittest.main()
