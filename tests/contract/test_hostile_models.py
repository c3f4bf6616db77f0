"""Broken, truncated, hostile and contradictory model folders: exit 1, one line that names the place, at once, in little memory.

Each test copies a golden model, breaks one thing, and scores a pair with the built program. Run by ctest; by hand:
    CROSSRANK_PROGRAM=build/release/crossrank python3 tests/contract/test_hostile_models.py
"""

import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDENS = ROOT / "tests" / "goldens" / "models"
BERT, MODERNBERT = "bert-short-model-max-length", "modernbert-identity"
SHARDED, MODULAR = "modernbert-sharded", "modular-modernbert"
CPU_SECONDS = 1.0        # processor time: what a busy machine cannot lengthen
INSTRUMENTED = 5         # times slower: a program under a sanitizer
WALL_SECONDS = 60        # a hang, on any machine
ADDRESS_SPACE = 2 << 30  # more than the program and a tiny model need, less than any lie of a file asks for
RESIDENT_KIB = 400 << 10

PAIR = b'{"query":"how tall is the mountain?","document":"the river"}\n'


def binary():
    """The program under test."""
    if "CROSSRANK_PROGRAM" in os.environ:
        return Path(os.environ["CROSSRANK_PROGRAM"]).resolve()
    built = sorted(ROOT.glob("build/*/crossrank"), key=lambda path: path.stat().st_mtime)
    if not built:
        sys.exit("test_hostile_models: set CROSSRANK_PROGRAM to the built program")
    return built[-1]


def limit_address_space():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def bounded():
    """What to run before the program: the limit, unless the program cannot start under it (sanitizers map terabytes)."""
    with subprocess.Popen([binary(), "--version"], preexec_fn=limit_address_space, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        return limit_address_space if process.wait() == 0 else None


class Outcome:
    """One run of the program on a folder."""

    def __init__(self, folder, before):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as pair:
            pair.write(PAIR)
            pair.seek(0)
            process = subprocess.Popen([binary(), "predict", "--model", folder, "--precision", "fp32", "--threads", "1", "-"], stdin=pair,
                                       stdout=out, stderr=err, preexec_fn=before)
            self.status, usage = wait(process)
            self.cpu_seconds, self.resident_kib = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
            out.seek(0)
            err.seek(0)
            self.out, self.err = out.read().decode(), err.read().decode(errors="replace")


def wait(process):
    """Exit status and resource usage; a hang is killed."""
    import signal
    import threading

    timer = threading.Timer(WALL_SECONDS, lambda: os.kill(process.pid, signal.SIGKILL))
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


# What breaks a folder, by small means.

def edit_json(file, change):
    """A break that changes the parsed content of a JSON file in place, or returns another."""
    def breaks(folder):
        content = json.loads((folder / file).read_text(encoding="utf-8"))
        changed = change(content)
        (folder / file).write_text(json.dumps(content if changed is None else changed), encoding="utf-8")
    return breaks


def set_field(file, name, value):
    """A break that sets one field of a JSON object."""
    return edit_json(file, lambda content: content.__setitem__(name, value))


def drop_field(file, name):
    return edit_json(file, lambda content: content.pop(name) and None)


def write_bytes(file, content):
    return lambda folder: (folder / file).write_bytes(content)


def remove(file):
    return lambda folder: (folder / file).unlink()


def make_directory(file):
    def breaks(folder):
        (folder / file).unlink()
        (folder / file).mkdir()
    return breaks


def make_fifo(file):
    def breaks(folder):
        (folder / file).unlink()
        os.mkfifo(folder / file)
    return breaks


def link_to(file, target):
    def breaks(folder):
        (folder / file).unlink()
        (folder / file).symlink_to(target)
    return breaks


def cut(file, bytes_kept):
    """A break that keeps the first bytes, or loses the last where negative."""
    return lambda folder: (folder / file).write_bytes((folder / file).read_bytes()[:bytes_kept])


def replace(file, old, new):
    """A break that replaces a piece of a text."""
    def breaks(folder):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} does not hold {old}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return breaks


