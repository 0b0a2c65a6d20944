"""ragas behind an adapter: its metrics, our calls. suites use ``adapter``, ``seam`` imports ragas."""
