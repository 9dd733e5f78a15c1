"""What each code says to an editor, translated: what happened, and what to do next where something can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_restore.imaging.planning import Choice, Note, Step
from wagtail_restore.messages.counted import COUNTED

TEXTS: Mapping[str, Any] = {
    # — why nothing is done —
    "nothing_asked": gettext_lazy("Nothing was asked for, and no rule applies."),
    "nothing_to_clean": gettext_lazy("Nothing to clean up was found. The file was left as it is."),
    "large_enough": gettext_lazy("The picture is large enough already. The file was left as it is."),
    "no_faces": gettext_lazy("No face was found. The file was left as it is."),
    "faces_left": gettext_lazy(
        "Faces were found, but none that would gain by being redrawn. The file was left as it is."
    ),
    "kept": gettext_lazy("There was nothing to do. The file was left as it is."),
    # — skipped —
    "faces_need_creative": gettext_lazy(
        "Faces can only be rebuilt in creative mode, because the network invents what it does not see."
    ),
    "skipped": gettext_lazy("This file was left as it is."),
    "animated": gettext_lazy("This is an animation; only still pictures can be restored."),
    "vector": gettext_lazy("This is a vector drawing (SVG), which is sharp at any size."),
    "unreadable": gettext_lazy("This file could not be opened as a picture. Upload it again from the source."),
    "truncated": gettext_lazy("This file is cut off before the picture ends. Upload it again from the source."),
    "too_large": gettext_lazy(
        "The picture has %(width)s × %(height)s pixels, more than this site opens (%(limit)s). Upload a smaller one."
    ),
    "mislabelled": gettext_lazy(
        "The name ends in %(extension)s, but the file holds %(format)s. Rename it and upload it again."
    ),
    "unsupported_format": gettext_lazy("%(format)s files can be shown but not restored. Upload a JPEG or PNG instead."),
    # — set-up —
    "setup": gettext_lazy("The worker is not set up for this. Ask your administrator."),
    "extra_missing": gettext_lazy("The worker lacks a package for this. Your administrator can run: %(command)s"),
    "no_device": gettext_lazy("The worker has no device called “%(device)s”. Ask your administrator."),
    "unknown_model": gettext_lazy("There is no model called “%(model)s”. Choose another one."),
    "weights_missing": gettext_lazy(
        "The weights of the model “%(model)s” are not on the worker. Your administrator can run there: "
        "restore_models pull %(model)s"
    ),
    "weights_corrupt": gettext_lazy("The weights of the model “%(model)s” are damaged. Ask your administrator."),
    "weights_refused": gettext_lazy("The weights of the model “%(model)s” cannot be trusted. Ask your administrator."),
    "not_faithful": gettext_lazy("The model “%(model)s” may invent detail, which strict mode does not allow."),
    # — getting weights —
    "no_weights_folder": gettext_lazy(
        'No folder for weights is set. Add one to your settings: WAGTAIL_RESTORE["WEIGHTS_FOLDERS"] = ["/srv/weights"]'
    ),
    "no_source": gettext_lazy(
        "The weights of “%(model)s” cannot be fetched by a program. Get the file from %(page)s and import it: "
        "restore_models import FILE"
    ),
    "unverified": gettext_lazy(
        "No checksum is known for the weights of “%(model)s”, so nothing proves that a download is the right file. "
        "To take it all the same, add --accept-unverified."
    ),
    "no_space": gettext_lazy("%(folder)s has %(free)s MB free, and %(needs)s MB are needed."),
    "download_failed": gettext_lazy("“%(model)s” could not be fetched from %(source)s: %(detail)s."),
    # — failures —
    "error": gettext_lazy("Something went wrong that we did not foresee. Your administrator can read the details."),
    "out_of_memory": gettext_lazy("The worker ran out of memory. Try again later, or ask for a smaller size."),
    "template_gone": gettext_lazy("The mask template “%(template)s” was deleted. Make it again, or mark by hand."),
    "mask_misfit": gettext_lazy("The mask is %(mask)s pixels, but the picture %(picture)s. Mark the picture anew."),
    "nothing_left": gettext_lazy(
        "All of the picture is marked, and nothing is left to fill it in from. The image is as it was. Mark less of it."
    ),
    "bad_output": gettext_lazy("The model “%(model)s” returned no usable picture. Choose another one."),
    "spilled": gettext_lazy(
        "%(pixels)s pixels outside of what was to be erased were changed, so the result was not used. "
        "Tell your administrator."
    ),
    "timed_out": gettext_lazy(
        "The work took longer than the %(seconds)s seconds that are allowed. Ask for a smaller size."
    ),
    "storage_failed": gettext_lazy("A file could not be read or written. Try again in a while."),
    "worker_lost": gettext_lazy(
        "The worker stopped in the middle, %(attempts)s times. Your administrator should look at it."
    ),
    "worker_broken": gettext_lazy("The worker cannot begin with this. Your administrator can read the details."),
    "database_failed": gettext_lazy("The database did not answer. Try again in a while."),
    "queue_unreachable": gettext_lazy("The queue does not answer. The work starts by itself when it is back."),
    "too_many_asked": gettext_lazy(
        "Several of your questions still wait for a worker. Try again when one of them has been answered."
    ),
    # — ends —
    "cancelled": gettext_lazy("Cancelled. The image is as it was."),
    "rights_unconfirmed": gettext_lazy(
        "Confirm first that you may remove watermarks, or ask for something else. Nothing was removed."
    ),
    "marks_held_back": gettext_lazy(
        "Watermarks stay in, because you have not confirmed that you may remove them; only date stamps are erased. To "
        "have them removed, choose it again here, confirm, and press Update, or do so later on the page of the image."
    ),
    "left_out": gettext_lazy("This was left out so far. Choose it again here, and press Update."),
    "template_unconfirmed": gettext_lazy("Confirm first that you may remove watermarks. The template was not saved."),
    "superseded": gettext_lazy("The file was replaced meanwhile, so this work was dropped."),
    "marks_elsewhere": gettext_lazy(
        "The picture is another one since these marks were found, so nothing was erased. Ask for the clean-up again."
    ),
    "image_gone": gettext_lazy("The image was deleted meanwhile."),
    "discarded": gettext_lazy("The result was discarded. The image is as it was."),
    "published": gettext_lazy("Done. The restored picture is shown wherever the image is used."),
    "withdrawn": gettext_lazy("The result was taken back; an earlier version of the picture was put in its place."),
    "decided": gettext_lazy("The marks were looked at; the work goes on with those that were chosen."),
    # — review —
    "review_asked": gettext_lazy("Somebody should look at this before it is published."),
    "review_creative": gettext_lazy(
        "Somebody should look at this before it is published: in creative mode a network invents what it does not see."
    ),
    "not_faithful_enough": gettext_lazy(
        "The result differs more from the original than this model's should (%(consistency)s dB). Compare the two."
    ),
    "on_face": gettext_lazy(
        "A mark lies over a face, and what is filled in there would be made up. Look at what was found and decide."
    ),
    # — reasons for a step —
    "wished": gettext_lazy("Asked for by the editor."),
    "capped": gettext_lazy("Enlarged as far as this site and the file format allow."),
    # — remarks on a file —
    "cmyk_converted": gettext_lazy("Printing colours (CMYK) were converted to screen colours (sRGB)."),
    "lab_converted": gettext_lazy("Lab colours were converted to screen colours (sRGB)."),
    "mpo_first_frame": gettext_lazy("The file held several views; the first one was taken."),
    "hdr": gettext_lazy("The file holds a high dynamic range."),
    "hdr_gain_map_dropped": gettext_lazy("The picture's HDR gain map was left out."),
    "depth_reduced": gettext_lazy("The picture has 8 bits per colour now."),
    "palette_reduced": gettext_lazy("The picture was fitted to a palette of colours again."),
    "progressive_dropped": gettext_lazy("The JPEG is stored from top to bottom, no longer progressively."),
    "encoded_anew": gettext_lazy("The whole JPEG was encoded anew, not only where it was changed."),
    "alpha_dropped": gettext_lazy("Transparency, which this format cannot hold, was left out."),
    "quality_raised": gettext_lazy("The file is stored at a higher quality than its source."),
    "metadata_unsupported": gettext_lazy("This format holds no metadata, so the file does not say how it was made."),
    "profile_dropped": gettext_lazy("The colour profile could not be written and was left out."),
    "exif_dropped": gettext_lazy("The EXIF data could not be written and were left out."),
    "maker_note_dropped": gettext_lazy(
        "The camera's own notes in the EXIF data were left out: they may hold a small picture of what was erased."
    ),
    "xmp_dropped": gettext_lazy("The XMP data could not be written and were left out."),
    "iptc_dropped": gettext_lazy("The IPTC data could not be written and were left out."),
    "comment_dropped": gettext_lazy("The comment in the file could not be written and was left out."),
}

KINDS: Mapping[str, Any] = {
    "date": gettext_lazy("date stamp"),
    "watermark": gettext_lazy("watermark"),
    "text": gettext_lazy("text"),
}
"""What a detector finds."""

KINDS_ALL: Mapping[str, Any] = {
    "date": gettext_lazy("date stamps"),
    "watermark": gettext_lazy("watermarks"),
    "text": gettext_lazy("all text"),
}

DOING: Mapping[str, Any] = {
    "": gettext_lazy("Starting"),
    "detect": gettext_lazy("Looking for marks"),
    "erase": gettext_lazy("Cleaning up"),
    "denoise": gettext_lazy("Repairing"),
    "face": gettext_lazy("Rebuilding faces"),
    "upscale": gettext_lazy("Upscaling"),
    "publish": gettext_lazy("Publishing"),
}

REPAIRS: Mapping[str, Any] = {
    "noise": gettext_lazy("Remove noise"),
    "jpeg": gettext_lazy("Repair traces of JPEG compression"),
}
"""What a *denoise* Step is to do, by the purpose of its Model."""

LEFT: Mapping[str, Any] = {
    "small": gettext_lazy("too small"),
    "unsure": gettext_lazy("not surely a face"),
    "large": gettext_lazy("sharp enough already"),
    "turned": gettext_lazy("turned to the side"),
    "cut": gettext_lazy("cut off by the border"),
    "many": gettext_lazy("beyond the largest ones"),
}
"""Why a face is not redrawn."""

SEEN: Mapping[str, Any] = {
    "photo": gettext_lazy("as a photo"),
    "clean": gettext_lazy("as a photo saved without loss"),
    "line": gettext_lazy("as line art"),
}
"""What a picture was taken for."""


def say(note: Note | None) -> str:
    """The sentence for a code and its numbers; a code that we do not know is shown as it is."""
    if note is None:
        return ""
    if note.code in COUNTED:
        return COUNTED[note.code](note.params)
    text = TEXTS.get(note.code)
    if text is None:
        return note.code
    return str(text) % _Numbers(note.params)


def task(step: Step) -> str:
    """What a Step is to do to the picture."""
    if step.kind == "erase" and "mask" in step.params:
        return _("Remove what was painted over")
    if step.kind == "erase" and "template" in step.params:
        return _("Remove what the template “%(template)s” marks") % {"template": step.params["template"]["name"]}
    if step.kind == "erase":
        kinds = [str(KINDS_ALL.get(each, each)) for each in step.params.get("detect", ())]
        return _("Clean up: %(kinds)s") % {"kinds": ", ".join(kinds)} if kinds else _("Clean up")
    if step.kind == "denoise":
        return str(REPAIRS.get(step.model) or _("Repair with the model “%(model)s”") % {"model": step.model})
    if step.kind == "face":
        return _("Rebuild faces")
    if step.kind == "upscale" and "width" in step.params:
        upscale = _("Upscale to %(width)s × %(height)s") % step.params
        manner = ", ".join(_manner(step))
        return f"{upscale} ({manner})" if manner else upscale
    return doing(step.kind)


def _manner(step: Step) -> Iterator[str]:
    if step.model in SEEN:
        yield str(SEEN[step.model])
    elif step.model != Choice.AUTO:
        yield _("with the model “%(model)s”") % {"model": step.model}
    if "strength" in step.params:
        yield strong(step.params["strength"])
    if "denoise" in step.params:
        yield _("%(percent)s%% of the noise removed if the model can be told") % {
            "percent": round(100 * step.params["denoise"])
        }


def strong(share: float) -> str:
    """How strongly a network was used, of a ``share`` in 0..1."""
    return _("%(percent)s%% strength") % {"percent": round(100 * share)}


def kind(code: str) -> str:
    """What a detector calls a Region of this kind."""
    return str(KINDS.get(code, code))


class _Numbers(dict[str, Any]):
    """Numbers of a note; one that is missing leaves the sentence readable."""

    def __missing__(self, key: str) -> str:
        return "…"


def doing(code: str) -> str:
    """What a running Job is at."""
    return str(DOING.get(code, code))
