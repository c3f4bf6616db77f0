"""ONNX Runtime in fp32 or int8 (its own dynamic quantization): batches sorted by length, at its best exporter and batch size."""

import os

from driver import PairTokenizer, arguments, padded, serve, sorted_batches

EXPORTS = ("dynamo", "legacy", "fused")
VARIANTS = {f"{export}, batch {size}": (export, size) for export in EXPORTS for size in (1, 4, 8, 16)}


def main():
    options = arguments(__doc__, VARIANTS)
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    import onnxruntime

    tokenize = PairTokenizer(options.model)
    suffix = "-int8" if options.precision == "int8" else ""
    sessions = {}

    def session(export):
        if export not in sessions:
            sessions.clear()  # one at a time, so that the peak memory is of one
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = options.threads
            settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
            sessions[export] = onnxruntime.InferenceSession(str(options.exports / f"{export}{suffix}.onnx"), settings,
                                                            providers=["CPUExecutionProvider"])
        return sessions[export]

    def load(variant):
        export, size = VARIANTS[variant]
        model = session(export)

        def predict(query, documents):
            encodings, logits = tokenize(query, documents), [0.0] * len(documents)
            for indices in sorted_batches(encodings, size):
                found = model.run(None, padded(encodings, indices, tokenize.pad_id, tokenize.takes_types))[0]
                for row, i in enumerate(indices):
                    logits[i] = found[row, 0]
            return logits

        return predict

    serve(load, VARIANTS, options)


if __name__ == "__main__":
    main()
