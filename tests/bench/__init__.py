"""What the gateway adds to a call: CPU time, latency, time to the first token."""
