"""What can go wrong, each with a code for the editor's words and whether a retry helps; standard library only."""

from __future__ import annotations

from typing import Any, ClassVar


class RestoreError(Exception):
    """Something went wrong.

    Every error carries a ``code`` and JSON-able ``params``; ``messages`` turns the two into a sentence that an
    editor understands. ``retry`` says whether the worker should try again by itself after a while, ``again``
    whether a person who presses *Try again* has a chance.
    """

    code: ClassVar[str] = "error"
    retry: ClassVar[bool] = False
    again: ClassVar[bool] = True

    def __init__(self, **params: Any) -> None:
        self.params = params
        details = ", ".join(f"{key}={value!r}" for key, value in params.items())
        super().__init__(f"{self.code}: {details}" if details else self.code)


# — files that we leave alone: the Job ends as *skipped* —


class Skip(RestoreError):
    """The file is left as it is, and the reason is told."""

    code = "skipped"
    again = False


class Animated(Skip):
    """The file has more than one frame (param: frames)."""

    code = "animated"


class Vector(Skip):
    """The file is a drawing without pixels (SVG)."""

    code = "vector"


class Unreadable(Skip):
    """The file is no picture, or too damaged to open (param: detail)."""

    code = "unreadable"


class Truncated(Skip):
    """The file ends before the picture does."""

    code = "truncated"


class TooLarge(Skip):
    """The picture has more pixels than we open (params: width, height, limit in pixels)."""

    code = "too_large"


class Mislabelled(Skip):
    """The file is not what its name says (params: extension, format)."""

    code = "mislabelled"


class UnsupportedFormat(Skip):
    """A format that we cannot write back as it came (param: format)."""

    code = "unsupported_format"


# — something is missing or wrong with the set-up: a person must act —


class SetupError(RestoreError):
    """The installation lacks something."""

    code = "setup"


class ExtraMissing(SetupError):
    """An optional package is not installed (params: extra, command)."""

    code = "extra_missing"

    def __init__(self, *, extra: str, **params: Any) -> None:
        super().__init__(extra=extra, command=f"pip install 'wagtail-restore[{extra}]'", **params)


class NoDevice(SetupError):
    """There is no such device on this machine (param: device)."""

    code = "no_device"


class UnknownModel(SetupError):
    """No Model of this name is in the catalogue (params: model, known)."""

    code = "unknown_model"


class WeightsMissing(SetupError):
    """The weights of a Model are not on this machine (params: model, path)."""

    code = "weights_missing"


class WeightsCorrupt(SetupError):
    """The weights of a Model are not the file that the catalogue describes (params: model, path)."""

    code = "weights_corrupt"


class WeightsRefused(SetupError):
    """The weights hold more than plain tensors, or are no network we know (params: model, detail)."""

    code = "weights_refused"


class NotFaithful(SetupError):
    """A Model that may invent was asked for in strict mode (param: model)."""

    code = "not_faithful"


# — getting weights —


class NoWeightsFolder(SetupError):
    """No folder is set where weights may lie."""

    code = "no_weights_folder"


class NoSource(SetupError):
    """The weights of a Model cannot be fetched by a program (params: model, page)."""

    code = "no_source"


class Unverified(SetupError):
    """No checksum of a Model's weights was published (param: model)."""

    code = "unverified"


class NoSpace(SetupError):
    """The disk has too little room (params: folder, needs, free in MB)."""

    code = "no_space"


class DownloadFailed(SetupError):
    """The weights of a Model did not arrive (params: model, source, detail)."""

    code = "download_failed"


# — the work itself —


class TemplateGone(RestoreError):
    """The mask template of this Job was deleted before the Job was asked for again (param: template)."""

    code = "template_gone"
    again = False


class MaskMisfit(RestoreError):
    """The mask has another size than the picture (params: mask, picture)."""

    code = "mask_misfit"
    again = False


class NothingLeft(RestoreError):
    """All of the picture is to be erased, and nothing is left of it to go on from."""

    code = "nothing_left"
    again = False


class OutOfMemory(RestoreError):
    """The picture did not fit into memory even in small tiles (param: device)."""

    code = "out_of_memory"
    retry = True


class BadOutput(RestoreError):
    """The network returned something that is no picture (param: model)."""

    code = "bad_output"


class Spilled(RestoreError):
    """Pixels were changed that a Step was to leave alone (params: step, pixels)."""

    code = "spilled"


class TimedOut(RestoreError):
    """The work took longer than a Job may (param: seconds)."""

    code = "timed_out"


class StorageFailed(RestoreError):
    """A file could not be read from or written to its storage (params: name, detail)."""

    code = "storage_failed"
    retry = True


class WorkerLost(RestoreError):
    """The worker stopped in the middle of this Job, several times (param: attempts)."""

    code = "worker_lost"


class WorkerBroken(RestoreError):
    """A worker process cannot even begin (param: detail)."""

    code = "worker_broken"
    retry = True


class DatabaseFailed(RestoreError):
    """The database did not answer, or was locked for too long (param: detail)."""

    code = "database_failed"
    retry = True


class QueueUnreachable(RestoreError):
    """Redis does not answer (param: queue)."""

    code = "queue_unreachable"
    retry = True


class TooManyAsked(RestoreError):
    """So much of what this person asked live workers is open that nothing more is taken (param: most)."""

    code = "too_many_asked"


# — not errors: the Job has no reason to go on —


class Stop(RestoreError):
    """The work ends here, and nothing is wrong."""

    code = "stopped"


class Kept(Stop):
    """There is nothing to do; the file stays as it is (param: why, a message code)."""

    code = "kept"


class Cancelled(Stop):
    """Somebody cancelled the Job."""

    code = "cancelled"


class RightsUnconfirmed(RestoreError):
    """A watermark was to be removed by somebody who has not confirmed that they may."""

    code = "rights_unconfirmed"
    again = False


class Superseded(Stop):
    """The file of the image was replaced meanwhile."""

    code = "superseded"
    again = False


class ImageGone(Stop):
    """The image was deleted meanwhile."""

    code = "image_gone"
    again = False


class LeaseLost(Stop):
    """Another worker has taken over this Job."""

    code = "lease_lost"
