"""crossrank mine: rows in every format, what is said on the way, and what is refused before the long work begins."""
import gzip
import json
import unittest

from support import Contract, GOLDENS, ONE_LABEL, PROGRAM, THREE_LABELS

BI_ENCODER = str(GOLDENS / "bi-bert-mean-normalize")
PAIRS = [
    {"question": "how high is the mountain", "answer": "the mountain is 8,611 metres high"},
    {"question": "when does the mountain road open", "answer": "the road over the mountain opens in May"},
    {"question": "how is bread made", "answer": "bread is made of flour, water, salt and time"},
    {"question": "how long does bread rise", "answer": "let the bread rise for twelve hours"},
]


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


class Mine(Contract):
    def command(self, verb, *arguments):
        embedder = [] if "--embedder" in arguments else ["--embedder", "bm25"]
        return [PROGRAM, verb, *embedder, *map(str, arguments)]

    def setUp(self):
        super().setUp()
        self.pairs = self.file("pairs.jsonl", lines(PAIRS))

    def mine(self, *arguments, data=None):
        return self.rows("mine", "--data", data or self.pairs, *arguments)

    def test_bm25_mines_the_answer_that_shares_most_words(self):
        rows = self.mine("--num-negatives", 1)
        self.assertEqual([list(row) for row in rows], [["question", "answer", "negative"]] * 4)
        self.assertEqual(rows[0]["negative"], PAIRS[1]["answer"])
        self.assertEqual(rows[2]["negative"], PAIRS[3]["answer"])

    def test_every_format_has_the_references_columns(self):
        pair = ["question", "answer"]
        for form, columns in [("triplet", [*pair, "negative"]), ("n-tuple", [*pair, "negative_1"]), ("labeled-pair", [*pair, "label"]),
                              ("labeled-list", [*pair, "labels"]), ("n-tuple-scores", [*pair, "negative_1", "scores"])]:
            self.assertEqual(list(self.mine("--num-negatives", 1, "--output-format", form)[0]), columns, form)
        for form, column in [("triplet", "scores"), ("n-tuple", "scores"), ("labeled-pair", "score"), ("labeled-list", "scores")]:
            self.assertEqual(list(self.mine("--num-negatives", 1, "--output-format", form, "--output-scores")[0])[-1], column, form)

    def test_labeled_pairs_hold_each_positive_once_before_its_negatives(self):
        rows = self.mine("--num-negatives", 1, "--output-format", "labeled-pair")
        self.assertEqual([row["label"] for row in rows], [1, 0] * 4)
        self.assertEqual([row["answer"] for row in rows[::2]], [pair["answer"] for pair in PAIRS])

    def test_a_bi_encoder_finds_as_many_as_are_asked_for_and_no_positive(self):
        rows = self.mine("--embedder", BI_ENCODER, "--num-negatives", 3)
        self.assertEqual(len(rows), 12)
        self.assertTrue(all(row["answer"] != row["negative"] for row in rows))
        self.assertEqual({row["negative"] for row in rows[:3]}, {pair["answer"] for pair in PAIRS[1:]})

    def test_positives_may_be_included_and_then_a_row_is_a_ranking(self):
        row = self.mine("--embedder", BI_ENCODER, "--num-negatives", 4, "--include-positives")[0]
        ranking = [row[f"negative_{i}"] for i in range(1, 5)]
        self.assertEqual(sorted(ranking), sorted(pair["answer"] for pair in PAIRS))

    def test_negatives_come_from_a_corpus_too_and_its_repeated_texts_are_one(self):
        corpus = self.file("corpus.csv", "id,text\n1,the mountain is high and the road is long\n2,the mountain is high and the road is long\n")
        rows = self.mine("--num-negatives", 2, "--corpus", corpus)
        self.assertEqual([row["negative"] for row in rows[:2]].count("the mountain is high and the road is long"), 1)

    def test_other_columns_are_named_and_keep_their_names(self):
        data = self.file("other.csv", "id,reply,ask\n1,the mountain is high,how high is the mountain\n2,the mountain road is long,how long is the road\n")
        rows = self.mine("--anchor-column-name", "ask", "--positive-column-name", "reply", "--num-negatives", 1, data=data)
        self.assertEqual(rows[0], {"ask": "how high is the mountain", "reply": "the mountain is high", "negative": "the mountain road is long"})

    def test_compressed_pairs_and_pairs_from_a_pipe_give_the_same_rows(self):
        expected = self.mine("--num-negatives", 1)
        self.assertEqual(self.mine("--num-negatives", 1, data=self.file("pairs.jsonl.gz", gzip.compress(lines(PAIRS).encode()))), expected)
        self.assertEqual(self.rows("mine", "--num-negatives", 1, "--data", "-", stdin=lines(PAIRS)), expected)

    def test_a_seed_settles_what_random_sampling_takes(self):
        options = ["--embedder", BI_ENCODER, "--num-negatives", 1, "--range-max", 4, "--sampling-strategy", "random"]
        runs = [self.mine(*options, "--seed", seed) for seed in (1, 1, 2, 3, 4)]
        self.assertEqual(runs[0], runs[1])
        self.assertTrue(any(run != runs[0] for run in runs[2:]))

    def test_a_cross_encoder_scores_candidates_anew_where_a_bound_is_set(self):
        options = ["--embedder", BI_ENCODER, "--num-negatives", 3, "--output-scores"]
        plain = self.mine(*options)
        rescored = self.mine(*options, "--cross-encoder", ONE_LABEL, "--max-score", 1000)
        self.assertNotEqual([row["scores"] for row in plain], [row["scores"] for row in rescored])
        self.assertEqual(plain, self.mine(*options, "--cross-encoder", ONE_LABEL))
        negatives = [row["scores"][1] for row in rescored[:3]]
        self.assertEqual(negatives, sorted(negatives, reverse=True))

    def test_embeddings_are_kept_and_give_the_same_rows_again(self):
        options = ["--embedder", BI_ENCODER, "--num-negatives", 2, "--cache-folder", self.folder / "kept"]
        first = self.mine(*options)
        self.assertTrue(list((self.folder / "kept").glob("*.npy")))
        again = self.run_program("mine", "--data", self.pairs, *options)
        self.assertEqual([json.loads(line) for line in again.stdout.splitlines()], first)
        self.assertIn(b"Took 4 of 4 embeddings", again.stderr)

    def test_what_was_kept_and_skipped_is_said_unless_quiet(self):
        options = ["--data", self.pairs, "--num-negatives", 3, "--max-score", 0.3]
        said = self.run_program("mine", *options).stderr.decode()
        for part in ["Setting range_max to 31", "Metric       Positive       Negative     Difference", "due to the max_score of 0.3.",
                     "Could not find enough negatives for", "Consider adjusting the range_max and max_score parameters"]:
            self.assertIn(part, said)
        self.assertEqual(self.run_program("mine", *options, "--quiet").stderr, b"")

    def test_the_output_appears_whole_or_not_at_all(self):
        output = self.folder / "mined.jsonl"
        self.assertEqual(self.output("mine", "--data", self.pairs, "--output", output), "")
        self.assertEqual([json.loads(line) for line in output.read_text().splitlines()], self.mine())
        other = self.folder / "other.jsonl"
        self.assert_error(1, "field answer", "mine", "--data", self.file("bad.jsonl", lines(PAIRS) + '{"question": "q", "answer": 7}\n'), "--output", other)
        self.assertFalse(other.exists())

    def test_an_output_that_cannot_be_written_is_found_before_anything_is_embedded(self):
        self.assert_error(1, "absent/mined.jsonl", "mine", "--data", self.pairs, "--embedder", "no-such-model", "--output", self.folder / "absent" / "mined.jsonl")

    def test_data_that_cannot_be_mined_are_refused_with_their_place(self):
        for name, contents, fragment in [
                ("empty.jsonl", "", "empty"),
                ("header.csv", "question,answer\n", "empty"),
                ("narrow.csv", "question\nwhy\n", "only question"),
                ("blank.jsonl", lines(PAIRS) + '{"question": "  ", "answer": "x"}\n', "blank.jsonl:5: field question"),
                ("number.jsonl", '{"question": 1, "answer": "x"}\n', "number.jsonl:1: field question"),
                ("hole.jsonl", '{"question": "x", "answer": "y"}\n{"question": "x"}\n', "hole.jsonl:2: field answer"),
        ]:
            self.assert_error(1, fragment, "mine", "--data", self.file(name, contents))

    def test_bad_rows_may_be_passed_over(self):
        data = self.file("mixed.jsonl", lines(PAIRS[:2]) + '{"question": "", "answer": "x"}\n' + lines(PAIRS[2:]))
        result = self.run_program("mine", "--data", data, "--num-negatives", 1, "--skip-bad-lines", "--quiet")
        self.assertEqual([json.loads(line) for line in result.stdout.splitlines()], self.mine("--num-negatives", 1))
        self.assertIn(b"mixed.jsonl:3", result.stderr)

    def test_a_column_that_is_not_there_is_answered_with_the_nearest_one(self):
        self.assert_error(1, "question", "mine", "--data", self.pairs, "--anchor-column-name", "qestion")
        self.assert_error(1, "text", "mine", "--data", self.pairs, "--corpus", self.file("c.csv", "id,text\n1,x\n"), "--corpus-field", "txet")
        self.assert_error(1, "--corpus-field", "mine", "--data", self.pairs, "--corpus", self.file("d.csv", "a,b\n1,x\n"))

    def test_options_that_make_no_sense_are_wrong_usage(self):
        for fragment, *options in [
                ("--num-negatives must be at least 1", "--num-negatives", 0),
                ("--range-min must be smaller than --range-max", "--range-min", 5, "--range-max", 5),
                ("3 negatives for each query cannot be mined", "--range-max", 2),
                ("--max-score", "--max-score", "high"),
                ("nearest: labeled-pair", "--output-format", "labeled-pairs"),
                ("nearest: random", "--sampling-strategy", "randm"),
                ("bm25 makes no embeddings", "--query-prompt", "query: "),
                ("question would be queries and answers", "--positive-column-name", "question"),
                ("labels", "--cross-encoder", THREE_LABELS, "--max-score", 1),
        ]:
            self.assert_error(2, fragment, "mine", "--data", self.pairs, "--quiet", *options)
        self.assert_error(2, "--embedder is missing", "mine", "--embedder", "", "--data", self.pairs)
        self.assert_error(2, "--data is missing", "mine")

    def test_deprecated_options_work_and_say_so(self):
        said = self.run_program("mine", "--data", self.pairs, "--margin", 0.1, "--as-triplets", "false").stderr.decode()
        self.assertIn("--margin is deprecated", said)
        self.assertIn("--as-triplets is deprecated", said)

    def test_parquet_holds_the_same_rows(self):
        output = self.folder / "mined.parquet"
        expected = self.mine("--num-negatives", 1)
        self.output("mine", "--data", self.pairs, "--num-negatives", 1, "--output", output)
        self.assertEqual(output.read_bytes()[:4], b"PAR1")
        again = self.mine("--num-negatives", 1, data=output)
        self.assertEqual(again, expected)


if __name__ == "__main__":
    unittest.main()
