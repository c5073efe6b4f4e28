"""Bitstreams: headers and parameter sets of each codec. Pure."""
