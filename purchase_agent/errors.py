"""Every error this package raises on purpose.

    PurchaseAgentError
    ├── InputError          what was given cannot be used (the caller mends it)
    ├── ModelFileError      a shipped or trained model file is missing or damaged
    ├── MissingExtraError   an optional part is not installed
    ├── PromptError         a prompt file or an example of it is missing or cannot be used
    └── SettingsError       a setting is unknown or out of range

Each says what happened, where, and what to do; ``retryable`` is True where the same call may succeed later.
"""

from __future__ import annotations

from pathlib import Path


class PurchaseAgentError(Exception):
    """Base of all errors of this package.

    Args:
        message: what happened and where.
        hint: what to do about it, one sentence.
    """

    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InputError(PurchaseAgentError):
    """The input cannot be used as given. ``field`` names the place inside a record, where one is known."""

    def __init__(self, message: str, *, hint: str = "", field: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


class ModelFileError(PurchaseAgentError):
    """A model file is missing, is not what its card says, or cannot be read."""


class MissingExtraError(PurchaseAgentError):
    """An optional dependency is not installed; the hint is the exact command."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra [{extra}]", hint=f"pip install 'purchase-agent[{extra}]'")


class PromptError(PurchaseAgentError):
    """A prompt file, or an example for it, is missing or cannot be used; ``path`` and ``line`` (from 1) say where."""

    def __init__(self, message: str, *, path: Path | None = None, line: int | None = None, hint: str = "") -> None:
        place = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(place + message, hint=hint)
        self.path = path
        self.line = line


class StoreError(PurchaseAgentError):
    """The store is no store of this version, is in use elsewhere, or cannot be made or read."""


class SettingsError(PurchaseAgentError):
    """A setting is unknown or has a value that cannot be used."""
