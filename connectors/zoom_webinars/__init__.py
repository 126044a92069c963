"""Zoom: people who register for webinars and meetings, pushed and polled, and who attended a webinar."""
