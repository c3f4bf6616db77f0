"""Holds a run's TensorBoard event files against its trainer_state.json, as TensorBoard itself reads them.

    .venv/bin/python tools/check_tensorboard.py OUTPUT_DIR
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def expected(history: list) -> dict:
    scalars = {}
    for record in history:
        for name, value in record.items():
            if name != "step" and value is not None:
                tag = f"eval/{name[5:]}" if name.startswith("eval_") else f"train/{name}"
                scalars.setdefault(tag, []).append((record["step"], value))
    return scalars


def main() -> None:
    folder = Path(sys.argv[1])
    history = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    found = {}
    runs = sorted((folder / "runs").iterdir())
    for run in runs:
        events = EventAccumulator(str(run), size_guidance={"scalars": 0, "tensors": 0}).Reload()
        assert events.Tags()["tensors"] == ["args/text_summary"], events.Tags()
        for tag in events.Tags()["scalars"]:
            found.setdefault(tag, []).extend((event.step, event.value) for event in events.Scalars(tag))
    wanted = expected(history)
    assert sorted(found) == sorted(wanted), sorted(found)
    for tag, values in wanted.items():
        for (step, value), (other_step, other) in zip(values, found[tag], strict=True):
            assert step == other_step and math.isclose(np.float32(value), other, rel_tol=1e-6), (tag, step, value, other)
    print(f"{len(found)} tags of {len(runs)} run(s) are those of the log history")


if __name__ == "__main__":
    main()
