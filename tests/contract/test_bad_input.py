"""Whatever is wrong, the program says so in one line that names the place, and ends with the right status."""
import os
import pathlib
import re
import shutil
import unittest

from support import ONE_LABEL, Contract


class WrongUsage(Contract):
    def test_a_misspelt_verb_option_or_value_names_the_nearest_one(self):
        self.assert_error(2, "unknown verb rnak; nearest: rank", "rnak")
        self.assert_error(2, "unknown option --to-k; nearest: --top-k", "rank", "-q", "a", "--to-k", "3")
        self.assert_error(2, "nearest: document", "predict", "--truncation", "documnt")
        self.assert_error(2, "nearest: sigmoid", "predict", "--activation", "sigmod")
        self.assert_error(2, "nearest: int8", "predict", "--precision", "int4")
        self.assert_error(2, "nearest: jsonl", "rank", "-q", "a", "--format", "jsnl")

    def test_numbers_that_are_none(self):
        for option in ("--threads", "--max-length", "--batch-tokens", "--top-k"):
            for word in ("x", "-1", "1.5", "99999999999", ""):
                self.assert_error(2, option, "rank", "-q", "a", option, word)

    def test_a_missing_or_contradictory_query(self):
        texts = self.file("texts.txt", "a\n")
        self.assert_error(2, "--query", "rank", texts)
        self.assert_error(2, "exclude each other", "rank", "-q", "a", "--input", texts)
        self.assert_error(2, "exclude each other", "rank", "--input", texts, texts)
        self.assert_error(2, "too many", "rank", "-q", "a", texts, texts)

    def test_a_length_that_leaves_no_room(self):
        self.assert_error(2, "length", "predict", "--max-length", "1", stdin='{"query": "a", "document": "b"}\n')

    def test_what_this_build_cannot_do(self):
        texts = self.file("texts.txt", "a\n")
        self.assert_error(1, "cuda", "rank", "-q", "a", "--device", "cuda", texts)


class BadLines(Contract):
    def test_files_that_cannot_be_read(self):
        self.assert_error(1, "nowhere.txt: No such file", "rank", "-q", "a", "nowhere.txt")
        self.assert_error(1, "Is a directory", "rank", "-q", "a", ".")
        self.assert_error(1, "d.parquet: ", "rank", "-q", "a", self.file("d.parquet", "PAR1"))
        self.assert_error(1, "d.jsonl.gz: the gzip data is cut off", "rank", "-q", "a", self.file("d.jsonl.gz", b"\x1f\x8b"))
        self.assert_error(1, "xzcat", "rank", "-q", "a", self.file("d.jsonl.xz", ""))

    def test_empty_input(self):
        for name, verb in (("e.txt", ["rank", "-q", "a"]), ("e.jsonl", ["rank", "-q", "a"]), ("e.csv", ["rank", "-q", "a"]),
                           ("e.jsonl", ["predict"]), ("e.csv", ["predict"]), ("e.txt", ["tokenize"]), ("e.jsonl", ["rank", "--input"])):
            self.assert_error(1, f"{name}: empty", *verb, self.file(name, ""))
        self.assert_error(1, "stdin: empty", "rank", "-q", "a")

    def test_bad_lines_name_file_line_and_field(self):
        good = '{"query": "q", "document": "d"}\n'
        for line, fragment in (('{"query": "q"', "p.jsonl:3: not valid JSON"), ("[]", "p.jsonl:3: expected an object"),
                               ('{"query": "q"}', "p.jsonl:3: field document: is missing"),
                               ('{"query": 7, "document": "d"}', "p.jsonl:3: field query: expected a string, found number"),
                               ("[" * 200 + "]" * 200, "p.jsonl:3: JSON nested deeper")):
            self.assert_error(1, fragment, "predict", self.file("p.jsonl", "\n" + good + line + "\n"))
        self.assert_error(1, "p.csv:1: 3 columns, where two are expected", "predict", self.file("p.csv", "a,b,c\n"))
        self.assert_error(1, "d.csv:1: field body: no such column", "rank", "-q", "a", "--text-field", "body", self.file("d.csv", "id,text\n"))
        self.assert_error(1, "d.csv:2: a quoted field", "rank", "-q", "a", self.file("d.csv", 'text\n"a\n'))
        self.assert_error(1, "r.jsonl:1: field documents: expected a list", "rank", "--input",
                          self.file("r.jsonl", '{"query": "q", "documents": "d"}\n'))
        self.assert_error(1, "r.jsonl:1: field documents[1]", "rank", "--input", self.file("r.jsonl", '{"query": "q", "documents": ["d", 5]}\n'))

    def test_a_line_of_50_mb_is_named(self):
        self.assert_error(1, "big.txt:2: longer than", "rank", "-q", "a", self.file("big.txt", b"a\n" + b"x" * 50_000_000 + b"\nb\n"))

    def test_skip_bad_lines_reports_them_and_goes_on(self):
        lines = '{"query": "q", "document": "d"}\n{bad\n{"query": "q"}\n{"query": "q", "document": "d"}\n'
        result = self.run_program("predict", "--skip-bad-lines", self.file("p.jsonl", lines))
        self.assertEqual(result.returncode, 0)
        self.assertEqual(len(result.stdout.splitlines()), 2)
        reports = result.stderr.decode().splitlines()
        self.assertEqual(len(reports), 2)
        self.assertIn("p.jsonl:2: not valid JSON", reports[0])
        self.assertIn("p.jsonl:3: field document", reports[1])

    def test_with_truncation_none_a_pair_that_is_too_long_is_its_lines_error(self):
        long = "word " * 3000
        lines = "".join(f'{{"query": "q", "document": "{text}"}}\n' for text in ("short", long, "short"))
        pairs = self.file("p.jsonl", lines)
        self.assert_error(1, "p.jsonl:2: ", "predict", "--truncation", "none", pairs)
        result = self.run_program("predict", "--truncation", "none", "--skip-bad-lines", pairs)
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (0, 2))
        self.assert_error(1, "d.txt:2: ", "rank", "-q", "q", "--truncation", "none", self.file("d.txt", f"short\n{long}\n"))
        self.assert_error(1, "r.jsonl:1: field documents[1]: ", "rank", "--truncation", "none", "--input",
                          self.file("r.jsonl", f'{{"query": "q", "documents": ["a", "{long}"]}}\n'))

    def test_an_error_leaves_no_output_file_and_keeps_the_old_one(self):
        self.file("old.jsonl", "old")
        for name in ("new.jsonl", "old.jsonl"):
            self.assert_error(1, "p.jsonl:2", "predict", "--output", name, self.file("p.jsonl", '{"query": "q", "document": "d"}\n{bad\n'))
        self.assertEqual((self.folder / "old.jsonl").read_text(), "old")
        self.assertEqual(sorted(os.listdir(self.folder)), ["old.jsonl", "p.jsonl"])


