"""A small local video site for ``clipferry demo`` and for the first-run page of ``setup``."""
