#!/usr/bin/env python3
"""A model folder as llama.cpp reads it, by its own converter, once a type of weights.

    python bench/peers/export_gguf.py MODEL_FOLDER OUT_FOLDER [f32 bf16 q8_0]

Writes OUT_FOLDER/TYPE.gguf where it is not there yet. Needs bench/peers/install_llama_cpp.
"""

import subprocess
import sys
from pathlib import Path

CONVERTER = Path(__file__).resolve().parent.parent.parent / "build" / "bench" / "llama.cpp" / "convert_hf_to_gguf.py"


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: export_gguf.py MODEL_FOLDER OUT_FOLDER [TYPE ...]")
    if not CONVERTER.exists():
        sys.exit(f"export_gguf: {CONVERTER} is not there; bench/peers/install_llama_cpp puts it there")
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for kind in sys.argv[3:] or ("f32", "bf16", "q8_0"):
        path = out / f"{kind}.gguf"
        if path.exists():
            continue
        part = path.with_suffix(".part")
        subprocess.run([sys.executable, CONVERTER, folder, "--outfile", part, "--outtype", kind], check=True, stdout=sys.stderr)
        part.rename(path)


if __name__ == "__main__":
    main()
