"""EXIF edited in place, so that everything we do not understand (maker notes above all) stays byte for byte."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

PREFIX = b"Exif\0\0"
ORIENTATION, WIDTH, HEIGHT = 0x0112, 0x0100, 0x0101
EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x8769, 0x8825, 0xA005
MAKER_NOTE = 0x927C
PIXEL_WIDTH, PIXEL_HEIGHT = 0xA002, 0xA003
THUMBNAIL_AT, THUMBNAIL_LENGTH = 0x0201, 0x0202
STRIP_AT, STRIP_LENGTH = 0x0111, 0x0117
POINTERS = frozenset({EXIF_IFD, GPS_IFD, INTEROP_IFD})
"""Tags whose value is the place of a further directory."""
TYPE_SIZE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes per value of each TIFF type."""
_SHORT, _LONG = 3, 4


@dataclass(frozen=True)
class Entry:
    """One entry of a TIFF directory: ``at`` is the place of its 12 bytes, ``data`` that of its values."""

    tag: int
    type: int
    count: int
    at: int
    data: int
    length: int
    """Bytes of all its values; where it is more than 4 they lie outside of the entry."""


def upright(exif: bytes) -> bytes:
    """The EXIF of a picture that was turned upright: orientation 1, and no embedded thumbnail.

    Raises ``ValueError`` where the EXIF is damaged, as do the other functions here.
    """
    body, order = _opened(exif)
    entries, after = directory(body, order, _first(body, order))
    for entry in entries:
        if entry.tag == ORIENTATION:
            _set(body, order, entry, 1)
    thumbnail = _number(body, order, after)
    if thumbnail:
        struct.pack_into(order + "I", body, after, 0)
        _blank_thumbnail(body, order, thumbnail)
    return PREFIX + bytes(body)


def turned(exif: bytes, orientation: int) -> bytes:
    """The EXIF with its orientation, where it names one, set to another."""
    body, order = _opened(exif)
    for entry in directory(body, order, _first(body, order))[0]:
        if entry.tag == ORIENTATION:
            _set(body, order, entry, orientation)
    return PREFIX + bytes(body)


def resized(exif: bytes, width: int, height: int) -> bytes:
    """The EXIF with the pixel dimensions, where it names any, set to the new ones."""
    body, order = _opened(exif)
    sizes = {WIDTH: width, HEIGHT: height, PIXEL_WIDTH: width, PIXEL_HEIGHT: height}
    for entry in _walk(body, order, (EXIF_IFD,)):
        if entry.tag in sizes and entry.type in (_SHORT, _LONG):
            _set(body, order, entry, sizes[entry.tag])
    return PREFIX + bytes(body)


def without(exif: bytes, tag: int) -> bytes:
    """The EXIF without one tag of its first directory; a directory that it points to is blanked."""
    body, order = _opened(exif)
    first = _first(body, order)
    entries, after = directory(body, order, first)
    found = next((entry for entry in entries if entry.tag == tag), None)
    if found is None:
        return exif
    if tag in POINTERS:
        _blank(body, order, _number(body, order, found.data))
    body[found.at : after + 4] = body[found.at + 12 : after + 4] + bytes(12)
    struct.pack_into(order + "H", body, first, len(entries) - 1)
    # A damaged block may name it twice.
    return without(PREFIX + bytes(body), tag)


def without_pictures(exif: bytes) -> bytes:
    """The EXIF without the maker note, and zeros wherever no entry that we know of has its values.

    Cameras keep previews in the maker note, in forms of their own, or let it point to other places in the block.
    """
    body, order = _opened(exif)
    first = _first(body, order)
    for entry in directory(body, order, first)[0]:
        if entry.tag == EXIF_IFD:
            _remove(body, order, _number(body, order, entry.data), MAKER_NOTE)
    known = _known(body, order, first)
    at = 0
    for start, end in [*sorted(known), (len(body), len(body))]:
        if start > at:
            body[at:start] = bytes(start - at)
        at = max(at, end)
    del body[max(end for _, end in known) :]
    return PREFIX + bytes(body)


