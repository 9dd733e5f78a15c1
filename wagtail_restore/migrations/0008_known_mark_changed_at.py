# Written after Django's own.

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0007_template_rights'),
    ]

    operations = [
        migrations.AddField(
            model_name='knownmark',
            name='changed_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text='When what is looked for, or where, was last given or changed.'),
        ),
    ]
