# Written after Django's own.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0009_rule_collection_help'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='origin',
            field=models.CharField(choices=[('upload', 'Upload'), ('edit', 'Edit page'), ('listing', 'Image listing'), ('backfill', 'Backfill'), ('code', "The site's code"), ('retry', 'Tried again')], default='upload', max_length=16, verbose_name='asked for by'),
        ),
    ]
