"""Google Ads lead forms: leads that the webhook of a lead form asset delivers with all their answers."""