class BadModels(Contract):
    def damaged(self, name, contents):
        """A copy of a good model with one file replaced, or away where `contents` is None."""
        folder = self.folder / "model"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ONE_LABEL, folder)
        (folder / name).unlink()
        if contents is not None:
            (folder / name).write_bytes(contents)
        return str(folder)

    def assert_model_error(self, fragment, folder):
        self.assert_error(1, fragment, "inspect", "-m", folder)

    def test_files_that_are_missing_truncated_or_hostile(self):
        good = pathlib.Path(ONE_LABEL, "model.safetensors").read_bytes()
        self.assert_model_error("nowhere", "nowhere")
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            self.assert_model_error(name if name != "model.safetensors" else "safetensors", self.damaged(name, None))
            self.assert_model_error(name, self.damaged(name, b""))
        self.assert_model_error("config.json", self.damaged("config.json", b"{" * 100_000))
        self.assert_model_error("config.json", self.damaged("config.json", b"[]"))
        self.assert_model_error("tokenizer.json", self.damaged("tokenizer.json", b"{}"))
        for weights in (good[:7], good[: len(good) // 2], b"\xff" * 8 + good[8:], b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"):
            self.assert_model_error("safetensors", self.damaged("model.safetensors", weights))
        self.assert_model_error("absent, first bert.embeddings", self.damaged("model.safetensors", (2).to_bytes(8, "little") + b"{}"))

    def test_absurd_numbers_are_refused_before_anything_is_allocated(self):
        config = pathlib.Path(ONE_LABEL, "config.json").read_text()
        for field in ("hidden_size", "num_hidden_layers", "vocab_size"):
            for number in ("999999999999", "-1", "0", '"many"', "1e99"):
                absurd = re.sub(rf'"{field}": \d+', f'"{field}": {number}', config)
                self.assertNotEqual(absurd, config)
                self.assert_error(1, "", "inspect", "-m", self.damaged("config.json", absurd.encode()))


if __name__ == "__main__":
    unittest.main()
