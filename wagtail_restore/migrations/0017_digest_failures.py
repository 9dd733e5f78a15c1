# How often in a row a digest could not be sent, told apart from how often the one at hand was tried.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0016_review_since'),
    ]

    operations = [
        migrations.AddField(
            model_name='digest',
            name='failures',
            field=models.PositiveIntegerField(default=0, help_text='How often in a row, since a mail last went out.'),
        ),
        migrations.AlterField(
            model_name='digest',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, help_text='How often this one could not be sent.'),
        ),
    ]
