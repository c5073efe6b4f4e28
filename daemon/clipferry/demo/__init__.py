"""A small video site on this computer: for ``clipferry demo``, which takes a clip from it, and for the first-run page of ``setup``."""
