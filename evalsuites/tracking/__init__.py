"""Tracking: a run's record, told to platforms that people watch. Judges nothing and changes no answer."""
