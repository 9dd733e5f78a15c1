"""What the mask editor says while one paints, for its script."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, str]:
    """Each sentence by the name that the script knows it by."""
    return {
        "brush": pgettext("tool", "Brush"),
        "eraser": pgettext("tool", "Eraser"),
        "rectangle": pgettext("tool", "Rectangle"),
        "lasso": pgettext("tool", "Lasso"),
        "smart": _("Smart select: draw roughly over an object, or a loop around it."),
        "selecting": _("Looking for the object…"),
        "down": _("Begun. Move with the arrow keys; Space or Enter ends it, Escape drops it."),
        "painted": _("Marked."),
        "erased": _("Taken off the mark."),
        "abandoned": _("Dropped."),
        "undone": _("Undone."),
        "redone": _("Done again."),
        "cleared": _("All marks cleared. You can undo this."),
        "waiting": _("What you marked is sent once the worker has answered. Escape or Undo stops that."),
        "unsettled": _("The object is still being looked for. Save the template once it is marked."),
        "again": _("Try again"),
        "asItIs": _("Use as it is"),
        "undecided": _("Decide first over the stroke that is drawn dashed: try again, use it as it is, or drop it."),
        "sending": _("Sending what you marked…"),
        "offline": _("The server did not answer. What you marked is still here; send it again in a moment."),
        "trouble": _(
            "This browser could not send what you marked. It is still here; try again, or mark it in another browser."
        ),
        "gone": _("This image is not there any more."),
        "large": _("What you marked takes more than this site lets through. Mark less at once."),
        "login": _("You are no longer logged in. Log in again in another tab, then send it again here."),
        "finding": _("Looking for text and dates…"),
        "stillAsking": _("Still waiting for a worker. You can go on painting meanwhile."),
        "behind": _("The worker answers another question first. You can go on painting meanwhile."),
        "started": _("The worker is at it. You can go on painting meanwhile."),
        "unanswered": _("No worker answers just now. Mark it with the brush instead, or try again."),
        "stillBehind": _(
            "The worker is still busy with other questions. Mark it with the brush instead, or try again."
        ),
        "unfinished": _("The worker needs too long for this. Mark it with the brush instead, or try again."),
        "left": _("You left the page, and nobody waited for the answer. Try again."),
        "findOffline": _("The server did not answer. Try again in a moment."),
        "findLogin": _("You are no longer logged in. Log in again in another tab, then try again here."),
        "kept": _("Marked again: {text}."),
        "dropped": _("Dropped: {text}."),
        "count": _("Finds marked: {marked} of {all}."),
    }
