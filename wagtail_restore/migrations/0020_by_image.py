# The rows of one image are found by an index, however many images there are.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('wagtail_restore', '0019_taken_at'),
    ]

    operations = [
        # First, for MySQL lets no index of a foreign key go before there is another.
        migrations.AddIndex(
            model_name='retired',
            index=models.Index(fields=['content_type', 'object_id'], name='restore_retired_image'),
        ),
        migrations.AddIndex(
            model_name='version',
            index=models.Index(fields=['content_type', 'object_id', '-created_at'], name='restore_version_image'),
        ),
        migrations.AlterField(
            model_name='imagefacts',
            name='content_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AlterField(
            model_name='job',
            name='content_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AlterField(
            model_name='retired',
            name='content_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AlterField(
            model_name='version',
            name='content_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype'),
        ),
    ]
