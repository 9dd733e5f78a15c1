"""The report of all Jobs, and the page of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Collection, GroupCollectionPermission

from tests.admin.conftest import REPORT as REPORT_OF_JOB
from tests.admin.conftest import browser, person
from wagtail_restore import jobs
from wagtail_restore.imaging.planning import Note, Upscale, Wishes
from wagtail_restore.models import Job, WorkerSign
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]
REPORT = "/admin/restore/report/"


@pytest.fixture
def reader(db: Any) -> Client:
    """Somebody who may read the report."""
    return browser(person("reader", "view_job"))


def titles(response: Any) -> list[str]:
    return [job.image_title for job in response.context["object_list"]]


def test_an_empty_report_says_what_it_is_for(reader: Client) -> None:
    assert "Nothing has been restored yet." in reader.get(REPORT).content.decode()


def test_filters_that_fit_nothing_say_so(reader: Client, job_in: MakeJob) -> None:
    job_in("kept")
    assert "No restoration fits these filters." in reader.get(REPORT, {"state": "failed"}).content.decode()


def test_a_row_tells_who_which_rule_how_long_and_from_what_to_what(
    reader: Client, published: Job, make_rule: Callable[..., Any]
) -> None:
    published.changed(rule=make_rule(name="Photos in News"))
    page = reader.get(REPORT).content.decode()
    for word in ("Picture", "Published", "admin", "Photos in News", "1.5", "64 × 48 → 128 × 96"):
        assert word in page
    assert f'href="/admin/images/{published.object_id}/"' in page
    assert f'href="/admin/restore/report/{published.pk}/"' in page


def test_a_deleted_image_leaves_its_row(reader: Client, image: Any, published: Job) -> None:
    image.delete()
    page = reader.get(REPORT).content.decode()
    assert "Deleted" in page
    assert reader.get(f"{REPORT}{published.pk}/").status_code == 200


def test_the_report_can_be_filtered_by_state(reader: Client, job_in: MakeJob) -> None:
    job_in("failed")
    other = make_image(title="Another")
    jobs.record(other, "kept", Note("large_enough"), wishes=Wishes(), origin="upload")
    assert titles(reader.get(REPORT, {"state": ["failed"]})) == ["Picture"]
    assert sorted(titles(reader.get(REPORT, {"state": ["failed", "kept"]}))) == ["Another", "Picture"]
    assert titles(reader.get(f"{REPORT}results/", {"origin": "upload"})) == ["Another"]


def test_the_report_takes_as_many_queries_for_many_as_for_few(
    reader: Client, job_in: MakeJob, django_assert_max_num_queries: Any
) -> None:
    job_in("kept")
    reader.get(REPORT)
    for number in range(6):
        other = make_image(title=f"Image {number}")
        jobs.record(other, "kept", Note("large_enough"), wishes=Wishes(upscale=Upscale.X2), origin="upload")
    reader.get(REPORT)
    with django_assert_max_num_queries(32):
        assert len(titles(reader.get(REPORT))) == 7


def test_the_report_can_be_exported(reader: Client, job_in: MakeJob) -> None:
    job_in("failed")
    lines = b"".join(reader.get(REPORT, {"export": "csv"}).streaming_content).decode().splitlines()
    assert (
        lines[0]
        == "Number,Image,State,Reason,Asked for through,User,Rule,Asked for,Finished,File,Model,Megapixels,Seconds"
    )
    assert (
        ',Picture,failed,"The worker ran out of memory. Try again later, or ask for a smaller size.",edit,' in lines[1]
    )


def test_the_page_of_a_job_holds_the_traceback(reader: Client, job_in: MakeJob) -> None:
    job = job_in("failed")
    page = reader.get(f"{REPORT}{job.pk}/").content.decode()
    for word in ("Traceback: the card caught fire", "worker-1", "ran out of memory", "Upscale to 128 × 96"):
        assert word in page


def test_the_page_of_a_job_tells_what_was_done(reader: Client, published: Job) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", reader.get(f"{REPORT}{published.pk}/").content.decode()).split())
    assert "To do Upscale to 128 × 96. Asked for by admin." in page
    assert "Upscaling with the model “compact-x2” Size 64 × 48 → 128 × 96 Time 1.5 seconds (cpu)" in page
    assert "Consistency 38.2 dB" in page


def test_the_page_of_a_second_try_leads_to_the_first(reader: Client, job_in: MakeJob, admin_user: Any) -> None:
    first = job_in("failed")
    again = jobs.retry(first, admin_user)
    assert again is not None
    assert f'href="{REPORT}{first.pk}/">#{first.pk}<' in reader.get(f"{REPORT}{again.pk}/").content.decode()


@pytest.mark.parametrize("address", ["", "results/", "{pk}/"])
def test_the_report_is_for_those_who_may_view_jobs(editor: Client, job_in: MakeJob, address: str) -> None:
    job = job_in("failed")
    response = editor.get(REPORT + address.format(pk=job.pk))
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_the_menu_shows_the_report_to_those_who_may_read_it(reader: Client, editor: Client) -> None:
    assert REPORT in reader.get("/admin/").content.decode()
    assert REPORT not in editor.get("/admin/").content.decode()


def test_reading_the_report_gives_no_right_on_images(job_in: MakeJob) -> None:
    job = job_in("review")
    outsider = browser(person("outsider", "view_job", images=()))
    page = outsider.get(REPORT).content.decode()
    assert f'href="/admin/images/{job.object_id}/"' not in page
    assert outsider.get(f"/admin/restore/job/{job.pk}/result/").status_code == 302


def sign(**values: Any) -> WorkerSign:
    now = timezone.now()
    given = {"name": "gpu-1:7", "serves": ["restore"], "started_at": now, "seen_at": now, **values}
    return WorkerSign.objects.create(**given)


def test_the_report_is_searched_by_title_and_file(reader: Client, job_in: MakeJob) -> None:
    job_in("kept")
    other = make_image(title="Harbour at dawn", name="dsc_4711.jpg")
    jobs.record(other, "kept", Note("large_enough"), wishes=Wishes(), origin="upload")
    for words in ("harbour", "DSC_47"):
        assert titles(reader.get(REPORT, {"q": words})) == ["Harbour at dawn"]
        assert titles(reader.get(f"{REPORT}results/", {"q": words})) == ["Harbour at dawn"]
    assert titles(reader.get(REPORT, {"q": "dawn", "state": "failed"})) == []
    exported = b"".join(reader.get(REPORT, {"q": "dawn", "export": "csv"}).streaming_content).decode()
    assert exported.count("\n") == 2


def test_the_report_is_filtered_by_collection_by_who_asked_and_by_reason(
    admin: Client, job_in: MakeJob, news: Collection
) -> None:
    job_in("failed")
    inside = make_image(title="Inside", collection=news.add_child(name="Sports"))
    somebody = person("somebody", "use_restore")
    jobs.record(inside, "failed", Note("timed_out", {"seconds": 9}), wishes=Wishes(), by=somebody, origin="upload")
    assert titles(admin.get(REPORT, {"collection": news.pk})) == ["Inside"]
    assert titles(admin.get(REPORT, {"user": somebody.pk})) == ["Inside"]
    assert titles(admin.get(REPORT, {"reason": "out_of_memory"})) == ["Picture"]
    person("nobody")
    asking = admin.get(REPORT, {"collection": news.pk}).context["filters"].form["user"]
    assert [str(choice) for value, choice in asking.field.choices if value] == ["admin", "somebody"]


def test_only_collections_that_one_may_look_into_are_offered(job_in: MakeJob, news: Collection) -> None:
    job_in("kept")
    outsider = browser(person("outsider", "view_job", images=()))
    assert "News" not in outsider.get(REPORT).text
    chooser = person("chooser", "view_job", images=("choose",))
    GroupCollectionPermission.objects.filter(group__name="chooser").update(collection=news)
    assert "News" in browser(chooser).get(REPORT).text


def test_a_row_tells_the_reason_the_model_and_the_megapixels(reader: Client, job_in: MakeJob) -> None:
    job_in("failed")
    words = " ".join(re.sub(r"<[^>]+>", " ", reader.get(f"{REPORT}results/").text).split())
    assert "Failed The worker ran out of memory." in words
    other = make_image(title="Done")
    job = jobs.record(other, "published", Note("published"), wishes=Wishes(), origin="upload")
    steps = [{"kind": "erase", "model": "erase-compact"}, *REPORT_OF_JOB["steps"], {"kind": "face"}]
    job.changed(report={**REPORT_OF_JOB, "to": [3000, 2000], "steps": steps})
    words = " ".join(re.sub(r"<[^>]+>", " ", reader.get(f"{REPORT}results/").text).split())
    assert "erase-compact, compact-x2 6.0 64 × 48 → 3000 × 2000 1.5" in words
    lines = b"".join(reader.get(REPORT, {"export": "csv"}).streaming_content).decode().splitlines()
    assert lines[1].endswith(',"erase-compact, compact-x2",6.0,1.5')
    assert reader.get(REPORT, {"export": "xlsx"}).status_code == 200


def test_the_order_of_the_table_can_be_turned(reader: Client, job_in: MakeJob) -> None:
    job_in("kept")
    jobs.record(make_image(title="Later"), "kept", Note("large_enough"), wishes=Wishes(), origin="upload")
    assert titles(reader.get(REPORT)) == ["Later", "Picture"]
    assert titles(reader.get(REPORT, {"ordering": "created_at"})) == ["Picture", "Later"]


def test_days_are_chosen_with_the_calendar_of_the_browser(reader: Client, job_in: MakeJob) -> None:
    Job.objects.filter(pk=job_in("kept").pk).update(created_at=timezone.now() - timedelta(days=9))
    jobs.record(make_image(title="Later"), "kept", Note("large_enough"), wishes=Wishes(), origin="upload")
    day = (timezone.localtime() - timedelta(days=5)).date().isoformat()
    assert titles(reader.get(REPORT, {"created_at_from": day})) == ["Later"]
    assert titles(reader.get(REPORT, {"created_at_to": day})) == ["Picture"]
    page = reader.get(REPORT, {"created_at_from": day}, headers={"accept-language": "de"}).text
    assert re.search(rf'<input type="date" name="created_at_from" value="{day}"', page)


def test_above_the_table_stand_matters_charts_and_workers(reader: Client, job_in: MakeJob) -> None:
    job = job_in("running")
    page = reader.get(REPORT).text
    assert "No worker is running" in page and 'id="workers-section"' not in page
    sign(name=job.worker, device="cuda:0", loaded=["compact-x2"], memory=1_200_000_000, weights=64_000_000)
    sign(name="live:8", serves=["live"])
    sign(name="gone:9", seen_at=timezone.now() - timedelta(hours=1))
    page = reader.get(REPORT).text
    assert "What needs attention" not in page and "gone:9" not in page
    words = " ".join(re.sub(r"<[^>]+>", " ", page.split('id="workers-section"')[1].split("</table>")[0]).split())
    assert "worker-1 cuda:0 Picture compact-x2 1.1 GB 61.0 MB of models 0 minutes" in words.replace("\xa0", " ")
    assert "live:8 — Live requests" in words
    desk = page.split("restore-desk")[1].split("listing-results")[0]
    assert desk.count("<desc") == 2 and "style=" not in desk and "<script" not in desk
    assert "restore-desk" not in reader.get(f"{REPORT}results/").text


def test_what_stands_above_takes_as_many_queries_for_many_jobs_and_workers_as_for_few(
    reader: Client, job_in: MakeJob
) -> None:
    job_in("running")

    def ask() -> int:
        with CaptureQueriesContext(connection) as caught:
            reader.get(REPORT, {"state": "cancelled"})
        return len(caught)

    sign(name="worker-0", missing=["hat"])
    ask()
    few = ask()
    for number in range(8):
        sign(name=f"worker-{number + 1}", missing=["hat", f"model {number}"])
        jobs.record(make_image(), "failed", Note("timed_out"), wishes=Wishes(), origin="upload")
    assert ask() == few