def read_safetensors(path):
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    return json.loads(raw[8:8 + length]), raw[8 + length:]


def header(change, file="model.safetensors", length=None):
    """A break that changes a safetensors header (and its data, where `change` returns some)."""
    def breaks(folder):
        content, data = read_safetensors(folder / file)
        data = change(content, data) or data
        text = json.dumps(content).encode()
        (folder / file).write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return breaks


def entry(name, **fields):
    """A break that sets fields of one tensor's entry; None drops a field."""
    def change(content, _):
        for field, value in fields.items():
            if value is None:
                del content[name][field]
            else:
                content[name][field] = value
    return header(change)


def raw_header(text, length=None):
    """A break that writes another header, with the length that is true or the one given."""
    return write_bytes("model.safetensors", struct.pack("<Q", len(text) if length is None else length) + text)


def drop_tensor(name, file="model.safetensors"):
    """A break that takes a tensor out and closes the hole."""
    def change(content, data):
        begin, end = content.pop(name)["data_offsets"]
        for fields in content.values():
            if "data_offsets" in fields and fields["data_offsets"][0] >= end:
                fields["data_offsets"] = [offset - (end - begin) for offset in fields["data_offsets"]]
        return data[:begin] + data[end:]
    return header(change, file)


def add_tensor(name, dtype="F32", size=16, shape=(4,)):
    """A break that adds a tensor which nothing asks for."""
    def change(content, data):
        content[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), len(data) + size]}
        return data + bytes(size)
    return header(change)


def rename_tensor(old, new):
    def change(content, _):
        content[new] = content.pop(old)
    return header(change)


def rewritten(name):
    """A break that turns a [n, m] shape into [m, n]: the same bytes in another shape."""
    def change(content, _):
        content[name]["shape"] = content[name]["shape"][::-1]
    return header(change)


def set_module(index, **fields):
    return edit_json("modules.json", lambda modules: modules[index].update(fields))


DEEP = b"[" * 100_000 + b"]" * 100_000
DEEP_OBJECT = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
EMBEDDINGS, WORDS = "bert.embeddings.LayerNorm.weight", "bert.embeddings.word_embeddings.weight"
QUERY = "bert.encoder.layer.0.attention.self.query.weight"
INNER = "bert.encoder.layer.0.intermediate.dense.weight"

