"""What the page *Restore* says while one chooses and previews, for its script."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Each sentence by the name that the script knows it by."""
    return {
        "previewing": _("Making the preview…"),
        "stillAsking": _("Still waiting for a worker. You can change the options meanwhile."),
        "behind": _("The worker answers another question first. You can change the options meanwhile."),
        "started": _("The worker is making the preview. You can change the options meanwhile."),
        "unanswered": unanswered(),
        "stillBehind": _(
            "The worker is still busy with other questions. Try again in a moment, or restore the picture without a "
            "preview."
        ),
        "unfinished": _("The worker needs too long for this preview. Try again, or restore the picture without one."),
        "left": _("You left the page, and nobody waited for the answer. Try again."),
        "offline": _("The server did not answer. Try again in a moment."),
        "login": _("You are no longer logged in. Log in again in another tab, then try again here."),
        "gone": _("This image is not there any more."),
        "large": _("The server did not answer. Try again in a moment."),
        "place": _("The square begins at {x}, {y}."),
    }


def unanswered() -> str:
    """Where no worker answers."""
    return _("No worker answers just now. Try again in a moment, or restore the picture without a preview.")


def replaced() -> str:
    """Where the image has another file by now."""
    return _(
        "The picture was replaced since you opened this page. Open the page again to see what would be made of it."
    )
