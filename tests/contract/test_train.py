"""crossrank train: a run of the program from a recipe to a folder, cut short, gone on with, shared by processes, and what it refuses."""
import json
import os
import signal
import subprocess
import time
import unittest

from training import GOLDENS, RECIPE, Training


class Train(Training):
    def test_a_run_leaves_a_model_that_scores_and_says_what_it_is(self):
        records = self.records()
        self.assertEqual(sorted(self.losses(records)), list(range(1, 9)))
        self.assertIn("eval_dev_average_precision", [key for record in records for key in record])
        self.assertIn("train_loss", records[-1] if "train_loss" in records[-1] else records[-2])
        out = self.folder / "out"
        for name in ("README.md", "training.svg", "trainer_state.json", "model.safetensors", "checkpoint-8", "eval"):
            self.assertTrue((out / name).exists(), name)
        self.assertTrue((out / "README.md").read_text().startswith("---\n"))
        scored = self.run_program("predict", "-m", out, stdin=b'{"query": "is the mountain?", "document": "it is"}\n')
        self.assertEqual(scored.returncode, 0, scored.stderr)
        self.assertIn(b'"logit"', scored.stdout)

    def test_keys_of_the_recipe_are_flags(self):
        records = self.records("--max-steps", "2", "--learning-rate", "0.5", "--output-dir", "other", "--save-strategy", "no")
        self.assertEqual(sorted(self.losses(records)), [1, 2])
        evaluated = [record["eval_runtime"] for record in records if "eval_runtime" in record]
        self.assertEqual(len(evaluated), 1, "the model at the end is evaluated, once")
        self.assertGreater(evaluated[0], 0)
        self.assertTrue((self.folder / "other" / "model.safetensors").exists())
        self.assertFalse((self.folder / "out").exists())

    def test_what_cannot_be_is_refused_with_its_place(self):
        self.assert_error(2, "learning_rat", "train", self.recipe(RECIPE.replace("learning_rate", "learning_rat")))
        self.assert_error(2, "nearest: binary_cross_entropy", "train", self.recipe(RECIPE.replace('"binary_cross_entropy"', '"binary_cross_entrop"')))
        self.assert_error(2, "--learning-rate", "train", self.recipe(), "--learning-rat", "1")
        self.assert_error(1, "nowhere.toml", "train", "nowhere.toml")
        self.assert_error(2, "fp16", "train", self.recipe(), "--fp16", "true")

    def test_a_killed_run_goes_on_with_the_losses_that_it_would_have_had(self):
        whole = self.losses(self.records("--output-dir", "whole", "--max-steps", "30"))
        command = self.command("train", self.recipe(), "--output-dir", "cut", "--max-steps", "30")
        for _ in range(3):
            process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 120
            seen = len(list(self.folder.glob("cut/checkpoint-*")))
            while len(list(self.folder.glob("cut/checkpoint-*"))) <= seen and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            command += ["--resume-from-checkpoint", "true"] if "--resume-from-checkpoint" not in command else []
        newest = max(self.folder.glob("cut/checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
        self.assertLess(int(newest.name.split("-")[1]), 30, "the run was over before it was killed")
        weights = newest / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])  # torn
        result = self.run_program("train", self.recipe(), "--output-dir", "cut", "--max-steps", "30", "--resume-from-checkpoint", "true")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(newest.name.encode(), result.stderr)
        resumed = self.losses(json.loads(line) for line in result.stdout.splitlines())
        self.assertGreater(len(resumed), 0)
        for step, loss in resumed.items():
            self.assertEqual(loss, whole[step], step)
        self.assertEqual((self.folder / "cut" / "model.safetensors").read_bytes(), (self.folder / "whole" / "model.safetensors").read_bytes())

    def test_a_full_disk_is_one_line_and_leaves_the_last_checkpoint_good(self):
        self.records("--max-steps", "4")
        before = sorted(path.name for path in (self.folder / "out").glob("checkpoint-*"))
        size = (self.folder / "out" / "checkpoint-4" / "model.safetensors").stat().st_size
        limited = ["bash", "-c", f'ulimit -f {size // 1024 // 2}; trap "" XFSZ; exec "$@"', "-",
                   *self.command("train", self.recipe(), "--max-steps", "8", "--resume-from-checkpoint", "true")]
        result = subprocess.run(limited, cwd=self.folder, capture_output=True, timeout=240)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(b"crossrank: ", result.stderr)
        self.assertEqual(sorted(path.name for path in (self.folder / "out").glob("checkpoint-*")), before)
        self.records("--max-steps", "8", "--resume-from-checkpoint", "true")

    def test_two_processes_give_the_losses_of_one_with_the_same_global_batch(self):
        one = self.losses(self.records("--output-dir", "one", "--per-device-train-batch-size", "8"))
        records = self.records("--output-dir", "two", "--per-device-train-batch-size", "4", "--nproc-per-node", "2")
        two = self.losses(records)
        self.assertEqual(sorted(two), sorted(one))
        for step, loss in one.items():
            self.assertAlmostEqual(two[step], loss, delta=1e-4 * abs(loss), msg=step)

    def test_two_processes_end_with_the_best_model_that_was_seen(self):
        unsteady = ["--learning-rate", "0.03", "--lr-scheduler-type", "constant", "--warmup-ratio", "0", "--eval-steps", "2"]
        by_loss = ["--eval-dataset.path", GOLDENS / "pairs.jsonl", "--load-best-model-at-end", "true"]
        self.records(*unsteady, *by_loss, "--per-device-train-batch-size", "4", "--nproc-per-node", "2", timeout=60)
        out = self.folder / "out"
        best = json.loads((out / "trainer_state.json").read_text())["best_global_step"]
        self.assertLess(best, 8, "the last model is the best one, so nothing was chosen")
        self.assertEqual((out / "model.safetensors").read_bytes(), (out / f"checkpoint-{best}" / "model.safetensors").read_bytes())

    def test_a_lost_worker_ends_all_with_an_error_and_a_state_to_go_on_from(self):
        port = 20000 + os.getpid() % 20000
        def worker(rank, *arguments):
            environment = {**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            return subprocess.Popen(self.command("train", self.recipe(), "--max-steps", "2000", *arguments), cwd=self.folder, env=environment,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        first, second = worker(0), worker(1)
        deadline = time.monotonic() + 120
        while not list(self.folder.glob("out/checkpoint-*")) and first.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        second.kill()
        second.communicate()
        _, errors = first.communicate(timeout=120)
        self.assertEqual(first.returncode, 1, errors)
        self.assertIn(b"another process was lost", errors)
        self.assertEqual(errors.count(b"\n"), errors.count(b"\ncrossrank: ") + 1 if not errors.startswith(b"crossrank: ") else errors.count(b"\n"))
        last = max(int(path.name.split("-")[1]) for path in (self.folder / "out").glob("checkpoint-*"))
        records = self.records("--max-steps", str(last + 2), "--resume-from-checkpoint", "true", "--nproc-per-node", "2")
        self.assertEqual(sorted(self.losses(records)), [last + 1, last + 2])


if __name__ == "__main__":
    unittest.main()