# name of the test: (golden, break, what the message must hold)
FILES = {
    "no_config": (BERT, remove("config.json"), ["config.json"]),
    "no_tokenizer": (BERT, remove("tokenizer.json"), ["tokenizer.json"]),
    "no_weights": (BERT, remove("model.safetensors"), ["model.safetensors"]),
    "only_a_pickle": (BERT, lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"), ["pytorch_model.bin"]),
    "empty_config": (BERT, write_bytes("config.json", b""), ["config.json"]),
    "empty_tokenizer": (BERT, write_bytes("tokenizer.json", b""), ["tokenizer.json"]),
    "empty_tokenizer_config": (BERT, write_bytes("tokenizer_config.json", b""), ["tokenizer_config.json"]),
    "empty_weights": (BERT, write_bytes("model.safetensors", b""), ["model.safetensors"]),
    "config_is_a_directory": (BERT, make_directory("config.json"), ["config.json"]),
    "tokenizer_is_a_directory": (BERT, make_directory("tokenizer.json"), ["tokenizer.json"]),
    "weights_are_a_directory": (BERT, make_directory("model.safetensors"), ["model.safetensors"]),
    "config_is_a_pipe_that_nobody_writes": (BERT, make_fifo("config.json"), ["config.json"]),
    "tokenizer_is_a_pipe_that_nobody_writes": (BERT, make_fifo("tokenizer.json"), ["tokenizer.json"]),
    "weights_are_a_pipe_that_nobody_writes": (BERT, make_fifo("model.safetensors"), ["model.safetensors"]),
    "config_never_ends": (BERT, link_to("config.json", "/dev/zero"), ["config.json"]),
    "tokenizer_never_ends": (BERT, link_to("tokenizer.json", "/dev/zero"), ["tokenizer.json"]),
    "weights_never_end": (BERT, link_to("model.safetensors", "/dev/zero"), ["model.safetensors"]),
    "config_links_to_itself": (BERT, link_to("config.json", "config.json"), ["config.json"]),
    "the_folder_is_empty": (BERT, lambda folder: [file.unlink() for file in folder.iterdir()], ["config.json"]),
}

SAFETENSORS = {
    "seven_bytes": (BERT, cut("model.safetensors", 7), ["model.safetensors"]),
    "cut_in_the_header": (BERT, cut("model.safetensors", 500), ["model.safetensors"]),
    "cut_in_the_data": (BERT, cut("model.safetensors", -1), ["model.safetensors"]),
    "half_of_the_data": (BERT, cut("model.safetensors", 9000), ["model.safetensors"]),
    "bytes_after_the_data": (BERT, header(lambda content, data: data + b"more"), ["model.safetensors"]),
    "header_length_beyond_the_file": (BERT, header(lambda content, data: None, length=1 << 24), ["model.safetensors", "header"]),
    "header_length_2_to_the_63": (BERT, header(lambda content, data: None, length=1 << 63), ["model.safetensors", "header"]),
    "header_length_2_to_the_64_less_1": (BERT, header(lambda content, data: None, length=(1 << 64) - 1), ["model.safetensors", "header"]),
    "header_length_0": (BERT, raw_header(b"", 0), ["model.safetensors"]),
    "header_is_not_json": (BERT, raw_header(b"{not json}"), ["model.safetensors"]),
    "header_is_an_array": (BERT, raw_header(b"[]"), ["model.safetensors"]),
    "header_is_empty": (BERT, raw_header(b"{}"), ["tensor"]),
    "header_is_not_utf8": (BERT, raw_header(b'{"\xff\xfe":{}}'), ["model.safetensors"]),
    "header_is_deep": (BERT, raw_header(DEEP), ["model.safetensors"]),
    "header_is_a_deep_object": (BERT, raw_header(DEEP_OBJECT), ["model.safetensors"]),
    "header_of_zeros": (BERT, raw_header(bytes(4096)), ["model.safetensors"]),
    "entry_is_a_number": (BERT, header(lambda content, data: content.__setitem__(EMBEDDINGS, 5)), [EMBEDDINGS]),
    "no_dtype": (BERT, entry(EMBEDDINGS, dtype=None), [EMBEDDINGS, "dtype"]),
    "no_shape": (BERT, entry(EMBEDDINGS, shape=None), [EMBEDDINGS, "shape"]),
    "no_offsets": (BERT, entry(EMBEDDINGS, data_offsets=None), [EMBEDDINGS, "data_offsets"]),
    "dtype_is_a_number": (BERT, entry(EMBEDDINGS, dtype=32), [EMBEDDINGS, "dtype"]),
    "dtype_is_unknown": (BERT, entry(EMBEDDINGS, dtype="F48"), [EMBEDDINGS, "F48"]),
    "dtype_is_no_weight's": (BERT, entry(EMBEDDINGS, dtype="I16"), [EMBEDDINGS]),
    "dtype_of_another_size": (BERT, entry(EMBEDDINGS, dtype="F64"), [EMBEDDINGS]),
    "shape_is_negative": (BERT, entry(EMBEDDINGS, shape=[-32]), [EMBEDDINGS, "shape"]),
    "shape_is_fractional": (BERT, entry(EMBEDDINGS, shape=[32.5]), [EMBEDDINGS, "shape"]),
    "shape_is_a_string": (BERT, entry(EMBEDDINGS, shape="32"), [EMBEDDINGS, "shape"]),
    "shape_overflows_64_bits": (BERT, entry(EMBEDDINGS, shape=[1 << 40, 1 << 40]), [EMBEDDINGS, "shape"]),
    "shape_overflows_to_the_right_size": (BERT, entry(EMBEDDINGS, shape=[32, (1 << 63) + 1]), [EMBEDDINGS]),
    "shape_is_a_petabyte": (BERT, entry(EMBEDDINGS, shape=[1 << 50]), [EMBEDDINGS]),
    "shape_of_a_million_dimensions": (BERT, entry(EMBEDDINGS, shape=[1] * 1_000_000), [EMBEDDINGS]),
    "shape_is_empty": (BERT, entry(EMBEDDINGS, shape=[]), [EMBEDDINGS]),
    "shape_holds_a_zero": (BERT, entry(EMBEDDINGS, shape=[0, 32]), [EMBEDDINGS]),
    "offsets_are_reversed": (BERT, entry(EMBEDDINGS, data_offsets=[64, 0]), [EMBEDDINGS, "data_offsets"]),
    "offsets_are_negative": (BERT, entry(EMBEDDINGS, data_offsets=[-64, 0]), [EMBEDDINGS, "data_offsets"]),
    "offsets_are_fractional": (BERT, entry(EMBEDDINGS, data_offsets=[0.5, 64.5]), [EMBEDDINGS, "data_offsets"]),
    "offsets_are_beyond_the_file": (BERT, entry(EMBEDDINGS, data_offsets=[1 << 40, (1 << 40) + 64]), [EMBEDDINGS, "data_offsets"]),
    "offsets_wrap_around": (BERT, entry(EMBEDDINGS, data_offsets=[(1 << 64) - 64, 0]), [EMBEDDINGS, "data_offsets"]),
    "offsets_of_three_numbers": (BERT, entry(EMBEDDINGS, data_offsets=[0, 64, 128]), [EMBEDDINGS, "data_offsets"]),
    "offsets_overlap": (BERT, entry(EMBEDDINGS, data_offsets=[2, 66]), ["model.safetensors", "tensor"]),
    "tensor_is_missing": (BERT, drop_tensor(QUERY), [QUERY]),
    "head_is_missing": (BERT, drop_tensor("classifier.weight"), ["classifier.weight"]),
    "tensor_has_no_place": (BERT, add_tensor("bert.encoder.layer.7.extra.weight"), ["bert.encoder.layer.7.extra.weight"]),
    "tensor_under_another_name": (BERT, rename_tensor(QUERY, "bert.q.weight"), [QUERY]),
    "tensor_is_transposed": (BERT, rewritten(INNER), [INNER, "shape"]),
}

CONFIG = {
    "not_json": (BERT, write_bytes("config.json", b"hidden_size: 32"), ["config.json"]),
    "an_array": (BERT, write_bytes("config.json", b"[1, 2]"), ["config.json"]),
    "cut": (BERT, cut("config.json", 100), ["config.json"]),
    "text_after_the_object": (BERT, lambda folder: (folder / "config.json").open("a").write("x") and None, ["config.json"]),
    "not_utf8": (BERT, write_bytes("config.json", b'{"model_type":"\xc3\x28"}'), ["config.json"]),
    "deep": (BERT, write_bytes("config.json", DEEP), ["config.json"]),
    "a_deep_object": (BERT, write_bytes("config.json", DEEP_OBJECT), ["config.json"]),
    "a_deep_field": (BERT, lambda folder: replace("config.json", "{", '{"x":' + DEEP.decode() + ",")(folder), ["config.json"]),
    "a_number_beyond_doubles": (BERT, replace("config.json", '"layer_norm_eps": 1e-12', '"layer_norm_eps": 1e999'), ["config.json"]),
    "nan": (BERT, replace("config.json", '"layer_norm_eps": 1e-12', '"layer_norm_eps": NaN'), ["config.json"]),
    "no_model_type": (BERT, drop_field("config.json", "model_type"), ["config.json", "model_type"]),
    "unknown_model_type": (BERT, set_field("config.json", "model_type", "gpt17"), ["config.json", "gpt17"]),
    "model_type_is_a_number": (BERT, set_field("config.json", "model_type", 5), ["config.json", "model_type"]),
    "model_type_of_another": (BERT, set_field("config.json", "model_type", "modernbert"), []),
    "architectures_is_a_number": (BERT, set_field("config.json", "architectures", 5), ["config.json", "architectures"]),
    "id2label_is_a_list": (BERT, set_field("config.json", "id2label", ["a"]), ["config.json"]),
    "more_labels_than_the_classifier": (BERT, set_field("config.json", "num_labels", 3), ["classifier"]),
    "more_names_than_the_classifier": (BERT, edit_json("config.json", lambda c: c.update(num_labels=None, id2label={"0": "a", "1": "b"})),
                                       ["classifier"]),
    "more_layers_than_weights": (BERT, set_field("config.json", "num_hidden_layers", 3), ["layer.1"]),
    "fewer_layers_than_weights": (MODERNBERT, set_field("config.json", "num_hidden_layers", 0), ["num_hidden_layers"]),
    "heads_that_do_not_divide": (BERT, set_field("config.json", "num_attention_heads", 5), ["config.json", "num_attention_heads"]),
    "odd_rotary_head": (MODERNBERT, set_field("config.json", "num_attention_heads", 8), []),
    "more_words_than_embeddings": (BERT, set_field("config.json", "vocab_size", 300), [WORDS]),
    "fewer_words_than_embeddings": (BERT, set_field("config.json", "vocab_size", 20), [WORDS]),
    "unknown_hidden_act": (BERT, set_field("config.json", "hidden_act", "sharp"), ["config.json", "hidden_act", "sharp"]),
    "hidden_act_is_a_list": (BERT, set_field("config.json", "hidden_act", ["gelu"]), ["config.json", "hidden_act"]),
    "a_decoder": (BERT, set_field("config.json", "is_decoder", True), ["config.json", "is_decoder"]),
    "relative_positions": (BERT, set_field("config.json", "position_embedding_type", "relative_key"), ["config.json", "position_embedding_type"]),
    "negative_eps": (BERT, set_field("config.json", "layer_norm_eps", -1.0), ["config.json", "layer_norm_eps"]),
    "eps_is_a_string": (BERT, set_field("config.json", "layer_norm_eps", "small"), ["config.json", "layer_norm_eps"]),
    "unknown_pooling": (MODERNBERT, set_field("config.json", "classifier_pooling", "max"), ["config.json", "classifier_pooling"]),
    "bias_is_a_string": (MODERNBERT, set_field("config.json", "attention_bias", "yes"), ["config.json", "attention_bias"]),
    "bias_without_its_tensor": (MODERNBERT, set_field("config.json", "mlp_bias", True), [".bias"]),
    "period_of_0": (MODERNBERT, set_field("config.json", "global_attn_every_n_layers", 0), ["config.json", "global_attn_every_n_layers"]),
    "negative_period": (MODERNBERT, set_field("config.json", "global_attn_every_n_layers", -3), ["config.json", "global_attn_every_n_layers"]),
    "negative_window": (MODERNBERT, set_field("config.json", "local_attention", -5), ["config.json", "local_attention"]),
    "layer_types_of_another_length": (MODERNBERT, set_field("config.json", "layer_types", ["full_attention"] * 9), ["config.json", "layer_types"]),
    "unknown_layer_type": (MODERNBERT, set_field("config.json", "layer_types", ["half_attention"]), ["config.json", "layer_types"]),
    "layer_types_is_a_string": (MODERNBERT, set_field("config.json", "layer_types", "full_attention"), ["config.json", "layer_types"]),
    "theta_of_0": (MODERNBERT, set_field("config.json", "global_rope_theta", 0), ["config.json", "rope_theta"]),
    "negative_theta": (MODERNBERT, set_field("config.json", "global_rope_theta", -1e5), ["config.json", "rope_theta"]),
    "theta_is_a_string": (MODERNBERT, set_field("config.json", "global_rope_theta", "big"), ["config.json", "rope_theta"]),
    "unknown_rope_type": (MODERNBERT, set_field("config.json", "rope_parameters", {"full_attention": {"rope_type": "yarn", "factor": 4.0}}),
                          ["config.json", "rope_type"]),
    "rope_scaling": (MODERNBERT, set_field("config.json", "rope_scaling", {"rope_type": "linear", "factor": 2.0}), ["config.json", "rope_scaling"]),
    "rope_parameters_is_a_list": (MODERNBERT, set_field("config.json", "rope_parameters", [1]), ["config.json", "rope_parameters"]),
    "unknown_score_activation": (MODERNBERT, set_field("config.json", "sentence_transformers", {"activation_fn": "torch.nn.Explode"}),
                                 ["config.json", "Explode"]),
}

for _field in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size", "max_position_embeddings",
               "type_vocab_size", "num_labels"):
    for _name, _value in {"0": 0, "negative": -7, "fractional": 31.5, "a_string": "32", "2_to_the_31": 1 << 31, "2_to_the_63": 1 << 63,
                          "1e300": 1e300, "a_list": [32], "true": True}.items():
        if (_field, _name) != ("type_vocab_size", "0"):  # then there are type embeddings without a place: another message
            CONFIG[f"{_field}_is_{_name}"] = (BERT, set_field("config.json", _field, _value), ["config.json", _field])

