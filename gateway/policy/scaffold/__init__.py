"""Bundles to start from: the shipped policies copied into a folder of the user's own, and kept up to date."""
