# Written after Django's own.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0008_known_mark_changed_at'),
    ]

    operations = [
        migrations.AlterField(
            model_name='resolutionrule',
            name='collection',
            field=models.ForeignKey(blank=True, help_text="With all collections inside it. Leave empty for the whole library, or, with a template, for the template's collection.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.collection', verbose_name='collection'),
        ),
    ]