SHARDS = {
    "index_is_not_json": (SHARDED, write_bytes("model.safetensors.index.json", b"{"), ["model.safetensors.index.json"]),
    "index_is_deep": (SHARDED, write_bytes("model.safetensors.index.json", DEEP), ["model.safetensors.index.json"]),
    "index_without_a_map": (SHARDED, drop_field("model.safetensors.index.json", "weight_map"), ["model.safetensors.index.json", "weight_map"]),
    "map_is_a_list": (SHARDED, set_field("model.safetensors.index.json", "weight_map", []), ["model.safetensors.index.json", "weight_map"]),
    "absent_shard": (SHARDED, remove("model-00002-of-00003.safetensors"), ["model-00002-of-00003.safetensors"]),
    "shard_is_cut": (SHARDED, cut("model-00002-of-00003.safetensors", -4), ["model-00002-of-00003.safetensors"]),
    "tensor_without_a_shard": (SHARDED, edit_json("model.safetensors.index.json", lambda c: c["weight_map"].pop("classifier.weight") and None),
                               ["classifier.weight"]),
    "tensor_that_its_shard_lacks": (SHARDED, edit_json("model.safetensors.index.json", lambda c: c["weight_map"].update(
        {"head.other.weight": "model-00001-of-00003.safetensors"})), ["head.other.weight"]),
    "shard_outside_the_folder": (SHARDED, edit_json("model.safetensors.index.json", lambda c: c["weight_map"].update(
        {"classifier.weight": "../outside.safetensors"})), ["model.safetensors.index.json", "classifier.weight"]),
    "shard_of_an_absolute_path": (SHARDED, edit_json("model.safetensors.index.json", lambda c: c["weight_map"].update(
        {"classifier.weight": "/etc/passwd"})), ["model.safetensors.index.json", "classifier.weight"]),
    "shard_is_a_number": (SHARDED, edit_json("model.safetensors.index.json", lambda c: c["weight_map"].update({"classifier.weight": 3})),
                          ["model.safetensors.index.json", "classifier.weight"]),
}

