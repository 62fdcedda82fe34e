"""What the stories here share beside story.py."""

import pytest
from story import Story


@pytest.fixture
def story(started):
    """story(size=3, workers=2): a Story that begins with everybody healthy."""
    return lambda *args, **options: Story(started, *args, **options)
