"""In the settings of one's account: whether one gets the digest by mail, and how often."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab
from wagtail.admin.widgets import SwitchInput

from wagtail_restore.admin.permissions import may_use
from wagtail_restore.models import Digest
from wagtail_restore.notify.mail import zone_of


class DigestForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whether and how often; what is chosen anew counts from now on."""

    class Meta:
        model = Digest
        fields = ["asked", "rhythm"]
        widgets = {"asked": SwitchInput}

    def save(self, commit: bool = True) -> Digest:
        digest: Digest = self.instance
        if not self.has_changed():
            return digest
        now = timezone.now()
        columns = [*self.changed_data, "due_at"]
        if "asked" in self.changed_data:
            digest.told_until, digest.tries, digest.failures, digest.taken_at = now, 0, 0, None
            columns += ["told_until", "tries", "failures", "taken_at"]
        digest.due_at = digest.next_due(now, zone_of(digest.user))
        if commit and digest.pk is None:
            # Another tab may have switched it on since.
            names = {*columns, *self.cleaned_data, "told_until"}
            chosen = {name: getattr(digest, name) for name in names}
            digest, _made = Digest.objects.update_or_create(user=digest.user, defaults=chosen)
        elif commit:
            # A worker may have sent one since this row was read, and the other columns say so.
            digest.save(update_fields=columns)
        return digest


class DigestPanel(BaseSettingsPanel):
    """Among the notifications, for those who may ask for restoration."""

    name = "restorations"
    title = _("Restorations")
    tab = notifications_tab
    order = 200
    form_class = DigestForm

    def is_active(self) -> bool:
        return may_use(self.user)

    def get_form(self) -> DigestForm:
        data = self.request.POST if self.request.method == "POST" else None
        return DigestForm(data, instance=Digest.of(self.user), prefix=self.name)
