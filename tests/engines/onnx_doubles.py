"""Small ONNX files with the inputs and outputs of real erasers, written byte by byte: nobody needs the onnx package."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

FLOAT, BYTES = 1, 2
"""Types of tensors, as ONNX numbers them."""

COLOUR = (0.2, 0.4, 0.6)
"""What both networks put into the hole, red, green and blue; the LaMa adds half of the mean of all that it sees."""


def lama(path: Path, side: int = 32, mask: str = "mask") -> Path:
    """255 · (image · (1 − mask) + mask · (COLOUR + ½ mean(image · (1 − mask)))), in floats, for one size."""
    nodes = [
        _node("Sub", ["one", mask], "known"),
        _node("Mul", ["image", "known"], "seen"),
        _node("ReduceMean", ["seen"], "mean"),
        _node("Mul", ["mean", "half"], "some"),
        _node("Add", ["some", "colour"], "made"),
        _node("Mul", ["made", mask], "put"),
        _node("Add", ["seen", "put"], "sum"),
        _node("Mul", ["sum", "white"], "output"),
    ]
    constants = [_number("one", 1.0), _number("half", 0.5), _number("white", 255.0), _colour("colour", 1.0)]
    inputs = [_value("image", FLOAT, (1, 3, side, side)), _value(mask, FLOAT, (1, 1, side, side))]
    return _write(path, nodes, constants, inputs, _value("output", FLOAT, (1, 3, side, side)))


def migan(path: Path) -> Path:
    """Bytes in and out, for any size: the image where the mask is 255, COLOUR where it is 0."""
    nodes = [
        _node("Cast", ["image"], "floats", _integer("to", FLOAT)),
        _node("Cast", ["mask"], "levels", _integer("to", FLOAT)),
        _node("Div", ["levels", "white"], "known"),
        _node("Sub", ["one", "known"], "missing"),
        _node("Mul", ["floats", "known"], "seen"),
        _node("Mul", ["colour", "missing"], "put"),
        _node("Add", ["seen", "put"], "sum"),
        _node("Cast", ["sum"], "result", _integer("to", BYTES)),
    ]
    constants = [_number("one", 1.0), _number("white", 255.0), _colour("colour", 255.0)]
    inputs = [_value("image", BYTES, ("n", 3, "h", "w")), _value("mask", BYTES, ("n", 1, "h", "w"))]
    return _write(path, nodes, constants, inputs, _value("result", BYTES, ("n", 3, "h", "w")))


def _write(path: Path, nodes: Sequence[bytes], constants: Sequence[bytes], inputs: Sequence[bytes], out: bytes) -> Path:
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"graph")
    graph += b"".join(_field(5, each) for each in constants) + b"".join(_field(11, each) for each in inputs)
    graph += _field(12, out)
    path.write_bytes(_whole(1, 7) + _field(7, graph) + _field(8, _field(1, b"") + _whole(2, 12)))
    return path


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _whole(tag: int, number: int) -> bytes:
    return _varint(tag << 3) + _varint(number)


def _field(tag: int, content: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(content)) + content


def _node(kind: str, inputs: Sequence[str], output: str, attribute: bytes = b"") -> bytes:
    named = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode())
    return named + _field(4, kind.encode()) + (_field(5, attribute) if attribute else b"")


def _integer(name: str, value: int) -> bytes:
    return _field(1, name.encode()) + _whole(3, value) + _whole(20, 2)


def _number(name: str, value: float) -> bytes:
    return _whole(2, FLOAT) + _field(8, name.encode()) + _field(9, struct.pack("<f", value))


def _colour(name: str, times: float) -> bytes:
    shape = b"".join(_whole(1, size) for size in (1, 3, 1, 1))
    return (
        shape
        + _whole(2, FLOAT)
        + _field(8, name.encode())
        + _field(9, struct.pack("<3f", *(times * c for c in COLOUR)))
    )


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _field(1, _whole(1, each) if isinstance(each, int) else _field(2, each.encode())) for each in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _whole(1, kind) + _field(2, sizes)))
