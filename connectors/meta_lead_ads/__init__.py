"""Meta Lead Ads: leads from the instant forms of one Facebook page, pushed and polled through the Graph API."""
