"""Web forms: whatever a form, a form plugin or a script posts to an endpoint of its own."""
