"""Bytes to pixels and back, with limits, orientation, alpha, colour profile and metadata."""

from __future__ import annotations

from wagtail_restore.imaging.codec.decode import decode
from wagtail_restore.imaging.codec.encode import encode
from wagtail_restore.imaging.codec.picture import Encoded, Picture, Source, canvas

__all__ = ["Encoded", "Picture", "Source", "canvas", "decode", "encode"]
