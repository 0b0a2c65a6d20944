"""Audit reports built from recorded evidence."""
