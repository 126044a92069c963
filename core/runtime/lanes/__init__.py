"""The lanes: the ordered work of one connection and direction, as `step(now) -> next due`, and who calls them."""
