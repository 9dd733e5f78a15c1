# Written after Django's own.

import wagtail_restore.models.files
import wagtail_restore.models.known_marks
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0005_knownmark'),
    ]

    operations = [
        migrations.AddField(
            model_name='knownmark',
            name='words',
            field=models.CharField(blank=True, help_text='For a mark that is one line of writing, like “© Example Agency”: it is taken off wherever just these words stand on a line, also where nothing shines through them.', max_length=200, verbose_name='words of the mark'),
        ),
        migrations.AlterField(
            model_name='knownmark',
            name='picture',
            field=models.FileField(blank=True, help_text='The mark alone, as a PNG or WebP on a transparent ground, in its own colours and at least as large as it stands on your pictures. Or, for a mark in white or black, a dark drawing of it on plain white.', max_length=255, storage=wagtail_restore.models.files.private_storage, upload_to=wagtail_restore.models.known_marks.place_of, verbose_name='picture of the mark'),
        ),
    ]
