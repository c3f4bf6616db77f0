"""OpenVINO in fp32, bf16 or int8 (quantized by NNCF): batches sorted by length, at its best batch size and number of streams.

INFERENCE_PRECISION_HINT is f32 for fp32: on a processor with bf16 units OpenVINO would take bf16 by itself. For int8 it may: what is not quantized
then runs in bf16.
"""

import os

from driver import PairTokenizer, arguments, padded, serve, sorted_batches

VARIANTS = {f"{streams} stream{'s' if streams > 1 else ''}, batch {size}": (streams, size) for streams in (1, 2) for size in (1, 4, 8, 16)}


def main():
    options = arguments(__doc__, VARIANTS)
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    import openvino

    tokenize = PairTokenizer(options.model)
    graph = openvino.Core().read_model(str(options.exports / ("openvino-int8.xml" if options.precision == "int8" else "dynamo.onnx")))
    hint = {"fp32": {"INFERENCE_PRECISION_HINT": "f32"}, "bf16": {"INFERENCE_PRECISION_HINT": "bf16"}, "int8": {}}[options.precision]
    compiled = {}

    def queue(streams):
        if streams not in compiled:
            compiled.clear()
            settings = hint | {"INFERENCE_NUM_THREADS": options.threads, "NUM_STREAMS": streams}
            model = openvino.Core().compile_model(graph, "CPU", settings)
            compiled[streams] = openvino.AsyncInferQueue(model, streams)
        return compiled[streams]

    def load(variant):
        streams, size = VARIANTS[variant]
        requests = queue(streams)

        def predict(query, documents):
            encodings, logits = tokenize(query, documents), [0.0] * len(documents)

            def collect(request, indices):
                found = request.get_output_tensor(0).data
                for row, i in enumerate(indices):
                    logits[i] = float(found[row, 0])

            requests.set_callback(collect)
            for indices in sorted_batches(encodings, size):
                requests.start_async(padded(encodings, indices, tokenize.pad_id, tokenize.takes_types), indices)
            requests.wait_all()
            return logits

        return predict

    serve(load, VARIANTS, options)


if __name__ == "__main__":
    main()
