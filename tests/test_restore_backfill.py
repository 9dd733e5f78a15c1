"""Cleaning up the library: what is erased from old images, and who has said that watermarks may go."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from wagtail.models import Collection, GroupCollectionPermission, ModelLogEntry

from wagtail_restore import backfill, jobs
from wagtail_restore.backfill import Selection
from wagtail_restore.imaging.planning import CleanUp, Note
from wagtail_restore.models import Job, RightsConfirmation, State
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

OURS = "The pictures are ours."


@pytest.fixture(autouse=True)
def statement(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": OURS}


@pytest.fixture
def anna(django_user_model: Any) -> Any:
    return may_change(django_user_model.objects.create_user("anna"), Collection.get_first_root_node())


def may_change(user: Any, collection: Collection) -> Any:
    group = Group.objects.create(name=f"{user.username} in {collection.name}")
    permission = Permission.objects.get(codename="change_image", content_type__app_label="wagtailimages")
    GroupCollectionPermission.objects.create(group=group, collection=collection, permission=permission)
    user.groups.add(group)
    return user


def run(**options: Any) -> tuple[list[str], list[str]]:
    out, err = io.StringIO(), io.StringIO()
    call_command("restore_backfill", stdout=out, stderr=err, **options)
    return out.getvalue().splitlines(), err.getvalue().splitlines()


def looked_for() -> list[list[str]]:
    return [job.steps.steps[0].params["detect"] for job in Job.objects.order_by("pk")]


def test_dates_are_cleaned_up_without_a_rule_and_without_a_question(redis: Any) -> None:
    make_image(), make_image()
    out, err = run(clean_up="dates")
    assert out[:2] == ["2 of 2 images will be restored: 0.0 megapixels.", "        2 for --clean-up alone"]
    assert (err, looked_for()) == ([], [["date"], ["date"]])


@pytest.mark.parametrize("kinds", ["marks", "text"])
def test_watermarks_stay_until_somebody_confirms_that_they_may_go(redis: Any, anna: Any, kinds: str) -> None:
    make_image()
    _, err = run(clean_up=kinds, user="anna")
    assert err == [
        "Only date stamps are erased: nobody has confirmed that watermarks may go.",
        "  The pictures are ours.",
        "Whoever can say so runs this with --rights-confirmed --user NAME.",
    ]
    assert (looked_for(), Job.objects.get().rights) == ([["date"]], {})
    assert not RightsConfirmation.objects.exists()


def test_a_named_user_confirms_and_every_job_and_the_log_tell_it(redis: Any, anna: Any) -> None:
    make_image()
    _, err = run(clean_up="marks", user="anna", rights_confirmed=True)
    assert err == ["anna confirms: The pictures are ours."]
    assert looked_for() == [["date", "watermark"]]
    job = Job.objects.get()
    assert (job.user, job.rights["name"], job.rights["statement"]) == (anna, "anna", OURS)
    entry = ModelLogEntry.objects.get(action="wagtail_restore.confirm_rights")
    assert (entry.user, entry.data) == (anna, {"statement": OURS, "through": "restore_backfill"})
    assert entry.message == "Confirmed the right to remove watermarks, through the command restore_backfill"


def test_nobody_confirms_for_images_that_they_may_not_change(redis: Any, django_user_model: Any) -> None:
    news = Collection.get_first_root_node().add_child(name="News")
    make_image(collection=news), make_image()
    django_user_model.objects.create_user("bob")
    may_change(django_user_model.objects.create_user("carla"), news)
    refusal = (
        "'{}' may not change all of these images, so they cannot confirm what may be removed from them. "
        "Name somebody who may, or narrow the selection with --collection."
    )
    for user, selected in (("bob", {}), ("bob", {"collection": "News"}), ("carla", {}), ("carla", {"dry_run": True})):
        with pytest.raises(CommandError) as refused:
            run(clean_up="marks", user=user, rights_confirmed=True, **selected)
        assert str(refused.value) == refusal.format(user)
    assert not RightsConfirmation.objects.exists() and not Job.objects.exists()
    run(clean_up="marks", user="carla", rights_confirmed=True, collection="News")
    assert (RightsConfirmation.objects.get().user.username, looked_for()) == ("carla", [["date", "watermark"]])
    with pytest.raises(CommandError) as refused:
        run(clean_up="marks", user="carla")  # what she confirmed for News says nothing of the others
    assert str(refused.value) == refusal.format("carla") and Job.objects.count() == 1
    run(clean_up="dates", user="carla")
    assert Job.objects.count() == 2, "dates are nobody's claim"


def test_json_tells_what_is_erased(redis: Any, anna: Any) -> None:
    make_image()

    def told(**options: Any) -> str:
        used: str = json.loads(run(json=True, dry_run=True, **options)[0][0])["clean_up"]
        return used

    assert told(clean_up="dates") == "dates"
    assert told(clean_up="marks", user="anna") == "dates", "nobody has confirmed that watermarks may go"
    assert told(clean_up="marks", user="anna", rights_confirmed=True) == "marks"


def test_who_confirmed_before_is_not_asked_again_until_the_words_change(redis: Any, anna: Any, settings: Any) -> None:
    run(clean_up="marks", user="anna", rights_confirmed=True)
    assert run(clean_up="marks", user="anna", dry_run=True)[1] == []
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The rights are cleared."}
    assert "  The rights are cleared." in run(clean_up="marks", user="anna", dry_run=True)[1]


def test_a_dry_run_confirms_nothing(anna: Any) -> None:
    run(clean_up="marks", user="anna", rights_confirmed=True, dry_run=True)
    assert not RightsConfirmation.objects.exists()


def test_a_site_without_a_statement_asks_nobody(redis: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": ""}
    make_image()
    assert (run(clean_up="marks")[1], looked_for()) == ([], [["date", "watermark"]])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"clean_up": "marks", "rights_confirmed": True}, "--rights-confirmed needs --user"),
        ({"clean_up": "dates", "rights_confirmed": True, "user": "anna"}, "and --clean-up marks or text"),
        ({"clean_up": "marks", "rights_confirmed": True, "user": "bob"}, "No active user is called 'bob'."),
    ],
)
def test_a_confirmation_needs_somebody_and_something(anna: Any, options: Any, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(**options)


def test_a_user_who_has_left_cannot_confirm(anna: Any) -> None:
    anna.is_active = False
    anna.save()
    with pytest.raises(CommandError, match="No active user is called 'anna'"):
        run(clean_up="marks", user="anna", rights_confirmed=True)


def test_the_rules_hold_beside_it(redis: Any, rule: Any) -> None:
    rule("Wide", min_width=65)
    Job.objects.all().delete()
    make_image(40, 30)
    Job.objects.all().delete()
    assert "        1 by the rule Wide" in run(clean_up="dates")[0]
    assert [step.kind for step in Job.objects.get().steps.steps] == ["erase", "upscale"]


def test_what_was_cleaned_up_is_cleaned_up_again_only_when_told(redis: Any) -> None:
    image = make_image()
    run(clean_up="dates")
    claimed = jobs.claim(Job.objects.get().pk, "worker")
    assert claimed is not None
    claimed.report = {"sha1": "a" * 40}
    claimed.save()
    jobs.finish(claimed, State.PUBLISHED, Note("published"))
    type(image).objects.filter(pk=image.pk).update(file_hash="a" * 40)
    assert backfill.survey(Selection(clean_up=CleanUp.DATES)).left == {"erased_before": 1}
    assert backfill.survey(Selection(clean_up=CleanUp.MARKS)).asked == 1, "dates are not watermarks"
    assert backfill.survey(Selection(clean_up=CleanUp.DATES, again=True)).asked == 1
