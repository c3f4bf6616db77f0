"""Quantizes a model's ONNX exports to int8 as the peers' own tools do; what is there already is kept.

    python bench/peers/quantize.py MODEL_FOLDER ONNX_FOLDER WORKLOAD

dynamo-int8.onnx, legacy-int8.onnx, fused-int8.onnx: onnxruntime's dynamic quantization, weights per channel, in 7 bits where the processor lacks
VNNI, as onnxruntime's manual says (with 8 their products would saturate there). openvino-int8.xml: NNCF's post-training quantization for transformers,
calibrated on the workload's pairs. One that fails is reported and left out.
"""

import sys
from pathlib import Path

from driver import PairTokenizer, padded, read_workload
from export_onnx import attempt

CALIBRATION_PAIRS = 100


def has_vnni():
    flags = Path("/proc/cpuinfo").read_text().split()
    return "avx512_vnni" in flags or "avx_vnni" in flags


def quantize_onnx(source, path):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = path.with_suffix(".prepared.onnx")
    if source.stem == "fused":  # fused already, and of operations that shape inference does not know
        model = source
    else:
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True, save_as_external_data=True)
        model = prepared
    quantize_dynamic(str(model), str(path), weight_type=QuantType.QInt8, per_channel=True, reduce_range=not has_vnni(), use_external_data_format=True,
                     extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
    for file in path.parent.glob(f"{prepared.name}*"):
        file.unlink()


def quantize_openvino(source, folder, workload, path):
    import nncf
    import openvino

    tokenize = PairTokenizer(folder)
    encodings = tokenize(*read_workload(workload))[:CALIBRATION_PAIRS]
    batches = [padded(encodings, [i], tokenize.pad_id, tokenize.takes_types) for i in range(len(encodings))]
    model = nncf.quantize(openvino.Core().read_model(str(source)), nncf.Dataset(batches), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(batches))
    openvino.save_model(model, str(path), compress_to_fp16=False)


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: quantize.py MODEL_FOLDER ONNX_FOLDER WORKLOAD")
    folder, onnx, workload = (Path(argument) for argument in sys.argv[1:])
    for source in sorted(onnx.glob("*.onnx")):
        if not source.stem.endswith(("-int8", ".prepared")):
            attempt(onnx / f"{source.stem}-int8.onnx", lambda: quantize_onnx(source, onnx / f"{source.stem}-int8.onnx"))
    attempt(onnx / "openvino-int8.xml", lambda: quantize_openvino(onnx / "dynamo.onnx", folder, workload, onnx / "openvino-int8.xml"))


if __name__ == "__main__":
    main()
