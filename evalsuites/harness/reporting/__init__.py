"""Reports of a run, one rendering a file."""
