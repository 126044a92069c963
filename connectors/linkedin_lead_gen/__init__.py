"""LinkedIn Lead Gen Forms: responses of one owner's forms, pushed and polled through the Lead Sync API."""
