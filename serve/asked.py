"""The error of a ``serve`` that was not asked rightly; a setting or a machine that is at fault is another."""

from __future__ import annotations

from purchase_agent.errors import SettingsError


class AskedWronglyError(SettingsError):
    """An option names what is not there, or has a value that cannot be used. The command then ends with status 2."""
