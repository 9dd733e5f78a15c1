# Written after Django's own.

import django.db.models.deletion
import wagtail_restore.models.files
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('wagtail_restore', '0002_job_mask'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='rights',
            field=models.JSONField(default=dict, help_text='Who confirmed that watermarks may go: name, time, words.'),
        ),
        migrations.AlterField(
            model_name='job',
            name='mask',
            field=models.FileField(blank=True, help_text='What a person painted over; gone when it ends, save for another try of what failed.', max_length=255, storage=wagtail_restore.models.files.private_storage, upload_to=''),
        ),
        migrations.CreateModel(
            name='RightsConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wording', models.CharField(max_length=64)),
                ('statement', models.TextField(help_text='The words in the language in which they were shown.')),
                ('confirmed_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('user', 'wording'), name='restore_rights_once')],
            },
        ),
    ]