MODULES = {
    "not_json": (MODULAR, write_bytes("modules.json", b"["), ["modules.json"]),
    "deep": (MODULAR, write_bytes("modules.json", DEEP), ["modules.json"]),
    "an_object": (MODULAR, write_bytes("modules.json", b"{}"), ["modules.json"]),
    "an_empty_list": (MODULAR, write_bytes("modules.json", b"[]"), ["modules.json"]),
    "a_module_is_a_number": (MODULAR, write_bytes("modules.json", b"[5]"), ["modules.json"]),
    "no_type": (MODULAR, edit_json("modules.json", lambda m: m[1].pop("type") and None), ["modules.json", "type"]),
    "unknown_type": (MODULAR, set_module(2, type="sentence_transformers.models.LSTM"), ["modules.json", "LSTM"]),
    "a_type_of_somebody_else's": (MODULAR, set_module(2, type="os.system"), ["modules.json", "os.system"]),
    "path_outside_the_folder": (MODULAR, set_module(2, path="../2_Dense"), ["modules.json", "path"]),
    "path_outside_by_a_detour": (MODULAR, set_module(2, path="1_Pooling/../../x"), ["modules.json", "path"]),
    "absolute_path": (MODULAR, set_module(2, path="/etc"), ["modules.json", "path"]),
    "path_is_a_number": (MODULAR, set_module(2, path=7), ["modules.json", "path"]),
    "absent_folder": (MODULAR, set_module(2, path="9_Dense"), ["9_Dense"]),
    "no_transformer": (MODULAR, edit_json("modules.json", lambda m: m[1:]), ["modules.json"]),
    "two_transformers": (MODULAR, edit_json("modules.json", lambda m: [m[0], *m]), ["modules.json"]),
    "no_pooling": (MODULAR, edit_json("modules.json", lambda m: [m[0], *m[2:]]), []),
    "nothing_gives_scores": (MODULAR, edit_json("modules.json", lambda m: m[:2]), []),
    "pooling_without_configuration": (MODULAR, remove("1_Pooling/config.json"), ["1_Pooling"]),
    "unknown_pooling_mode": (MODULAR, set_field("1_Pooling/config.json", "pooling_mode", "median"), ["1_Pooling", "median"]),
    "pooling_mode_is_a_number": (MODULAR, set_field("1_Pooling/config.json", "pooling_mode", 3), ["1_Pooling", "pooling_mode"]),
    "dense_of_another_width": (MODULAR, set_field("4_Dense/config.json", "in_features", 48), []),
    "dense_of_a_trillion_rows": (MODULAR, set_field("4_Dense/config.json", "out_features", 10**12), ["4_Dense", "out_features"]),
    "dense_of_negative_rows": (MODULAR, set_field("4_Dense/config.json", "out_features", -1), ["4_Dense", "out_features"]),
    "dense_with_an_unknown_activation": (MODULAR, set_field("4_Dense/config.json", "activation_function", "torch.nn.Explode"),
                                         ["4_Dense", "Explode"]),
    "dense_without_weights": (MODULAR, remove("4_Dense/model.safetensors"), ["4_Dense"]),
    "dense_with_cut_weights": (MODULAR, cut("4_Dense/model.safetensors", -2), ["4_Dense"]),
    "norm_without_configuration": (MODULAR, remove("3_LayerNorm/config.json"), ["3_LayerNorm"]),
    "settings_are_not_json": (MODULAR, write_bytes("config_sentence_transformers.json", b"{"), ["config_sentence_transformers.json"]),
    "max_seq_length_is_negative": (MODULAR, set_field("sentence_bert_config.json", "max_seq_length", -2),
                                   ["sentence_bert_config.json", "max_seq_length"]),
    "max_seq_length_is_a_string": (MODULAR, set_field("sentence_bert_config.json", "max_seq_length", "75"),
                                   ["sentence_bert_config.json", "max_seq_length"]),
}

