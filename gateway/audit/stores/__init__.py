"""Where a log lives: on local disk, in PostgreSQL, or behind an S3-compatible interface.

A *source* reads what is published, and a *store* is a source that can also be written. Everything about the
tree, about signatures and about records is outside of here and the same for all of them.
"""
