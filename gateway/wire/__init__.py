"""Provider formats: bytes to segments, and edits of segments back to bytes. Pure; no I/O."""
