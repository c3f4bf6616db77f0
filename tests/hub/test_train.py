"""crossrank train between the Hub and the Hub: model and data from there, the trained model with its card back to it."""
import json
import re
import unittest

from support import ROOT, TOKEN, HubTest

PAIRS = ROOT / "tests" / "goldens" / "training" / "pairs.jsonl"
RECIPE = """
model = "org/tiny"
output_dir = "out/"
loss = "binary_cross_entropy"
max_steps = 4
learning_rate = 1e-3
logging_steps = 1
save_steps = 2
use_cpu = true
eval_strategy = "steps"
eval_steps = 2
push_to_hub = true
hub_always_push = true
hub_model_id = "me/reranker"

[train_dataset]
path = "org/pairs"

[[evaluator]]
type = "classification"
path = "org/pairs"
name = "dev"

[model_card]
language = ["en"]
license = "apache-2.0"
tags = ["mountains", "reranker"]
"""


class Train(HubTest):
    def setUp(self):
        super().setUp()
        self.hub.token = TOKEN
        rows = PAIRS.read_bytes().splitlines(keepends=True)[:40]
        self.add_file("data/train.jsonl", b"".join(rows), "datasets", "org/pairs")

    def environment(self, **more):
        return super().environment(**{"HF_TOKEN": TOKEN, **more})

    def train(self, text=RECIPE, **variables):
        recipe = self.folder / "recipe.toml"
        recipe.write_text(text)
        return self.run_program("train", recipe, timeout=240, **variables)

    def pushed(self, name="README.md"):
        files = self.hub.repos.commit("models", "me/reranker", "main").files
        return self.hub.repos.content(files[name]).read_text()

    def commits(self):
        return [json.loads(request.body.splitlines()[0])["value"]["summary"] for request in self.hub.requests if "/commit/main" in request.path]

    def test_the_card_on_the_hub_names_what_the_model_was_made_of(self):
        result = self.train()
        self.assertEqual(result.returncode, 0, result.stderr)
        card = self.pushed()
        head = card.split("---\n")[1]
        model = self.hub.repos.commit("models", "org/tiny", "main").sha
        data = self.hub.repos.commit("datasets", "org/pairs", "main").sha
        for line in ("language:\n- en\n", "license: apache-2.0\n", "base_model: org/tiny\n", "datasets:\n- org/pairs\n", "- dataset_size:40\n",
                     "- loss:BinaryCrossEntropyLoss\n", "- mountains\n", "pipeline_tag: text-ranking\n", "name: Average Precision\n"):
            self.assertIn(line, head)
        self.assertEqual(head.count("- reranker\n"), 1)
        self.assertIn(f"[org/tiny](https://huggingface.co/org/tiny) <!-- at revision {model} -->", card)
        self.assertIn(f"* Dataset: [org/pairs](https://huggingface.co/datasets/org/pairs) at [{data[:7]}](https://huggingface.co/datasets/org/pairs/tree/{data})", card)
        self.assertIn('model = CrossEncoder("me/reranker")', card)

    def test_what_is_pushed_is_the_model_and_nothing_of_the_checkpoints(self):
        result = self.train()
        self.assertEqual(result.returncode, 0, result.stderr)
        files = set(self.hub.repos.commit("models", "me/reranker", "main").files)
        self.assertLessEqual({"README.md", "config.json", "model.safetensors", "tokenizer.json", "trainer_state.json", "training.svg"}, files)
        self.assertFalse([name for name in files if re.match(r"checkpoint-|optimizer|run_state|crossrank_manifest|\.", name)])
        self.assertEqual(self.commits(), ["Training in progress, step 2", "Training in progress, step 4", "Train with crossrank"])

    def test_the_training_goes_on_while_a_checkpoint_is_pushed_and_the_next_one_is_left_out(self):
        self.hub.fault(match="POST .*/commit/main", pause=5, times=1)
        result = self.train(RECIPE.replace("hub_always_push = true", "save_total_limit = 1"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("checkpoint-4 is not pushed: checkpoint-2 is still on its way.", result.stderr)
        self.assertEqual(self.commits(), ["Training in progress, step 2", "Train with crossrank"])
        self.assertEqual([folder.name for folder in (self.folder / "out").glob("checkpoint-*")], ["checkpoint-4"])

    def test_a_push_that_can_come_to_nothing_is_an_error_before_the_first_step(self):
        for fragment, text, variables in [("needs a token", RECIPE, {"HF_TOKEN": None}), ("offline", RECIPE, {"HF_HUB_OFFLINE": "1"}),
                                          ("recipe.toml:14: hub_model_id: \"me/\"", RECIPE.replace('"me/reranker"', '"me/"'), {})]:
            result = self.train(text, **variables)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(fragment, result.stderr)
            self.assertEqual(result.stdout, "")

    def test_a_checkpoint_that_cannot_be_pushed_does_not_end_the_training(self):
        self.hub.fault(match="POST .*/commit/main", status=403, times=2)
        result = self.train()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("checkpoint-2 was not pushed: ", result.stderr)
        self.assertIn("me/reranker", result.stderr)
        self.assertIn("model = CrossEncoder", self.pushed())


if __name__ == "__main__":
    unittest.main()