TOKENIZER = {
    "not_json": (BERT, write_bytes("tokenizer.json", b"{'model'}"), ["tokenizer.json"]),
    "an_array": (BERT, write_bytes("tokenizer.json", b"[]"), ["tokenizer.json"]),
    "deep": (BERT, write_bytes("tokenizer.json", DEEP), ["tokenizer.json"]),
    "cut": (BERT, cut("tokenizer.json", 3000), ["tokenizer.json"]),
    "no_model": (BERT, drop_field("tokenizer.json", "model"), ["tokenizer.json", "model"]),
    "unknown_model": (BERT, edit_json("tokenizer.json", lambda c: c["model"].update(type="Oracle")), ["tokenizer.json", "Oracle"]),
    "unknown_normalizer": (BERT, set_field("tokenizer.json", "normalizer", {"type": "Shout"}), ["tokenizer.json", "Shout"]),
    "unknown_pre_tokenizer": (BERT, set_field("tokenizer.json", "pre_tokenizer", {"type": "Chop"}), ["tokenizer.json", "Chop"]),
    "unknown_post_processor": (BERT, set_field("tokenizer.json", "post_processor", {"type": "Frame"}), ["tokenizer.json", "Frame"]),
    "deep_normalizers": (BERT, lambda folder: replace("tokenizer.json", '"normalizer":{', '"normalizer":' +
                         '{"type":"Sequence","normalizers":[' * 5000 + "]}" * 5000 + ',"old":{')(folder), ["tokenizer.json"]),
    "vocabulary_is_a_number": (BERT, edit_json("tokenizer.json", lambda c: c["model"].update(vocab=5)), ["tokenizer.json", "vocab"]),
    "vocabulary_is_empty": (BERT, edit_json("tokenizer.json", lambda c: c["model"].update(vocab={})), ["tokenizer.json"]),
    "negative_id": (BERT, edit_json("tokenizer.json", lambda c: c["model"]["vocab"].update(the=-1)), ["tokenizer.json"]),
    "id_beyond_32_bits": (BERT, edit_json("tokenizer.json", lambda c: c["model"]["vocab"].update(the=1 << 40)), ["tokenizer.json"]),
    "id_without_an_embedding": (BERT, edit_json("tokenizer.json", lambda c: c["model"]["vocab"].update(mountains=256)), ["256"]),
    "added_token_without_an_embedding": (BERT, edit_json("tokenizer.json", lambda c: c["added_tokens"].append(
        {"id": 100_000, "content": "<far>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True})), ["tokenizer.json", "embeddings"]),
    "merge_of_unknown_tokens": (MODERNBERT, edit_json("tokenizer.json", lambda c: c["model"]["merges"].append(["zq", "xv"])),
                                ["tokenizer.json", "merge"]),
    "settings_of_another_kind": (BERT, set_field("tokenizer_config.json", "model_max_length", "long"), ["tokenizer_config.json", "model_max_length"]),
    "settings_with_no_room": (BERT, set_field("tokenizer_config.json", "model_max_length", -1), ["tokenizer_config.json", "model_max_length"]),
    "settings_are_deep": (BERT, write_bytes("tokenizer_config.json", DEEP), ["tokenizer_config.json"]),
}


class HostileModels(unittest.TestCase):
    """One test a break, made from the tables above."""

    @classmethod
    def setUpClass(cls):
        cls.before = (bounded(),)  # in a tuple, so that it does not become a method
        cls.cpu_seconds = CPU_SECONDS if cls.before[0] else INSTRUMENTED * CPU_SECONDS

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name) / "model"

    def score(self, folder):
        outcome = Outcome(folder, *self.before)
        self.assertLess(outcome.cpu_seconds, self.cpu_seconds, "took too long")
        self.assertLess(outcome.resident_kib, RESIDENT_KIB, "took too much memory")
        return outcome

    def check_refused(self, folder, names):
        outcome = self.score(folder)
        self.assertEqual(outcome.status, 1, outcome.err[-2000:])
        self.assertEqual(outcome.out, "")
        self.assertTrue(outcome.err.startswith("crossrank: "), outcome.err[:500])
        self.assertEqual(outcome.err.count("\n"), 1, outcome.err[:2000])
        self.assertLess(len(outcome.err), 1000, "a message, not a dump")
        for name in names:
            self.assertIn(name, outcome.err)

    def test_models_that_are_whole_are_scored_within_the_same_bounds(self):
        for golden in (BERT, MODERNBERT, SHARDED, MODULAR):
            with self.subTest(golden):
                outcome = self.score(GOLDENS / golden)
                self.assertEqual((outcome.status, outcome.err), (0, ""))
                self.assertIn("score", outcome.out)

    def test_absent_folder(self):
        self.check_refused(self.folder, [str(self.folder)])

    def test_file_for_a_folder(self):
        self.folder.write_text("a file")
        self.check_refused(self.folder, [str(self.folder)])


def test_of(golden, breaks, names):
    def test(self):
        shutil.copytree(GOLDENS / golden, self.folder)
        breaks(self.folder)
        self.check_refused(self.folder, names)
    return test


for _room, _table in {"files": FILES, "safetensors": SAFETENSORS, "config": CONFIG, "shards": SHARDS, "modules": MODULES,
                      "tokenizer": TOKENIZER}.items():
    for _name, _case in _table.items():
        setattr(HostileModels, f"test_{_room}_{_name}", test_of(*_case))


if __name__ == "__main__":
    unittest.main()
