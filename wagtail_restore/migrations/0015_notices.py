# Written after Django's own.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0014_job_newest'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bulletin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('told_until', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('reviews', models.PositiveIntegerField(default=0)),
                ('newest_review', models.DateTimeField(null=True)),
                ('backfill_since', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='How often in a row a message was not taken.')),
                ('trouble', models.CharField(blank=True, help_text='Why, without the address, which is a secret.', max_length=100)),
                ('not_before', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked', models.BooleanField(default=False, help_text='Receive a mail with what was restored for you, what awaits your decision and what failed. Where there is nothing to tell, none is sent.', verbose_name='digest of restorations')),
                ('rhythm', models.CharField(choices=[('daily', 'Every day'), ('weekly', 'Every Monday')], default='daily', help_text='In the morning.', max_length=8, verbose_name='how often')),
                ('told_until', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='How often in a row the mail could not be sent.')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['asked', 'due_at'], name='restore_digest_due')],
            },
        ),
    ]
