"""TikTok Lead Generation: leads of TikTok's forms and chats, pushed whole and signed."""