def _remove(body: bytearray, order: str, at: int, tag: int) -> None:
    """Take the entries with this tag out of a directory; what they point to is left."""
    entries, after = directory(body, order, at)
    kept = b"".join(bytes(body[entry.at : entry.at + 12]) for entry in entries if entry.tag != tag)
    rest = bytes(body[after : after + 4]) + bytes(12 * len(entries) - len(kept))
    body[at + 2 : after + 4] = kept + rest
    struct.pack_into(order + "H", body, at, len(kept) // 12)


def _known(body: bytearray, order: str, first: int) -> set[tuple[int, int]]:
    """Where something lies that we know of, (start, end): the header, the directories, the values of their entries."""
    spans, places, met = {(0, 8)}, [first], set()
    while places:
        at = places.pop()
        if at in met:
            continue
        met.add(at)
        entries, after = directory(body, order, at)
        spans.add((at, after + 4))
        spans |= {(entry.data, entry.data + entry.length) for entry in entries if entry.length > 4}
        places += [_number(body, order, entry.data) for entry in entries if entry.tag in POINTERS]
    return spans


def directory(body: bytes | bytearray, order: str, at: int) -> tuple[list[Entry], int]:
    """The entries of the directory at a place, and the place of the pointer to the next one."""
    try:
        (count,) = struct.unpack_from(order + "H", body, at)
        after = at + 2 + 12 * count
        struct.unpack_from(order + "I", body, after)
        entries = [_entry(body, order, at + 2 + 12 * index) for index in range(count)]
    except (struct.error, KeyError) as error:
        raise ValueError(f"EXIF: no directory at {at}") from error
    if any(entry.data + entry.length > len(body) for entry in entries):
        raise ValueError(f"EXIF: the directory at {at} points outside")
    return entries, after


def _entry(body: bytes | bytearray, order: str, at: int) -> Entry:
    tag, kind, count, place = struct.unpack_from(order + "HHII", body, at)
    length = TYPE_SIZE[kind] * count
    return Entry(tag, kind, count, at, place if length > 4 else at + 8, length)


def _opened(exif: bytes) -> tuple[bytearray, str]:
    body = bytearray(exif.removeprefix(PREFIX))
    if not body.startswith((b"II*\0", b"MM\0*")):
        raise ValueError("EXIF: neither little nor big endian")
    return body, "<" if body.startswith(b"II") else ">"


def _first(body: bytearray, order: str) -> int:
    return _number(body, order, 4)


def _number(body: bytearray, order: str, at: int) -> int:
    try:
        return int(struct.unpack_from(order + "I", body, at)[0])
    except struct.error as error:
        raise ValueError(f"EXIF: ends before {at}") from error


def _set(body: bytearray, order: str, entry: Entry, value: int) -> None:
    """Write one number into an entry, as LONG where SHORT is too small for it."""
    kind, layout = (_SHORT, "HHIHxx") if entry.type == _SHORT and value < 65536 else (_LONG, "HHII")
    struct.pack_into(order + layout, body, entry.at, entry.tag, kind, 1, value)


def _walk(body: bytearray, order: str, into: tuple[int, ...]) -> Iterator[Entry]:
    entries, _ = directory(body, order, _first(body, order))
    yield from entries
    for entry in entries:
        if entry.tag in into:
            yield from directory(body, order, _number(body, order, entry.data))[0]


def _blank(body: bytearray, order: str, at: int) -> list[tuple[int, int]]:
    """Overwrite a directory and its values with zeros; the blanked spans are returned."""
    entries, after = directory(body, order, at)
    spans = [(entry.data, entry.length) for entry in entries if entry.length > 4]
    spans.append((at, after + 4 - at))
    for start, length in spans:
        body[start : start + length] = bytes(length)
    return spans


def _blank_thumbnail(body: bytearray, order: str, at: int) -> None:
    """Blank the thumbnail's directory and picture, and cut them off where they are the end of the block."""
    entries, _ = directory(body, order, at)
    layouts = {_SHORT: "H", _LONG: "I"}
    places = {
        entry.tag: struct.unpack_from(order + layouts[entry.type], body, entry.data)[0]
        for entry in entries
        if entry.type in layouts and entry.count == 1
    }
    spans = _blank(body, order, at)
    for start_tag, length_tag in ((THUMBNAIL_AT, THUMBNAIL_LENGTH), (STRIP_AT, STRIP_LENGTH)):
        start = places.get(start_tag, 0)
        length = min(places.get(length_tag, 0), len(body) - start)
        if start and length > 0:
            body[start : start + length] = bytes(length)
            spans.append((start, length))
    for start, length in sorted(spans, reverse=True):
        if start + length != len(body):
            break
        del body[start:]
