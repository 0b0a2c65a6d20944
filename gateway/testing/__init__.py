"""The shipped test kit: what plugin authors, evaluation suites and the demo use in place of a provider."""
