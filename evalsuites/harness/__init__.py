"""The harness: what turns suites of cases into a verdict that can be defended."""
