"""Whether a yt-dlp fits the packages that are installed beside it. Pure but for the question what is installed.

yt-dlp names what it works with in its wheel (core metadata, ``Requires-Dist``). What does not fit is never mixed: either it is
something that only yt-dlp uses, then it goes into the version's own folder, or the update is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .errors import UpdateRefused

OWN = frozenset(("yt-dlp-ejs", "certifi"))
"""Pure, without requirements of their own, and in a worker used by nobody but yt-dlp: its JavaScript part, and the list of
authorities that it falls back to."""
_EXTRAS = ("default",)


def installed(name: str) -> str | None:
    """The version of a package that is installed with clipferry; ``None``: it is not."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def beside(requires: Iterable[str], have: Callable[[str], str | None] = installed) -> list[str]:
    """Return what has to be installed into the version's folder with yt-dlp, as requirements.

    Args:
        requires: the wheel's ``Requires-Dist``.
        have: the installed version of a package.

    Raises:
        UpdateRefused: it needs something else than is installed, and that something is shared.
    """
    # without our deno there is another JavaScript runtime; the smoke test checks that one runs
    extras = (*_EXTRAS, "deno") if have("deno") else _EXTRAS
    own, missing = [], []
    for text in requires:
        try:
            asked = Requirement(text)
        except InvalidRequirement as error:
            raise UpdateRefused(detail=str(error)) from error
        if asked.marker is not None and not any(asked.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        version = have(asked.name)
        if version is not None and asked.specifier.contains(version, prereleases=True):
            continue
        if canonicalize_name(asked.name) in OWN:
            own.append(f"{asked.name}{asked.specifier}")
        else:
            missing.append(f"{asked.name} {asked.specifier}".strip() + f" (here: {version or 'none'})")
    if missing:
        raise UpdateRefused("needs", names=", ".join(missing))
    return own
