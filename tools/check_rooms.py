#!/usr/bin/env python3
"""Holds every #include against the list of who may include whom, so that the picture in docs/HACKING.md cannot drift.

A room is a folder of src/ (and cli/). It may include itself, the rooms below it, and include/crossrank. `--list` prints the rules.
"""
import pathlib
import re
import sys

# Which rooms a room builds on; what those build on is open to it too.
ROOMS = {
    "base": [],
    "text": ["base"],
    "arch": ["base"],
    "hub": ["base"],
    "data": ["hub"],
    "model": ["text", "arch"],
    "cpu": ["model"],
    "rank": ["model", "hub"],
    "retrieval": ["rank", "data"],
    "mining": ["retrieval"],
    "eval": ["retrieval"],
    "torch": ["cpu"],
    "run": ["eval"],  # a training run without its arithmetic: plan, records, card
    "train": ["run", "mining", "torch"],
    "cli": ["eval", "mining"],  # models it reaches through include/crossrank, as every user does
}

# Files that may see one room more than the room they are in: the one file that chooses an engine, the one that gives FAISS its
# BLAS, which is oneDNN's and so is kept in cpu, and the trainer's door, a program of its own.
EXCEPTIONS = {
    "src/rank/load_scorer.cc": ["cpu"],
    "src/retrieval/nearest_neighbours.cc": ["cpu"],
    "cli/train_main.cc": ["train", "run", "torch"],
}

# Libraries that one room, or one file, keeps to itself: what the include looks like, and who sees it.
LIBRARIES = [
    ("oneDNN", r"(oneapi/)?dnnl", {"cpu"}),
    ("Highway", r"hwy/", {"cpu"}),
    ("ICU", r"unicode/", {"text", "retrieval"}),
    ("libcurl", r"curl/", {"hub"}),
    ("OpenSSL", r"openssl/", {"hub", "retrieval"}),
    ("Apache Arrow", r"(arrow|parquet)/", {"data"}),
    ("zlib and zstd", r"(zlib|zstd)\.h", {"data"}),
    ("yaml-cpp", r"yaml-cpp/", {"data"}),
    ("FAISS", r"faiss/", {"retrieval"}),
    ("Snowball", r"libstemmer", {"retrieval"}),
    ("libtorch", r"(torch/csrc|torch/torch|ATen|c10)/", {"torch", "train"}),
    ("toml++", r"toml\+\+/", {"train"}),
    ("CLI11", r"CLI/", {"cli/command.cc"}),
    ("nlohmann-json", r"nlohmann/", {"base"}),
    ("GoogleTest", r"g(test|mock)/", set()),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
SOURCES = {".h", ".cc", ".cpp", ".hpp"}


def open_to(room):
    """The rooms that `room` may include: itself, and all that it builds on."""
    seen, waiting = {"base"}, [room]
    while waiting:
        name = waiting.pop()
        if name not in seen or name == room:
            seen.add(name)
            waiting += ROOMS[name]
    return seen


def is_test(path):
    return path.stem.endswith("_test") or path.stem.startswith("test_")


def problems_of(path, root):
    """One line for each include of the file that no rule allows."""
    name = path.relative_to(root).as_posix()
    parts = name.split("/")
    public = parts[0] == "include"
    room = None if public else parts[1] if parts[0] == "src" else parts[0]
    if room is not None and room not in ROOMS:
        yield f"{name}: {room} is no room that tools/check_rooms.py knows; add it with the rooms that it builds on"
        return
    allowed = set() if public else open_to(room) | set(EXCEPTIONS.get(name, []))
    for kind, include in INCLUDE.findall(path.read_text(encoding="utf-8")):
        first = include.split("/")[0]
        if public and kind == '"' and first != "crossrank":
            yield f"{name}: includes {include}: public headers include nothing but each other"
        elif public and kind == "<" and re.search(r"[./]", include):
            yield f"{name}: includes {include}: public headers need no library but the standard one"
        elif not public and first in ROOMS and first not in allowed:
            yield f"{name}: includes {include}: {room} may include {', '.join(sorted(allowed))}"
        for library, pattern, places in LIBRARIES:
            if re.match(pattern, include) and not {room, name} & places and not is_test(path):
                yield f"{name}: includes {include}: {library} belongs to {', '.join(sorted(places)) or 'tests'} alone"


def problems(root):
    """What is wrong in the tree at `root`, and how many files were read."""
    root = pathlib.Path(root)
    files = sorted(p for top in ("include", "src", "cli") for p in (root / top).rglob("*") if p.suffix in SOURCES)
    return [line for path in files for line in problems_of(path, root)], len(files)


def main():
    if sys.argv[1:] == ["--list"]:
        for room in ROOMS:
            print(f"{room:6} may include {', '.join(sorted(open_to(room)))}")
        return 0
    lines, files = problems(pathlib.Path(__file__).resolve().parent.parent)
    for line in lines:
        print(line)
    print(f"{files} files, {len(lines)} forbidden includes")
    return 1 if lines or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
