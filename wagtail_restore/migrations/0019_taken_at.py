# Since when a digest, or the message to the chat, is being sent: what a worker died over is not taken for told.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0018_rule_applies_to'),
    ]

    operations = [
        migrations.AddField(
            model_name='digest',
            name='taken_at',
            field=models.DateTimeField(help_text='When somebody began to send it; null once it is known what came of it.', null=True),
        ),
        migrations.AddField(
            model_name='bulletin',
            name='taken_at',
            field=models.DateTimeField(help_text='When somebody began to post; null once it is known what came of it.', null=True),
        ),
    ]
