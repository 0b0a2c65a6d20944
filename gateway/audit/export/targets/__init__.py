"""Where exports go: one kind of place a file, behind ``base.Target``; ``opening`` knows them by address."""
