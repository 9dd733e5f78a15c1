"""What is done to many images of the listing together: Wagtail's bulk actions, and the undoing of each."""
