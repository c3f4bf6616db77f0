"""Exports a model folder to ONNX, three ways, for the peers that need it; what is there already is kept.

    python bench/peers/export_onnx.py MODEL_FOLDER OUT_FOLDER

dynamo.onnx: torch.export; legacy.onnx: tracing; fused.onnx: legacy with onnxruntime's transformer fusions. Each exists because it can
be the fastest under some runtime. An export that fails is reported and left out.
"""

import json
import sys
import warnings
from pathlib import Path


def example(config):
    """Inputs of a batch of two with padding, and the axes that vary."""
    import torch

    ids = torch.arange(5, 5 + 2 * 90).reshape(2, 90)
    mask = torch.ones_like(ids)
    mask[1, 60:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    return inputs | ({"token_type_ids": torch.zeros_like(ids)} if config["model_type"] == "bert" else {})


def export_dynamo(model, inputs, path):
    import torch

    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")}
    torch.onnx.export(model, (), str(path), kwargs=inputs, input_names=list(inputs), output_names=["logits"],
                      dynamic_shapes={name: axes for name in inputs}, dynamo=True, external_data=True, verbose=False)


def export_legacy(model, inputs, path):
    import torch

    axes = {name: {0: "batch", 1: "sequence"} for name in inputs} | {"logits": {0: "batch"}}
    torch.onnx.export(model, (inputs,), str(path), input_names=list(inputs), output_names=["logits"], dynamic_axes=axes, dynamo=False,
                      opset_version=18)


def fuse(legacy, config, path):
    from onnxruntime.transformers import optimizer

    fused = optimizer.optimize_model(str(legacy), model_type="bert", num_heads=config["num_attention_heads"],
                                     hidden_size=config["hidden_size"], opt_level=1)
    fused.save_model_to_file(str(path), use_external_data_format=True)


def attempt(path, make):
    """Makes one file, unless it is there; a failure leaves none."""
    if path.exists():
        return
    try:
        make()
        print(f"{path}: made", file=sys.stderr)
    except Exception as problem:
        path.unlink(missing_ok=True)
        print(f"{path}: {type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''}", file=sys.stderr)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: export_onnx.py MODEL_FOLDER OUT_FOLDER")
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    if all((out / f"{kind}.onnx").exists() for kind in ("dynamo", "legacy", "fused")):
        return
    import torch
    from transformers import AutoModelForSequenceClassification

    warnings.filterwarnings("ignore")
    config = json.loads((folder / "config.json").read_text())
    model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32).eval()
    inputs = example(config)
    with torch.no_grad():
        attempt(out / "legacy.onnx", lambda: export_legacy(model, inputs, out / "legacy.onnx"))
        attempt(out / "dynamo.onnx", lambda: export_dynamo(model, inputs, out / "dynamo.onnx"))
    del model
    attempt(out / "fused.onnx", lambda: fuse(out / "legacy.onnx", config, out / "fused.onnx"))


if __name__ == "__main__":
    main()
