# Written after Django's own: that a worker runs is told by its sign, not by what upkeep has done.

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0012_worker_signs'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='upkeeplock',
            name='finished_at',
        ),
    ]
