# "Both" said not of what.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_restore', '0017_digest_failures'),
    ]

    operations = [
        migrations.AlterField(
            model_name='resolutionrule',
            name='applies_to',
            field=models.CharField(choices=[('uploads', 'New uploads'), ('backfill', 'Images already in the library (backfill)'), ('both', 'Uploads and library')], default='both', max_length=16, verbose_name='applies to'),
        ),
    ]
