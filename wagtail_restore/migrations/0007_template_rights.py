# Written after Django's own.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0006_known_mark_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='masktemplate',
            name='rights',
            field=models.JSONField(default=dict, editable=False, help_text='Who of those that saved it confirmed last that what it marks may go: name, time, words.'),
        ),
    ]
