"""The checks of ``clipferry doctor``, one file for each part of the chain."""
