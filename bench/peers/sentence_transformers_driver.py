"""Sentence Transformers in fp32 or bf16: CrossEncoder.predict with its own tokenization and sorting, at its best batch size."""

import os

from driver import arguments, serve

VARIANTS = {f"batch {size}": size for size in (1, 2, 4, 8, 16, 32)}


def main():
    options = arguments(__doc__, VARIANTS)
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    import torch
    from sentence_transformers import CrossEncoder

    torch.set_num_threads(options.threads)
    dtype = torch.bfloat16 if options.precision == "bf16" else torch.float32
    model = CrossEncoder(str(options.model), device="cpu", local_files_only=True, model_kwargs={"dtype": dtype})
    identity = torch.nn.Identity()

    def load(variant):
        size = VARIANTS[variant]
        return lambda query, documents: model.predict([(query, document) for document in documents], batch_size=size,
                                                      activation_fn=identity, show_progress_bar=False)

    serve(load, VARIANTS, options)


if __name__ == "__main__":
    main()
