"""Writes tests/goldens/train/trainer_state.json: the file as the reference's TrainerState saves it.

    .venv/bin/python tools/make_trainer_state_golden.py
"""

from pathlib import Path

from transformers.trainer_callback import TrainerControl, TrainerState

OUT = Path(__file__).parents[1] / "tests" / "goldens" / "train"


def main() -> None:
    """With transformers 5.23.0."""
    state = TrainerState(max_steps=4, num_train_epochs=1, logging_steps=2, eval_steps=2, save_steps=2, train_batch_size=16)
    state.stateful_callbacks = {"TrainerControl": TrainerControl(should_save=True).state()}
    state.epoch, state.global_step = 0.5, 2
    state.best_metric, state.best_global_step, state.best_model_checkpoint = 0.75, 2, "out/checkpoint-2"
    state.log_history = [
        {"loss": 1.25, "grad_norm": 3.5, "learning_rate": 2e-05, "epoch": 0.5, "step": 2},
        {
            "eval_loss": 0.5,
            "eval_dev_ndcg@10": 0.75,
            "eval_runtime": 1.2346,
            "eval_samples_per_second": 8.1,
            "eval_steps_per_second": 1.62,
            "epoch": 0.5,
            "step": 2,
        },
    ]
    state.save_to_json(str(OUT / "trainer_state.json"))


if __name__ == "__main__":
    main()
