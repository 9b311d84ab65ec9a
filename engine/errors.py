"""The two kinds of failure. This file knows the kinds, not how they are shown."""


class UserError(Exception):
    """Something the person can put right: one sentence that says what, and a hint that says what to do.

    Everything that is not a `UserError` is a bug of ours and ends in a report.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
