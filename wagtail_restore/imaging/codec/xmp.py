"""What XMP repeats of EXIF, corrected as text, so that the rest of the packet stays as its author wrote it."""

from __future__ import annotations

import re

_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>\s*))[0-9]+""")
_SIZES = {
    True: re.compile(rb"""((?:exif:PixelXDimension|tiff:ImageWidth)(?:\s*=\s*["']|>\s*))[0-9]+"""),
    False: re.compile(rb"""((?:exif:PixelYDimension|tiff:ImageLength)(?:\s*=\s*["']|>\s*))[0-9]+"""),
}
_GPS = re.compile(rb"""(?<![\w.:-])[\w.-]+:GPS\w+\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_GPS_ELEMENT = re.compile(rb"<([\w.-]+:GPS\w+)[^>]*>", re.IGNORECASE)
_THUMBNAILS = re.compile(rb"<([\w.-]+:Thumbnails)\b(?:[^>]*/>|.*?</\1>)", re.DOTALL)
_THUMBNAIL = re.compile(rb"""\bx[ma]pGImg:image\s*=\s*(?:"[^"]*"|'[^']*')|<(x[ma]pGImg:image)\b.*?</\1>""", re.DOTALL)
_EXTENDED = re.compile(rb"""\bxmpNote:HasExtendedXMP\s*=\s*(?:"[^"]*"|'[^']*')""")
_GAIN_MAP = re.compile(rb"""\bhdrgm:\w+\s*=\s*(?:"[^"]*"|'[^']*')""")
_END = b"<?xpacket end"


def upright(xmp: bytes) -> bytes:
    """The packet of a picture that was turned upright and stands alone: no extension, gain map, thumbnail, padding."""
    packet = turned(xmp, 1)
    for gone in (_EXTENDED, _GAIN_MAP, _THUMBNAILS, _THUMBNAIL):
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
    xmp, kept, at = _GPS.sub(b"", xmp), [], 0
    while found := _GPS_ELEMENT.search(xmp, at):
        end = found.end()
        if not found[0].endswith(b"/>"):
            closing = b"</" + found[1] + b">"
            place = xmp.find(closing, end)
            if place < 0:
                raise ValueError(f"XMP: {found[1]!r} is not closed")
            end = place + len(closing)
        kept.append(xmp[at : found.start()])
        at = end
    return b"".join([*kept, xmp[at:]])


def has_gain_map(xmp: bytes) -> bool:
    """Whether the packet speaks of an HDR gain map, a second picture that is not kept."""
    return _GAIN_MAP.search(xmp) is not None
