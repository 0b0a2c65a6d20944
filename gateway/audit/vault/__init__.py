"""The content vault: bodies outside the log, each under the key of whom they are about.

``seal`` is the file format, ``keys`` who may open it, ``vault`` what is kept and read, ``erasure`` how a
person's key is destroyed, ``holds`` what must not be. Format and records: ``docs/spec/audit-log.md``.
"""
