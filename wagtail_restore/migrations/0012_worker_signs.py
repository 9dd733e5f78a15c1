# Written after Django's own.

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('wagtail_restore', '0011_job_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkerSign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Host and process.', max_length=100, unique=True)),
                ('device', models.CharField(blank=True, max_length=100)),
                ('serves', models.JSONField(default=list, help_text='Which of our queues it answers: live, restore, bulk.')),
                ('loaded', models.JSONField(default=list, help_text='Aliases of the loaded Models.')),
                ('missing', models.JSONField(default=list, help_text='Aliases that rules or settings name, without weights there.')),
                ('memory', models.PositiveBigIntegerField(default=0, help_text='Bytes of main memory that the process takes.')),
                ('weights', models.PositiveBigIntegerField(default=0, help_text='Bytes that the loaded Models hold together.')),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'ordering': ['name'],
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['state', 'created_at'], name='restore_job_since'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['created_at', 'image_title', 'source_name'], name='restore_job_created'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['started_at', 'finished_at', 'state'], name='restore_job_started'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['user', 'created_at'], name='restore_job_user'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['rule', 'created_at'], name='restore_job_rule'),
        ),
    ]
