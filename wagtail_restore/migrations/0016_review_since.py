# When a result began to await a person, and when a backfill last looked for images; the chat is told by these.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0015_notices'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='review_since',
            field=models.DateTimeField(help_text='When its Result began to await a person.', null=True),
        ),
        migrations.AddField(
            model_name='bulletin',
            name='asking_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RemoveField(
            model_name='bulletin',
            name='newest_review',
        ),
        migrations.RemoveField(
            model_name='bulletin',
            name='reviews',
        ),
    ]
