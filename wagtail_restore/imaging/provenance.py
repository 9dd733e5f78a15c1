"""XMP that says what was done to a picture: IPTC's digital source type and a line of history, made and merged."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

JPEG_LIMIT = 65502
"""The bytes of XMP that fit into a JPEG file."""
TOOL = "wagtail-restore"

_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_X = "adobe:ns:meta/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP = "http://ns.adobe.com/xap/1.0/"
_MM = "http://ns.adobe.com/xap/1.0/mm/"
_EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_XML = "http://www.w3.org/XML/1998/namespace"
_PREFIXES = {_X: "x", _RDF: "rdf", _XMP: "xmp", _MM: "xmpMM", _EVENT: "stEvt", _IPTC: "Iptc4xmpExt", _XML: "xml"}
_SOURCE_TYPE = f"{{{_IPTC}}}DigitalSourceType"
_LARGEST, _DEEPEST = 4 << 20, 64


class Kind(StrEnum):
    """What IPTC calls the ways in which we touch a picture (NewsCodes, Digital Source Type)."""

    ENHANCED = "algorithmicallyEnhanced"
    """Faithful work: enlarged, freed of noise, nothing invented."""
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
    """Something was erased and filled in, or a Model took part that may invent."""
    GENERATED = "trainedAlgorithmicMedia"
    """Made without a source."""


_WEIGHT: Mapping[str, int] = {
    "algorithmicMedia": 1,
    Kind.ENHANCED: 1,
    "compositeSynthetic": 2,
    Kind.COMPOSITE: 2,
    Kind.GENERATED: 3,
}
"""How much of a picture an algorithm made; every other type (captures, edits, drawings) weighs nothing."""


def kind_of(*, invents: bool, generated: bool = False) -> Kind:
    """The Kind of a result: ``invents`` for any erase or any Model that may invent, ``generated`` without a source."""
    return Kind.GENERATED if generated else Kind.COMPOSITE if invents else Kind.ENHANCED


def make(kind: Kind, model: str, version: str, *, when: datetime | None = None) -> bytes:
    """A new XMP packet, UTF-8, that says what was done, by which Model, with which version of this package."""
    return merge(None, kind, model, version, when=when)


def merge(
    existing: bytes | None,
    kind: Kind,
    model: str,
    version: str,
    *,
    when: datetime | None = None,
    limit: int | None = None,
    detail: str = "",
) -> bytes:
    """A source's packet with what was done to its picture; everything else in it stays.

    The digital source type is replaced unless the source's own says as much or more (``trainedAlgorithmicMedia``
    stays for good). A line of history, with ``detail``, is added; the creator tool is set where there is none. A
    packet that is no XMP, declares entities, or with which the result is longer than ``limit`` bytes, gives way to a
    new one, into which its digital source type is taken where it could be read.
    """
    root, prefixes = _parsed(existing)
    _say(root, kind, model, version, when or datetime.now(UTC), detail)
    packet = _packet(root, prefixes)
    if limit is None or len(packet) <= limit:
        return packet
    found = source_type(existing)
    fresh = _empty()
    if found:
        _description(fresh).set(_SOURCE_TYPE, _VOCABULARY + found)
    _say(fresh, kind, model, version, when or datetime.now(UTC), detail)
    return _packet(fresh, {})


def source_type(packet: bytes | None) -> str | None:
    """The code of the digital source type that a packet names, None without one or where it is no XMP."""
    return _found_type(_parsed(packet)[0])


def _say(root: ET.Element, kind: Kind, model: str, version: str, when: datetime, detail: str) -> None:
    found = _found_type(root)
    if _WEIGHT[kind] > _WEIGHT.get(found or "", 0):
        _forget(root, _SOURCE_TYPE)
        _description(root).set(_SOURCE_TYPE, _VOCABULARY + kind)
    agent = _printable(f"{TOOL} {version}")
    if not any(_has(node, f"{{{_XMP}}}CreatorTool") for node in _descriptions(root)):
        _description(root).set(f"{{{_XMP}}}CreatorTool", agent)
    if kind is not Kind.ENHANCED:
        _replace(root, f"{{{_IPTC}}}AISystemUsed", model)
    line = ET.SubElement(_history(root), f"{{{_RDF}}}li", {f"{{{_RDF}}}parseType": "Resource"})
    event = {"action": "edited", "when": when.isoformat(timespec="seconds")}
    event |= {
        "softwareAgent": agent,
        "parameters": "; ".join(part for part in (f"model: {model}", detail, kind) if part),
    }
    for name, value in event.items():
        ET.SubElement(line, f"{{{_EVENT}}}{name}").text = _printable(value)


def _parsed(packet: bytes | None) -> tuple[ET.Element, dict[str, str]]:
    """The root of a packet and the prefixes of its namespaces; an empty root for what is no XMP."""
    text = _text(packet)
    if text is None:
        return _empty(), {}
    target = _Builder()
    try:
        parser = ET.XMLParser(target=target)  # noqa: S314 — entities were refused, depth and size are bounded
        parser.feed(text)
        root = parser.close()
    except (ET.ParseError, _TooDeep):
        return _empty(), {}
    if root.tag != f"{{{_RDF}}}RDF" and root.find(f"{{{_RDF}}}RDF") is None:
        return _empty(), {}
    return root, target.prefixes


class _TooDeep(ValueError):
    """Elements nested deeper than any XMP is."""


class _Builder(ET.TreeBuilder):
    """A tree builder that keeps the prefixes of namespaces and bounds the depth."""

    def __init__(self) -> None:
        super().__init__()
        self.prefixes: dict[str, str] = {}
        self._depth = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        self.prefixes.setdefault(uri, prefix)

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _TooDeep(tag)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def _text(packet: bytes | None) -> str | None:
    if not packet or len(packet) > _LARGEST:
        return None
    encoding = "utf-16" if packet[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = packet.decode(encoding).strip("\0").strip()
    except UnicodeDecodeError:
        return None
    return None if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper() else text


def _empty() -> ET.Element:
    root = ET.Element(f"{{{_X}}}xmpmeta")
    ET.SubElement(ET.SubElement(root, f"{{{_RDF}}}RDF"), f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})
    return root


def _rdf(root: ET.Element) -> ET.Element:
    found = root if root.tag == f"{{{_RDF}}}RDF" else root.find(f"{{{_RDF}}}RDF")
    return root if found is None else found


def _descriptions(root: ET.Element) -> list[ET.Element]:
    return _rdf(root).findall(f"{{{_RDF}}}Description")


def _description(root: ET.Element) -> ET.Element:
    found = _descriptions(root)
    return found[0] if found else ET.SubElement(_rdf(root), f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})


def _has(node: ET.Element, name: str) -> bool:
    return name in node.attrib or node.find(name) is not None


def _found_type(root: ET.Element) -> str | None:
    """The source type that the packet names; of several the one that weighs most."""
    values: list[str | None] = []
    for node in _descriptions(root):
        values.append(node.get(_SOURCE_TYPE))
        values += [element.get(f"{{{_RDF}}}resource") or element.text for element in node.findall(_SOURCE_TYPE)]
    codes = [value.strip().rstrip("/").rpartition("/")[2] for value in values if value and value.strip()]
    return max(codes, key=lambda code: _WEIGHT.get(code, 0), default=None)


def _forget(root: ET.Element, name: str) -> None:
    for node in _descriptions(root):
        node.attrib.pop(name, None)
        for element in node.findall(name):
            node.remove(element)


def _replace(root: ET.Element, name: str, value: str) -> None:
    _forget(root, name)
    _description(root).set(name, _printable(value))


def _history(root: ET.Element) -> ET.Element:
    """The sequence of past events, made where there is none."""
    for node in _descriptions(root):
        sequence = node.find(f"{{{_MM}}}History/{{{_RDF}}}Seq")
        if sequence is not None:
            return sequence
    _forget(root, f"{{{_MM}}}History")
    return ET.SubElement(ET.SubElement(_description(root), f"{{{_MM}}}History"), f"{{{_RDF}}}Seq")


def _packet(root: ET.Element, prefixes: Mapping[str, str]) -> bytes:
    """The root as a packet, every namespace declared on it under the prefix that its author chose."""
    names = _named(root, prefixes)
    spaces = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in sorted(names.items()) if uri != _XML)
    body = _written(root, names, spaces)
    if root.tag == f"{{{_RDF}}}RDF":
        body = f'<x:xmpmeta xmlns:x="{_X}">{body}</x:xmpmeta>'
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{head}\n{body}\n<?xpacket end="w"?>'.encode()


def _named(root: ET.Element, prefixes: Mapping[str, str]) -> dict[str, str]:
    names = dict(_PREFIXES)
    for node in root.iter():
        for name in (node.tag, *node.attrib):
            uri = name[1:].partition("}")[0] if name.startswith("{") else ""
            if not uri or uri in names:
                continue
            wanted = prefixes.get(uri) or f"ns{len(names)}"
            names[uri] = wanted if wanted not in names.values() else f"ns{len(names)}"
    return names


def _written(node: ET.Element, names: Mapping[str, str], spaces: str = "") -> str:
    tag = _short(node.tag, names)
    attributes = "".join(f" {_short(name, names)}={quoteattr(value)}" for name, value in node.attrib.items())
    inner = escape(node.text or "") + "".join(_written(child, names) + escape(child.tail or "") for child in node)
    return f"<{tag}{spaces}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{spaces}{attributes}/>"


def _short(name: str, names: Mapping[str, str]) -> str:
    uri, _, local = name[1:].partition("}") if name.startswith("{") else ("", "", name)
    return f"{names[uri]}:{local}" if uri else local


def _printable(value: str) -> str:
    return "".join(letter for letter in value if letter.isprintable())
