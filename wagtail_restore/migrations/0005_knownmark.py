# Written after Django's own.

import django.db.models.deletion
import wagtail_restore.models.files
import wagtail_restore.models.known_marks
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0004_masktemplate'),
        ('wagtailcore', '0094_alter_page_locale'),
    ]

    operations = [
        migrations.CreateModel(
            name='KnownMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='What editors read when it was taken off.', max_length=100, unique=True, verbose_name='name')),
                ('active', models.BooleanField(default=True, help_text='Looked for wherever watermarks are cleaned up.', verbose_name='active')),
                ('picture', models.FileField(help_text='The mark alone, as a PNG or WebP on a transparent ground, in its own colours and at least as large as it stands on your pictures. Or, for a mark in white or black, a dark drawing of it on plain white.', max_length=255, storage=wagtail_restore.models.files.private_storage, upload_to=wagtail_restore.models.known_marks.place_of, verbose_name='picture of the mark')),
                ('collection', models.ForeignKey(help_text='With all collections inside it.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.collection', verbose_name='collection')),
            ],
            options={
                'verbose_name': 'known mark',
                'verbose_name_plural': 'known marks',
                'ordering': ['name'],
            },
        ),
    ]
