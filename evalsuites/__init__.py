"""The evaluation harness and the suites it runs."""
