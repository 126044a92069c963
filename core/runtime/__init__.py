"""What runs the stages: settings, registry, HTTP, scheduler, lanes, clock and secrets.

The only place where time, chance, the network and third-party connector code come in; everything below is handed them."""
