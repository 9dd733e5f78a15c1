# Written after Django's own.

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0006_known_mark_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='knownmark',
            name='changed_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text='When what is looked for, or where, was last given or changed.'),
        ),
    ]
