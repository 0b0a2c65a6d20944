"""The commands of ``lictor evals``, one a file."""
