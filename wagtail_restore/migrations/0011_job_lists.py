# Written after Django's own: what is listed by state, in the order in which it is listed.

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('wagtail_restore', '0010_job_listing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Working'), ('review', 'Under review'), ('published', 'Published'), ('kept', 'Nothing to do'), ('skipped', 'Skipped'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('superseded', 'Superseded'), ('discarded', 'Discarded'), ('withdrawn', 'Withdrawn')], default='waiting', max_length=16, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['state', 'id'], name='restore_job_oldest'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['state', 'finished_at'], name='restore_job_finished'),
        ),
    ]
