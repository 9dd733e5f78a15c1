"""Bring the images that are in the library already up to the standard of the rules."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext
from tqdm import tqdm
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore import backfill, rights
from wagtail_restore.admin import permissions
from wagtail_restore.conf import conf
from wagtail_restore.imaging.planning import DETECT, CleanUp
from wagtail_restore.management.bar import AsItIs
from wagtail_restore.models import ResolutionRule


class Command(BaseCommand):
    help = "Asks for every image of the library that an active rule for the backfill touches. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", metavar="R", help="Only this rule (name or number).")
        parser.add_argument("--collection", metavar="C", help="Only this collection and those in it (name or number).")
        parser.add_argument("--narrower-than", type=int, metavar="PX", help="Only images narrower than this.")
        parser.add_argument("--first-id", metavar="ID", help="Only images from this number on.")
        parser.add_argument("--last-id", metavar="ID", help="Only images up to this number.")
        parser.add_argument(
            "--clean-up", choices=[c.value for c in CleanUp if c is not CleanUp.OFF], help="Also erase this from each."
        )
        parser.add_argument("--user", metavar="NAME", help="Who asks; who has confirmed that watermarks may go.")
        parser.add_argument(
            "--rights-confirmed",
            action="store_true",
            help="The user confirms the site's statement on watermarks (RIGHTS_STATEMENT); it is printed and logged.",
        )
        parser.add_argument("--limit", type=int, metavar="N", help="Ask for at most so many.")
        parser.add_argument(
            "--again", action="store_true", help="Also those that failed, were discarded or taken back."
        )
        parser.add_argument("--dry-run", action="store_true", help="Only count, and estimate the time.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON document.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = _user(options["user"])
        selection = backfill.Selection(
            rule=_one(ResolutionRule, "rule", options["rule"]),
            collection=_collection(options["collection"]),
            narrower_than=options["narrower_than"],
            first_id=_key(options["first_id"]),
            last_id=_key(options["last_id"]),
            again=options["again"],
        )
        selection = replace(selection, clean_up=self._clean_up(selection, user, options))
        if (
            not options["clean_up"]
            and not ResolutionRule.objects.filter(active=True).exclude(applies_to="uploads").exists()
        ):
            raise CommandError("No active rule applies to the backfill. Add one under Settings → Resolution rules.")
        silent = options["json"] or None  # None: where no terminal shows it
        bar = tqdm(total=selection.images().count(), unit="image", disable=silent, file=AsItIs(self.stderr))
        with bar:
            if options["dry_run"]:
                tally = backfill.survey(selection, seen=bar.update)
            else:
                tally = backfill.ask(selection, limit=options["limit"], by=user, seen=bar.update)
        self._print(tally, selection.clean_up, options)

    def _clean_up(self, selection: backfill.Selection, user: Any, options: dict[str, Any]) -> CleanUp:
        """What may be erased: without the user's confirmation only dates, whatever else was asked for."""
        wanted = CleanUp(options["clean_up"] or CleanUp.OFF)
        if options["rights_confirmed"] and (user is None or rights.MARK not in DETECT[wanted]):
            raise CommandError("--rights-confirmed needs --user, and --clean-up marks or text.")
        asking = rights.asked_of(user)
        vouches = rights.MARK in DETECT[wanted] and (options["rights_confirmed"] or asking.confirmed_at)
        if vouches and not permissions.may_change_all(user, selection.images()):
            raise CommandError(
                f"{user.get_username()!r} may not change all of these images, so they cannot confirm what may be "
                "removed from them. Name somebody who may, or narrow the selection with --collection."
            )
        if rights.MARK not in DETECT[wanted] or not conf.RIGHTS_STATEMENT:
            return wanted
        if asking.confirmed_at:
            return wanted
        statement = gettext(conf.RIGHTS_STATEMENT)
        if not options["rights_confirmed"]:
            self.stderr.write(
                f"Only date stamps are erased: nobody has confirmed that watermarks may go.\n  {statement}"
            )
            self.stderr.write("Whoever can say so runs this with --rights-confirmed --user NAME.")
            return CleanUp.DATES
        self.stderr.write(f"{user.get_username()} confirms: {statement}")
        if not options["dry_run"]:
            rights.confirm(user, through="restore_backfill")
        return wanted

    def _print(self, tally: backfill.Tally, clean_up: CleanUp, options: dict[str, Any]) -> None:
        speed = backfill.throughput()
        seconds = tally.megapixels / speed if speed else None
        if options["json"]:
            told = {
                "dry_run": options["dry_run"],
                "clean_up": clean_up,
                "seen": tally.seen,
                "asked": 0 if options["dry_run"] else tally.asked,
                "touched": tally.asked,
                "megapixels": round(tally.megapixels, 3),
                "by_rule": dict(tally.by_rule),
                "left": dict(tally.left),
                "seconds": round(seconds, 1) if seconds is not None else None,
            }
            self.stdout.write(json.dumps(told))
            return
        verb = "would be restored" if options["dry_run"] else "will be restored"
        self.stdout.write(f"{tally.asked} of {tally.seen} images {verb}: {tally.megapixels:.1f} megapixels.")
        for rule, count in tally.by_rule.most_common():
            self.stdout.write(f"  {count:>7} by the rule {rule}" if rule else f"  {count:>7} for --clean-up alone")
        for reason, count in tally.left.most_common():
            self.stdout.write(f"  {count:>7} left alone: {REASONS.get(reason, reason)}")
        if tally.asked:
            self.stdout.write(_duration(seconds))


REASONS = {
    "nothing_asked": "no rule touches them",
    "large_enough": "large enough",
    "wide_enough": "wider than asked",
    "under_way": "a job is under way",
    "said_no": "somebody took the result back (--again takes them too)",
    "asked_before": "asked for before (--again takes them too)",
    "nothing_to_clean": "the template does not lie on them",
    "erased_before": "what is to be erased was erased before",
    "animated": "animations",
    "vector": "vector drawings",
}


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "How long it takes is not known yet: no picture has been restored on this site."
    hours, rest = divmod(round(seconds), 3600)
    return f"About {hours} h {rest // 60} min {rest % 60} s on one worker, by what this site has measured."


def _one(model: Any, word: str, given: str | None) -> int | None:
    if given is None:
        return None
    found = model.objects.filter(pk=int(given)) if given.isdigit() else model.objects.filter(name=given)
    keys = list(found.values_list("pk", flat=True)[:2])
    if len(keys) != 1:
        names = ", ".join(str(name) for name in model.objects.values_list("name", flat=True)[:20])
        raise CommandError(f"{'Several' if keys else 'No'} {word}s are called {given!r}. There are: {names or 'none'}.")
    return int(keys[0])


def _user(given: str | None) -> Any:
    if given is None:
        return None
    model = get_user_model()
    found = model._default_manager.filter(**{model.USERNAME_FIELD: given}, is_active=True).first()
    if found is None:
        raise CommandError(f"No active user is called {given!r}.")
    return found


def _collection(given: str | None) -> Collection | None:
    key = _one(Collection, "collection", given)
    return Collection.objects.get(pk=key) if key is not None else None


def _key(given: str | None) -> Any:
    if given is None:
        return None
    try:
        return get_image_model()._meta.pk.to_python(given)
    except ValidationError as error:
        raise CommandError(f"{given!r} is not the number of an image.") from error
