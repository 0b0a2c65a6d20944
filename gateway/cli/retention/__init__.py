"""``lictor audit prune`` and ``lictor audit hold``: what stays of a log, and how long."""
