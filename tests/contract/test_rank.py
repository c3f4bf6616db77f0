"""crossrank rank: order, formats, requests."""
import json
import unittest

from support import BUNDLED, ROOT, THREE_LABELS, Contract

TEXTS = ["the cat sat", "a longer text about a cat and a dog", "x", "the cat sat", "rain in spain"]


class Rank(Contract):
    def setUp(self):
        super().setUp()
        self.texts = self.file("texts.txt", "\n".join(TEXTS) + "\n")

    def rank(self, *arguments, **more):
        return self.rows("rank", "-q", "where is the cat?", *arguments, **more)

    def test_results_are_json_lines_best_first_with_the_names_of_the_contract(self):
        results = self.rank(self.texts)
        self.assertEqual(sorted(r["corpus_id"] for r in results), [0, 1, 2, 3, 4])
        logits = [r["logit"] for r in results]
        self.assertEqual(logits, sorted(logits, reverse=True))
        for result in results:
            self.assertEqual(list(result), ["corpus_id", "score", "logit"])

    def test_ties_keep_the_order_of_the_input(self):
        ids = [r["corpus_id"] for r in self.rank(self.texts)]
        self.assertEqual(ids.index(3), ids.index(0) + 1)

    def test_top_k_gives_the_first_of_all_and_0_or_too_many_give_all(self):
        everything = self.rank(self.texts)
        self.assertEqual(self.rank("-k", 2, self.texts), everything[:2])
        self.assertEqual(self.rank("--top-k", 0, self.texts), everything)
        self.assertEqual(self.rank("-k", 99, self.texts), everything)

    def test_return_documents_adds_the_text(self):
        for result in self.rank("--return-documents", self.texts):
            self.assertEqual(result["text"], TEXTS[result["corpus_id"]])

    def test_every_format_of_input_gives_the_same_ranking(self):
        expected = self.rank(self.texts)
        table = "id,text\n" + "".join(f'{i},"{text}"\n' for i, text in enumerate(TEXTS))
        files = [
            self.file("a.jsonl", "".join(json.dumps(text) + "\n" for text in TEXTS)),
            self.file("b.jsonl", "".join(json.dumps({"text": text, "id": i}) + "\n" for i, text in enumerate(TEXTS))),
            self.file("c.csv", table),
            self.file("d.tsv", table.replace(",", "\t")),
            self.file("e.txt", "\ufeff" + "\r\n".join(TEXTS)),
        ]
        for name in files:
            self.assertEqual(self.rank(name), expected, name)
        self.assertEqual(self.rank("--text-field", "body", self.file("f.csv", table.replace("text", "body", 1))), expected)

    def test_standard_input_is_read_as_lines_or_as_json_lines(self):
        expected = self.rank(self.texts)
        lines = "\n".join(TEXTS)
        self.assertEqual(self.rank("-", stdin=lines), expected)
        self.assertEqual(self.rank(stdin=lines), expected)
        self.assertEqual(self.rank(stdin="".join(json.dumps({"text": text}) + "\n" for text in TEXTS)), expected)
        self.assertEqual(self.rank("--input-format", "csv", stdin="text\n" + lines), expected)

    def test_format_json_is_one_list_and_table_is_for_people(self):
        self.assertEqual(json.loads(self.output("rank", "-q", "where is the cat?", "--format", "json", self.texts)), self.rank(self.texts))
        table = self.output("rank", "-q", "where is the cat?", "--format", "table", self.texts).splitlines()
        self.assertEqual(len(table), 6)
        self.assertEqual(table[0].split(), ["rank", "score", "logit", "corpus_id", "text"])

    def test_output_is_a_file_that_appears_whole(self):
        self.assertEqual(self.output("rank", "-q", "where is the cat?", "--output", "out.jsonl", self.texts), "")
        written = (self.folder / "out.jsonl").read_text()
        self.assertEqual([json.loads(line) for line in written.splitlines()], self.rank(self.texts))

    def test_scores_do_not_depend_on_batch_or_threads(self):
        expected = self.rank(self.texts)
        for more in (["--batch-tokens", 8], ["--threads", 1], ["--threads", 2]):
            for result, reference in zip(self.rank(*more, self.texts), expected):
                self.assertEqual(result["corpus_id"], reference["corpus_id"])
                self.assertAlmostEqual(result["logit"], reference["logit"], delta=1e-5 * (1 + abs(reference["logit"])))

    def test_a_document_that_is_too_long_is_cut_and_says_so(self):
        long = self.file("long.txt", "word " * 5000 + "\nshort\n")
        by_id = {r["corpus_id"]: r for r in self.rank(long)}
        self.assertGreater(by_id[0]["truncated"], 0)
        self.assertNotIn("truncated", by_id[1])

    def test_a_model_with_several_labels_cannot_rank(self):
        self.assert_error(2, "label", "rank", "-m", THREE_LABELS, "-q", "a", self.texts)

    def test_the_bundled_model_puts_the_passages_about_poetry_first(self):
        query = "what are the characteristics and elements of poetry?"
        results = self.rows("rank", "-m", BUNDLED, "-q", query, ROOT / "examples" / "poetry.txt")
        self.assertEqual({r["corpus_id"] for r in results[:2]}, {1, 3})


class Requests(Contract):
    def test_each_request_is_ranked_as_if_it_were_alone(self):
        requests = [
            {"id": 7, "query": "where is the cat?", "documents": TEXTS},
            {"query": "rain", "documents": [{"text": TEXTS[4]}, TEXTS[2]], "id": "b"},
            {"query": "nothing", "documents": []},
        ]
        name = self.file("requests.jsonl", "".join(json.dumps(r) + "\n" for r in requests))
        answers = self.rows("rank", "--input", name)
        self.assertEqual([a["id"] for a in answers], [7, "b", None])
        self.assertEqual(answers[2]["results"], [])
        alone = self.rows("rank", "-q", "where is the cat?", self.file("texts.txt", "\n".join(TEXTS)))
        self.assertEqual([r["corpus_id"] for r in answers[0]["results"]], [r["corpus_id"] for r in alone])
        self.assertEqual(self.rows("rank", "--input", "-", stdin=(self.folder / "requests.jsonl").read_bytes()), answers)
        self.assertEqual(json.loads(self.output("rank", "--input", name, "--format", "json")), answers)

    def test_top_k_and_return_documents_hold_for_each_request(self):
        request = json.dumps({"query": "cat", "documents": TEXTS}) + "\n"
        for answer in self.rows("rank", "--input", "-", "-k", 2, "--return-documents", stdin=request * 3):
            self.assertEqual([r["text"] for r in answer["results"]], [TEXTS[r["corpus_id"]] for r in answer["results"]])
            self.assertEqual(len(answer["results"]), 2)

    def test_many_requests_come_back_in_order(self):
        lines = "".join(json.dumps({"id": i, "query": "cat", "documents": TEXTS[: i % 5 + 1]}) + "\n" for i in range(600))
        answers = self.rows("rank", "--input", "-", stdin=lines)
        self.assertEqual([(a["id"], len(a["results"])) for a in answers], [(i, i % 5 + 1) for i in range(600)])


if __name__ == "__main__":
    unittest.main()
