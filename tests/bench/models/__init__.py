"""What the classifiers cost: ``python -m tests.bench.models``."""
