"""Contrastive text, written here, where the public data is thin or lopsided."""
