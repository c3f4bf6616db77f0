"""crossrank predict and tokenize: a line for each line, in order."""
import json
import math
import os
import re
import subprocess
import unittest

from support import BUNDLED, GOLDENS, ONE_LABEL, PROGRAM, THREE_LABELS, Contract


def pair_lines(count, words=5):
    return "".join(json.dumps({"query": f"question {i}", "document": f"answer {i} " + "word " * (i % words)}) + "\n" for i in range(count))


class Predict(Contract):
    def test_a_score_for_each_pair_in_order(self):
        rows = self.rows("predict", stdin=pair_lines(40))
        self.assertEqual(len(rows), 40)
        for row in rows:
            self.assertEqual(list(row), ["score", "logit"])
        for i in (0, 17, 39):
            alone = self.rows("predict", stdin=pair_lines(40).splitlines(True)[i])[0]
            self.assertAlmostEqual(rows[i]["logit"], alone["logit"], delta=1e-5 * (1 + abs(alone["logit"])))

    def test_scores_are_the_references(self):
        cases = json.loads((GOLDENS / "bert-512" / "cases.json").read_text())["cases"]
        cases = [c for c in cases if isinstance(c["query"], str) and isinstance(c["document"], str)]
        lines = "".join(json.dumps({"query": c["query"], "document": c["document"]}) + "\n" for c in cases)
        for row, case in zip(self.rows("predict", stdin=lines), cases, strict=True):
            self.assertAlmostEqual(row["logit"], case["logits"][0], delta=1e-4 * (1 + abs(case["logits"][0])))

    def test_auto_is_the_precision_that_inspect_names(self):
        chosen, = self.rows("inspect", "--precision", "auto")
        self.assertIn(chosen["precision"], ("bf16", "fp32"))
        lines = pair_lines(40)
        scored = [self.rows("predict", "--precision", precision, stdin=lines) for precision in ("auto", chosen["precision"])]
        self.assertEqual(*scored)

    def test_bf16_scores_are_near_those_of_fp32(self):
        lines = pair_lines(40)
        of = [self.rows("predict", "-m", BUNDLED, "--precision", precision, stdin=lines) for precision in ("fp32", "bf16")]
        for full, half in zip(*of, strict=True):
            self.assertAlmostEqual(full["logit"], half["logit"], delta=0.05 * (1 + abs(full["logit"])))

    def test_int8_scores_are_near_those_of_fp32_and_not_the_same(self):
        lines = pair_lines(40)
        pairs = list(zip(self.rows("predict", stdin=lines), self.rows("predict", "--precision", "int8", stdin=lines), strict=True))
        for full, small in pairs:
            self.assertAlmostEqual(full["logit"], small["logit"], delta=0.25 * (1 + abs(full["logit"])))  # random weights, and few of them
        self.assertTrue(any(full["logit"] != small["logit"] for full, small in pairs))

    def test_csv_and_tsv_pairs_equal_json_lines(self):
        expected = self.rows("predict", stdin=json.dumps({"query": "a, b", "document": 'c "d"\ne'}) + "\n")
        self.assertEqual(self.rows("predict", self.file("p.csv", '"a, b","c ""d""\ne"\n')), expected)
        self.assertEqual(self.rows("predict", self.file("h.csv", 'document,id,query\n"c ""d""\ne",1,"a, b"\n')), expected)
        self.assertEqual(self.rows("predict", self.file("p.tsv", 'a, b\t"c ""d""\ne"\n')), expected)

    def test_several_labels_give_lists(self):
        for row in self.rows("predict", "-m", THREE_LABELS, stdin=pair_lines(3)):
            self.assertEqual(list(row), ["scores", "logits"])
            self.assertEqual(len(row["scores"]), 3)
            self.assertEqual(len(row["logits"]), 3)

    def test_activation_turns_logits_into_scores(self):
        lines = pair_lines(3)
        for row in self.rows("predict", "--activation", "identity", stdin=lines):
            self.assertEqual(row["score"], row["logit"])
        for row in self.rows("predict", "--activation", "sigmoid", stdin=lines):
            self.assertAlmostEqual(row["score"], 1 / (1 + math.exp(-row["logit"])), places=5)
        for row in self.rows("predict", "-m", THREE_LABELS, "--activation", "softmax", stdin=lines):
            self.assertAlmostEqual(sum(row["scores"]), 1, places=5)

    def test_odd_texts_are_scored(self):
        texts = ["", " ", "\x00", "\ud800", "a" * 10000, "[SEP] [CLS] <s>", "\u0301", "😀" * 50, "\r\n\t"]
        lines = "".join(json.dumps({"query": t, "document": t}) + "\n" for t in texts)
        rows = self.rows("predict", stdin=lines + '{"query": "caf\xe9", "document": "x"}\n'.encode("latin-1").decode("latin-1"))
        self.assertEqual(len(rows), len(texts) + 1)
        self.assertEqual(len(self.rows("predict", stdin=b'{"query": "caf\xe9", "document": "\xff\xfe"}\n')), 1)

    def test_memory_stays_flat_over_many_pairs(self):
        def peak_kib(count):
            process = subprocess.Popen(self.command("predict"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                       env={"ASAN_OPTIONS": "quarantine_size_mb=1"})
            lines = pair_lines(1000, 40).encode()
            for _ in range(count // 1000):
                process.stdin.write(lines)
            process.stdin.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            self.assertEqual(status, 0)
            return usage.ru_maxrss

        few, many = peak_kib(1000), peak_kib(6000)
        self.assertLess(many, few * 1.15 + 4096, "peak memory grows with the number of pairs")


class Tokenize(Contract):
    def test_a_pair_and_a_text_have_ids_segments_and_tokens(self):
        pair, text = self.rows("tokenize", stdin='{"query": "the cat", "document": "sat"}\n{"text": "the cat"}\n')
        for row in (pair, text):
            self.assertEqual(list(row), ["ids", "type_ids", "tokens", "truncated"])
            self.assertEqual(len(row["ids"]), len(row["tokens"]))
            self.assertEqual(len(row["ids"]), len(row["type_ids"]))
        self.assertEqual(pair["tokens"][0], "[CLS]")
        self.assertEqual(pair["tokens"][-1], "[SEP]")
        self.assertEqual(set(pair["type_ids"]), {0, 1})
        self.assertLess(len(text["ids"]), len(pair["ids"]))

    def test_ids_are_the_references(self):
        cases = json.loads((GOLDENS / "bert-512" / "cases.json").read_text())["cases"]
        cases = [c for c in cases if c.get("ids") and isinstance(c["query"], str) and isinstance(c["document"], str)]
        self.assertGreater(len(cases), 3)
        lines = "".join(json.dumps({"query": c["query"], "document": c["document"]}) + "\n" for c in cases)
        for row, case in zip(self.rows("tokenize", stdin=lines), cases, strict=True):
            self.assertEqual(row["ids"], case["ids"])

    def test_max_length_cuts_and_says_how_much(self):
        row, = self.rows("tokenize", "--max-length", 8, stdin='{"query": "a b c", "document": "d e f g h i j k"}\n')
        self.assertEqual(len(row["ids"]), 8)
        self.assertGreater(row["truncated"], 0)


class Inspect(Contract):
    def test_says_what_the_model_is(self):
        row, = self.rows("inspect")
        self.assertEqual((row["model"], row["num_labels"], row["model_type"], row["max_length"]), (ONE_LABEL, 1, "bert", 512))
        self.assertGreater(row["memory_bytes"]["fp32"], row["memory_bytes"]["bf16"])
        self.assertGreater(row["memory_bytes"]["bf16"], row["memory_bytes"]["int8"])
        self.assertIn("AVX512_BF16" if row["precision"] == "fp32" else "faster", row["precision_reason"])
        small, = self.rows("inspect", "--precision", "int8")
        self.assertEqual(small["precision"], "int8")
        self.assertIn("all else in fp32", small["precision_reason"])
        table = self.output("inspect", "--format", "table")
        self.assertIn("BertForSequenceClassification", table)


class Help(unittest.TestCase):
    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def test_alone_and_with_help_the_program_lists_its_verbs(self):
        for arguments in ([], ["--help"], ["-h"]):
            result = self.run_program(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            for verb in ("rank", "predict", "tokenize", "inspect", "bench"):
                self.assertIn(f"\n  {verb} ", result.stdout)
            self.assertIn("Usage: crossrank [OPTIONS] [VERB]", result.stdout)

    def test_each_verb_takes_a_sentence_of_the_list(self):
        lines = self.run_program("--help").stdout.split("Verbs:\n")[1].split("\n\n")[0]
        verbs = [" ".join(verb.split()) for verb in re.split(r"\n  (?=\S)", lines)]
        self.assertGreater(len(verbs), 10)
        self.assertEqual([verb for verb in verbs if ". " in verb or not verb.endswith(".")], [])

    def test_help_fits_into_a_line(self):
        for verb in ("rank", "predict", "inspect", "mine", "push"):
            help_text = self.run_program(verb, "--help").stdout.split("Examples:")[0]
            self.assertLessEqual(max(map(len, help_text.splitlines())), 120, verb)

        self.assertIn("Needs HF_TOKEN.", " ".join(self.run_program("push", "--help").stdout.split()))

    def test_every_verb_has_help_with_examples(self):
        for verb in ("rank", "predict", "tokenize", "inspect", "bench"):
            result = self.run_program(verb, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(f"Examples:\n  crossrank {verb}", result.stdout)
            for option in ("--model", "--precision", "--threads", "--device", "--quiet"):
                self.assertIn(option, result.stdout)

    def test_version(self):
        self.assertRegex(self.run_program("--version").stdout, r"^crossrank \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
