"""The life of an exchange, without I/O: it yields commands and is told their results."""
