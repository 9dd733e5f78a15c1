"""Everything that an editor or an administrator sees of restoration in Wagtail's admin."""
