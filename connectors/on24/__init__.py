"""ON24: people who register for webinars, and what they did there."""
