"""Gates: what a run must show, as data, and whether it did."""
