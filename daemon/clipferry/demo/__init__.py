"""``clipferry demo``: a small video site on this computer, and a clip taken from it the whole way a clip goes."""
