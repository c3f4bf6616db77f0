"""What the tests of crossrank train share: a small recipe, and a run's records."""
import json

from support import PROGRAM, ROOT, Contract

GOLDENS = ROOT / "tests" / "goldens" / "training"
RECIPE = f"""
model = "{GOLDENS / 'bert'}"
output_dir = "out"
loss = "binary_cross_entropy"
pos_weight = 5.0
per_device_train_batch_size = 8
max_steps = 8
learning_rate = 1e-3
warmup_ratio = 0.1
logging_steps = 1
save_steps = 2
use_cpu = true
eval_strategy = "steps"
eval_steps = 4

[train_dataset]
path = "{GOLDENS / 'pairs.jsonl'}"

[[evaluator]]
type = "classification"
path = "{GOLDENS / 'pairs.jsonl'}"
name = "dev"
"""


class Training(Contract):
    """A test of the trainer; a step of its model, of twenty-five thousand parameters, takes milliseconds."""

    def command(self, verb, *arguments):
        return [PROGRAM, verb, *map(str, arguments)] if verb == "train" else super().command(verb, *arguments)

    def run_program(self, verb, *arguments, stdin=b"", timeout=240):
        return super().run_program(verb, *arguments, stdin=stdin, timeout=timeout)

    def recipe(self, text=RECIPE):
        return self.file("recipe.toml", text)

    def records(self, *arguments, **options):
        result = self.run_program("train", self.recipe(), *arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return [json.loads(line) for line in result.stdout.splitlines()]

    def losses(self, records):
        return {record["step"]: record["loss"] for record in records if "loss" in record}
