"""What the harness refuses, with the place at fault."""


class UsageFault(Exception):
    """A suite, gate file or option that cannot be used. Ends the run with exit code 2, never silently."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message
