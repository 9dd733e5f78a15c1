"""What XMP repeats of EXIF, corrected as text, so that the rest of the packet stays as its author wrote it."""

from __future__ import annotations

import re

_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>\s*))[0-9]+""")
_SIZES = {
    True: re.compile(rb"""((?:exif:PixelXDimension|tiff:ImageWidth)(?:\s*=\s*["']|>\s*))[0-9]+"""),
    False: re.compile(rb"""((?:exif:PixelYDimension|tiff:ImageLength)(?:\s*=\s*["']|>\s*))[0-9]+"""),
}
_GPS = re.compile(rb"""\bexif:GPS\w+\s*=\s*(?:"[^"]*"|'[^']*')""")
_GPS_ELEMENT = re.compile(rb"<(exif:GPS\w+)[^>]*>")
_EXTENDED = re.compile(rb"""\bxmpNote:HasExtendedXMP\s*=\s*(?:"[^"]*"|'[^']*')""")
_GAIN_MAP = re.compile(rb"""\bhdrgm:\w+\s*=\s*(?:"[^"]*"|'[^']*')""")
_END = b"<?xpacket end"


def upright(xmp: bytes) -> bytes:
    """The packet of a picture that was turned upright and stands alone: no extension, no gain map, no padding."""
    packet = turned(xmp, 1)
    for gone in (_EXTENDED, _GAIN_MAP):
        packet = gone.sub(b"", packet)
    body, end, rest = packet.partition(_END)
    return body.rstrip() + b"\n" + end + rest if end else packet


def turned(xmp: bytes, orientation: int) -> bytes:
    """The packet with its orientation, where it names one, set to another."""
    return _ORIENTATION.sub(rb"\g<1>%d" % orientation, xmp)


def resized(xmp: bytes, width: int, height: int) -> bytes:
    """The packet with the pixel dimensions, where it names any, set to the new ones."""
    for across, pattern in _SIZES.items():
        xmp = pattern.sub(rb"\g<1>%d" % (width if across else height), xmp)
    return xmp


def without_gps(xmp: bytes) -> bytes:
    """The packet without the properties that tell where the picture was taken."""
    xmp = _GPS.sub(b"", xmp)
    while found := _GPS_ELEMENT.search(xmp):
        end = found.end()
        if not found[0].endswith(b"/>"):
            closing = b"</" + found[1] + b">"
            place = xmp.find(closing, end)
            if place < 0:
                raise ValueError(f"XMP: {found[1]!r} is not closed")
            end = place + len(closing)
        xmp = xmp[: found.start()] + xmp[end:]
    return xmp


def has_gain_map(xmp: bytes) -> bool:
    """Whether the packet speaks of an HDR gain map, a second picture that is not kept."""
    return _GAIN_MAP.search(xmp) is not None
