"""Writes tests/goldens/train/events.bin: an event file as TensorBoard's own classes encode it, with times that are given.

    .venv/bin/python tools/make_tensorboard_golden.py
"""

import struct
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.text.plugin_data_pb2 import TextPluginData
from tensorboard.summary.writer.record_writer import masked_crc32c

OUT = Path(__file__).parents[1] / "tests" / "goldens" / "train"


def scalar(tag: str, value: float) -> Summary:
    return Summary(value=[Summary.Value(tag=tag, simple_value=value)])


def text(tag: str, value: str) -> Summary:
    """As torch.utils.tensorboard's add_text."""
    plugin = SummaryMetadata.PluginData(plugin_name="text", content=TextPluginData(version=0).SerializeToString())
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    tensor = TensorProto(dtype="DT_STRING", string_val=[value.encode()], tensor_shape=shape)
    tag = f"{tag}/text_summary"
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin), tensor=tensor)])


def record(event: Event) -> bytes:
    data = event.SerializeToString()
    header = struct.pack("<Q", len(data))
    return header + struct.pack("<I", masked_crc32c(header)) + data + struct.pack("<I", masked_crc32c(data))


def main() -> None:
    """With tensorboard 2.21.0."""
    events = [
        Event(wall_time=1700000000.25, file_version="brain.Event:2"),
        Event(wall_time=1700000001.5, summary=text("args", '{"seed": 12, "name": "' + "é" * 100 + '"}')),
        Event(wall_time=1700000002.5, step=1, summary=scalar("train/epoch", 0.125)),
        Event(wall_time=1700000002.5, step=1, summary=scalar("train/loss", 0.6931471805599453)),
        Event(wall_time=1700000003.5, step=1000000, summary=scalar("train/epoch", 1.0)),
        Event(wall_time=1700000003.5, step=1000000, summary=scalar("eval/gooaq-dev_ndcg@10", 0.5)),
    ]
    (OUT / "events.bin").write_bytes(b"".join(record(event) for event in events))


if __name__ == "__main__":
    main()
