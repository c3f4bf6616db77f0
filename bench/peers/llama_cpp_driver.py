"""llama.cpp in f32, bf16 or q8_0: pairs of a batch in one call, at its best number of pairs. Ids come from the tokenizers library, as for
every peer. Its BERT knows neither segments nor the pooler, so its logits of MiniLM are those of another model of the same size."""

import ctypes
import sys

from driver import PairTokenizer, arguments, read_workload, serve, sorted_batches

TYPES = {"fp32": "f32", "bf16": "bf16", "int8": "q8_0"}
ERROR = 4  # ggml_log_level
VARIANTS = {f"batch {size}{', flash attention' if flash else ''}": (size, flash) for flash in (False, True) for size in (1, 2, 4, 8)}


def main():
    options = arguments(__doc__, VARIANTS)
    from llama_cpp import llama_cpp as lib

    log = lib.llama_log_callback(lambda level, text, _: print(text.decode(), end="", file=sys.stderr) if level == ERROR else None)
    lib.llama_log_set(log, ctypes.c_void_p(0))
    lib.llama_backend_init()
    tokenize = PairTokenizer(options.model)
    longest = max(len(encoding.ids) for encoding in tokenize(*read_workload(options.workload)))  # room for that many tokens is set aside
    path = options.exports / f"{TYPES[options.precision]}.gguf"
    model = lib.llama_model_load_from_file(str(path).encode(), lib.llama_model_default_params())
    if not model:
        raise SystemExit(f"llama_cpp_driver: {path} cannot be loaded")

    def load(variant):
        size, flash = VARIANTS[variant]
        settings = lib.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = size * longest
        settings.n_seq_max = size
        settings.n_threads = settings.n_threads_batch = options.threads
        settings.pooling_type = lib.LLAMA_POOLING_TYPE_RANK
        settings.embeddings = True
        settings.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash else lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context = lib.llama_init_from_model(model, settings)
        if not context:
            raise RuntimeError("no context")
        batch = lib.llama_batch_init(size * longest, 0, 1)

        def predict(query, documents):
            encodings, logits = tokenize(query, documents), [0.0] * len(documents)
            for indices in sorted_batches(encodings, size):
                place = 0
                for sequence, i in enumerate(indices):
                    for position, token in enumerate(encodings[i].ids):
                        batch.token[place], batch.pos[place] = token, position
                        batch.n_seq_id[place], batch.seq_id[place][0], batch.logits[place] = 1, sequence, 1
                        place += 1
                batch.n_tokens = place
                if lib.llama_encode(context, batch) != 0:
                    raise SystemExit("llama_cpp_driver: llama_encode failed")
                for sequence, i in enumerate(indices):
                    logits[i] = lib.llama_get_embeddings_seq(context, sequence)[0]
            return logits

        return predict

    serve(load, VARIANTS, options)


if __name__ == "__main__":
    main()
