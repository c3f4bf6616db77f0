#!/usr/bin/env python3
"""Writes src/text/unicode/char_class_tables.cc: what the reference `tokenizers` library thinks of every code point.

The reference mixes Unicode versions (its Rust crates and Oniguruma each have their own), so neither one ICU nor one Python knows the
answers. This script asks the library itself, code point by code point, through its own normalizers and pre-tokenizers. Needs: tokenizers
(0.23.3 made the committed table) and ICU's shared library (for the age of code points). Takes a minute.
"""
import ctypes
import glob
import itertools
import pathlib
import re

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

OUTPUT = pathlib.Path(__file__).parent.parent / "src/text/unicode/char_class_tables.cc"
NORMALIZATION_AGE = (9, 0)  # unicode-normalization-alignments 0.1.12 has the tables of Unicode 9.0



def icu_age():
    """A function: code point -> (major, minor) of the Unicode version that assigned it, (0, 0) for none."""
    path = sorted(glob.glob("/usr/lib/*/libicuuc.so.[0-9][0-9]"))[-1]
    version = re.search(r"so\.(\d+)$", path).group(1)
    char_age = getattr(ctypes.CDLL(path), f"u_charAge_{version}")
    buffer = (ctypes.c_uint8 * 4)()

    def age(code_point):
        char_age(ctypes.c_uint32(code_point), buffer)
        return (buffer[0], buffer[1])

    return age


def each(normalizer, chunk, form="{}"):
    """What the normalizer makes of each code point of the chunk, put into `form`; one call for all of them."""
    if chunk[0] < 0x80:
        return [normalizer.normalize_str(form.format(chr(c))) for c in chunk]
    parts = normalizer.normalize_str("\n".join(form.format(chr(c)) for c in chunk)).split("\n")
    return parts if len(parts) == len(chunk) else [normalizer.normalize_str(form.format(chr(c))) for c in chunk]


def piece_kinds(pre_tokenizer, chunk):
    """For each code point, between two letters: 0 it was dropped, 1 it is a piece of its own, 2 it is part of a longer piece."""
    kinds = [0] * len(chunk)
    for _, (begin, end) in pre_tokenizer.pre_tokenize_str("a" + "a".join(map(chr, chunk)) + "a"):
        for at in range(begin, end):
            if at % 2 == 1:
                kinds[at // 2] = 1 if end - begin == 1 else 2
    return kinds


def probe():
    """For each code point its flags, as the bits of CharClass in char_class.h, and the lower-case mappings that differ from identity."""
    whitespace, word = pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Whitespace()
    digits, punctuation = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation("isolated")
    # The letters in between are left out of \p{L}, so that a letter there is a piece of its own.
    letter, number, space = (pre_tokenizers.Split(Regex(p), "isolated") for p in (r"(?!a)\p{L}", r"\p{N}", r"\s"))
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    clean = normalizers.BertNormalizer(**{**off, "clean_text": True})
    strip = normalizers.BertNormalizer(**{**off, "strip_accents": True})
    marks, lower, nfd = normalizers.StripAccents(), normalizers.Lowercase(), normalizers.NFD()
    age = icu_age()
    masks, lowercase = {}, {}
    for start in range(0, 0x110000, 0x80):
        chunk = [c for c in range(start, start + 0x80) if not 0xD800 <= c <= 0xDFFF]
        if not chunk:
            continue
        cleaned = [clean.normalize_str(f"a{chr(c)}b") for c in chunk]
        decomposed, lowered = each(nfd, chunk), each(lower, chunk)
        # U+0334 has combining class 1 and U+0316 has 220: whatever class other than 0 a mark has, it changes place with one of them.
        after, before = each(nfd, chunk, "a{}\u0334"), each(nfd, chunk, "a\u0316{}")
        columns = [piece_kinds(p, chunk) for p in (whitespace, letter, number, digits, punctuation, word, space)]
        for i, c in enumerate(map(chr, chunk)):
            is_space, is_letter, is_number, is_numeric, is_punctuation, word_kind, is_regex_space = (column[i] for column in columns)
            if (is_space == 0) != (word_kind == 0) or (is_space == 0) != (is_regex_space == 1):
                raise ValueError(f"the reference has two minds about white space U+{ord(c):04X}")
            if cleaned[i] not in ("ab", "a b" if is_space == 0 else f"a{c}b"):
                raise ValueError(f"clean_text makes {cleaned[i]!r} of U+{ord(c):04X}")
            if lowered[i] != c:
                lowercase[ord(c)] = lowered[i]
            values = [
                is_space == 0,
                is_letter == 1 or c == "a",
                is_number == 1,
                is_numeric == 1,
                is_punctuation == 1,
                cleaned[i] == "ab",
                decomposed[i] == c and strip.normalize_str(c) == "",
                marks.normalize_str(c) == "",
                word_kind == 2,
                lowered[i] != c,
                decomposed[i] != c or after[i] != f"a{decomposed[i]}\u0334" or before[i] != f"a\u0316{decomposed[i]}",
                not (0, 0) < age(ord(c)) <= NORMALIZATION_AGE,
            ]
            masks[ord(c)] = sum(1 << bit for bit, value in enumerate(values) if value)
    for surrogate in range(0xD800, 0xE000):
        masks[surrogate] = 0
    return masks, lowercase


def class_ranges(masks):
    """(first code point, mask) of each run of equal masks."""
    return [(next(group)[0], mask) for mask, group in itertools.groupby(sorted(masks.items()), key=lambda item: item[1])]


def lowercase_ranges(lowercase):
    """(first, last, step, delta): code points first, first + step, ..., last map to themselves plus delta."""
    pairs = [(c, ord(l) - c) for c, l in sorted(lowercase.items()) if len(l) == 1]
    ranges = []
    for c, delta in pairs:
        if ranges and ranges[-1][3] == delta:
            first, last, step, _ = ranges[-1]
            if (last == first and c - last in (1, 2)) or (last != first and c - last == step):
                ranges[-1] = [first, c, c - last, delta]
                continue
        ranges.append([c, c, 1, delta])
    return ranges


def rows(items, per_row):
    return "\n".join("    " + " ".join(items[i:i + per_row]) for i in range(0, len(items), per_row))


def main():
    masks, lowercase = probe()
    longer = {c: l for c, l in lowercase.items() if len(l) > 1}
    assert longer == {0x130: "i\u0307"}, longer
    classes = [f"{{0x{c:X}, 0x{m:X}}}," for c, m in class_ranges(masks)]
    lower = [f"{{0x{a:X}, 0x{b:X}, {s}, {d}}}," for a, b, s, d in lowercase_ranges(lowercase)]
    OUTPUT.write_text(f"""// Generated by tools/make_unicode_tables.py from tokenizers {tokenizers.__version__}: do not edit.
#include "text/unicode/char_class_tables.h"

namespace crossrank {{

// clang-format off
const ClassRange kClassRanges[] = {{
{rows(classes, 8)}
}};
const size_t kNumClassRanges = {len(classes)};

const LowercaseRange kLowercaseRanges[] = {{
{rows(lower, 6)}
}};
const size_t kNumLowercaseRanges = {len(lower)};
// clang-format on

}}  // namespace crossrank
""")
    print(f"{OUTPUT}: {len(classes)} class ranges, {len(lower)} lowercase ranges")


if __name__ == "__main__":
    main()
