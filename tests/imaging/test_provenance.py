"""XMP says what was done, keeps what was there, and never claims less than the source did."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_restore.imaging.provenance import JPEG_LIMIT, Kind, kind_of, make, merge, source_type

WHEN = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
EVENT = "{http://ns.adobe.com/xap/1.0/sType/ResourceEvent#}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def packet(inside: str = "", attributes: str = "") -> bytes:
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Somebody 1.0">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:acme="http://acme.example/ns/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" {attributes}>{inside}</rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def described(data: bytes) -> ET.Element:
    found = ET.fromstring(data.decode()).find(f"{RDF}RDF/{RDF}Description")
    assert found is not None
    return found


def events(data: bytes) -> list[dict[str, str | None]]:
    lines = ET.fromstring(data.decode()).iter(f"{RDF}li")
    return [
        {node.tag.removeprefix(EVENT): node.text for node in line}
        for line in lines
        if line.find(f"{EVENT}action") is not None
    ]


@pytest.mark.parametrize(
    ("invents", "generated", "expected"),
    [
        (False, False, "algorithmicallyEnhanced"),
        (True, False, "compositeWithTrainedAlgorithmicMedia"),
        (False, True, "trainedAlgorithmicMedia"),
        (True, True, "trainedAlgorithmicMedia"),
    ],
)
def test_kind_of_what_was_done(invents: bool, generated: bool, expected: str) -> None:
    assert kind_of(invents=invents, generated=generated) == expected


def test_make_names_the_type_the_tool_and_the_model() -> None:
    data = make(Kind.ENHANCED, "own-x4", "1.2", when=WHEN)
    assert data.startswith(b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert data.endswith(b'<?xpacket end="w"?>')
    node = described(data)
    assert node.get(f"{IPTC}DigitalSourceType") == TYPES + "algorithmicallyEnhanced"
    assert node.get(f"{XMP}CreatorTool") == "wagtail-restore 1.2"
    assert events(data) == [
        {
            "action": "edited",
            "when": "2026-11-22T08:30:00+00:00",
            "softwareAgent": "wagtail-restore 1.2",
            "parameters": "model: own-x4; algorithmicallyEnhanced",
        }
    ]


def test_faithful_work_names_no_ai_system() -> None:
    assert described(make(Kind.ENHANCED, "m", "1")).get(f"{IPTC}AISystemUsed") is None


def test_work_that_may_invent_names_the_ai_system() -> None:
    assert described(make(Kind.COMPOSITE, "lama", "1")).get(f"{IPTC}AISystemUsed") == "lama"


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        ("digitalCapture", Kind.ENHANCED, "algorithmicallyEnhanced"),
        ("digitalCapture", Kind.COMPOSITE, "compositeWithTrainedAlgorithmicMedia"),
        ("negativeFilm", Kind.ENHANCED, "algorithmicallyEnhanced"),
        ("algorithmicallyEnhanced", Kind.COMPOSITE, "compositeWithTrainedAlgorithmicMedia"),
        ("algorithmicMedia", Kind.ENHANCED, "algorithmicMedia"),
        ("compositeSynthetic", Kind.ENHANCED, "compositeSynthetic"),
        ("compositeSynthetic", Kind.COMPOSITE, "compositeSynthetic"),
        ("compositeWithTrainedAlgorithmicMedia", Kind.ENHANCED, "compositeWithTrainedAlgorithmicMedia"),
        ("trainedAlgorithmicMedia", Kind.ENHANCED, "trainedAlgorithmicMedia"),
        ("trainedAlgorithmicMedia", Kind.COMPOSITE, "trainedAlgorithmicMedia"),
        ("compositeSynthetic", Kind.GENERATED, "trainedAlgorithmicMedia"),
    ],
)
@pytest.mark.parametrize("written", ["attribute", "element", "resource"])
def test_source_type_is_never_downgraded(before: str, kind: Kind, after: str, written: str) -> None:
    source = {
        "attribute": packet(attributes=f'Iptc4xmpExt:DigitalSourceType="{TYPES}{before}"'),
        "element": packet(f"<Iptc4xmpExt:DigitalSourceType>{TYPES}{before}</Iptc4xmpExt:DigitalSourceType>"),
        "resource": packet(f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{TYPES}{before}"/>'),
    }[written]
    merged = merge(source, kind, "m", "1")
    assert source_type(source) == before
    assert source_type(merged) == after
    assert merged.count(b"DigitalSourceType") <= 2


def test_the_heaviest_of_several_source_types_counts() -> None:
    both = packet(
        f"<Iptc4xmpExt:DigitalSourceType>{TYPES}trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>",
        f'Iptc4xmpExt:DigitalSourceType="{TYPES}digitalCapture"',
    )
    assert source_type(merge(both, Kind.ENHANCED, "m", "1")) == "trainedAlgorithmicMedia"


def test_merge_keeps_everything_else() -> None:
    inside = (
        "<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>© Ann &amp; Bob &lt;3</rdf:li></rdf:Alt></dc:rights>"
        "<acme:deep><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Bag></acme:deep>"
    )
    merged = merge(packet(inside, 'acme:key="a &quot;b&quot;" xmp:CreatorTool="Lightroom"'), Kind.ENHANCED, "m", "1")
    node = described(merged)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    rights = node.find(f"{DC}rights/{RDF}Alt/{RDF}li")
    assert rights is not None
    assert rights.text == "© Ann & Bob <3"
    assert rights.get(lang) == "x-default"
    assert [item.text for item in node.findall(f"{{http://acme.example/ns/}}deep/{RDF}Bag/{RDF}li")] == ["one", "two"]
    assert node.get("{http://acme.example/ns/}key") == 'a "b"'
    assert node.get(f"{XMP}CreatorTool") == "Lightroom"
    assert b'xmlns:acme="http://acme.example/ns/"' in merged


def test_history_is_added_to() -> None:
    created = "<rdf:li rdf:parseType='Resource'><stEvt:action>created</stEvt:action></rdf:li>"
    old = f"<xmpMM:History><rdf:Seq>{created}</rdf:Seq></xmpMM:History>"
    once = merge(packet(old), Kind.ENHANCED, "a", "1", when=WHEN)
    twice = merge(once, Kind.COMPOSITE, "b", "1", when=WHEN)
    assert [event["action"] for event in events(twice)] == ["created", "edited", "edited"]
    assert [event.get("parameters") for event in events(twice)][1:] == [
        "model: a; algorithmicallyEnhanced",
        "model: b; compositeWithTrainedAlgorithmicMedia",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"no xml at all",
        b"<x:xmpmeta",
        b"<a><b/></a>",
        b"\xff\xfe\x00",
        b"\x80\x81",
        packet()[:-200],
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + packet(),
        "<!DOCTYPE a>".encode("utf-16") + b"",
        b"<a>" * 5000,
        b"<a>" * 100 + b"</a>" * 100,
        b" " * (5 << 20),
    ],
)
def test_broken_xmp_is_replaced(broken: bytes) -> None:
    assert merge(broken, Kind.ENHANCED, "m", "1", when=WHEN) == make(Kind.ENHANCED, "m", "1", when=WHEN)
    assert source_type(broken) is None


def test_utf16_xmp_is_read() -> None:
    text = packet(attributes='acme:key="ü"').decode().replace("\ufeff", "")
    merged = merge(text.encode("utf-16"), Kind.ENHANCED, "m", "1")
    assert described(merged).get("{http://acme.example/ns/}key") == "ü"


def test_trailing_zeros_and_a_bare_rdf_are_read() -> None:
    bare = packet(attributes='acme:key="v"').decode()
    bare = bare[bare.index("<rdf:RDF") : bare.index("</x:xmpmeta>")]
    merged = merge(bare.encode() + b"\0\0", Kind.ENHANCED, "m", "1")
    assert described(merged).get("{http://acme.example/ns/}key") == "v"


def test_a_packet_too_long_for_its_format_gives_way_but_leaves_its_type() -> None:
    long = packet(
        f"<acme:a>{'x' * JPEG_LIMIT}</acme:a>", f'Iptc4xmpExt:DigitalSourceType="{TYPES}trainedAlgorithmicMedia"'
    )
    merged = merge(long, Kind.ENHANCED, "m", "1", limit=JPEG_LIMIT)
    assert len(merged) < 2000
    assert source_type(merged) == "trainedAlgorithmicMedia"
    assert len(merge(long, Kind.ENHANCED, "m", "1")) > JPEG_LIMIT


def test_clashing_prefixes_are_told_apart() -> None:
    clash = packet().replace(b"xmlns:acme=", b"xmlns:q='http://iptc.org/other/' q:v='1' xmlns:acme=")
    clash = clash.replace(b"xmlns:q='http://iptc.org/other/' q:v", b"xmlns:stRef='http://one/' stRef:v")
    inside = b"<stRef:w xmlns:stRef='http://two/'>2</stRef:w></rdf:Description>"
    node = described(merge(clash.replace(b"</rdf:Description>", inside), Kind.ENHANCED, "m", "1"))
    assert node.get("{http://one/}v") == "1"
    assert node.findtext("{http://two/}w") == "2"


@given(st.text(max_size=40), st.text(max_size=10), st.sampled_from(list(Kind)))
def test_any_name_gives_xml_that_can_be_read(model: str, version: str, kind: Kind) -> None:
    data = make(kind, model, version, when=WHEN)
    assert source_type(data) == kind
    assert len(events(merge(data, kind, model, version, when=WHEN))) == 2


@given(st.binary(max_size=200))
def test_no_bytes_break_it(junk: bytes) -> None:
    assert source_type(merge(junk, Kind.ENHANCED, "m", "1")) == "algorithmicallyEnhanced"
