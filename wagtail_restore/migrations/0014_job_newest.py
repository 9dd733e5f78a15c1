# The report in the order in which it is listed, what may be tried again by whom, and what waits by which rule.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0013_upkeep_lock'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='job',
            name='restore_job_created',
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['created_at', 'id', 'image_title', 'source_name'], name='restore_job_created'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['user', 'state', 'may_retry', 'id'], name='restore_job_again'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['state', 'rule'], name='restore_job_going'),
        ),
    ]
