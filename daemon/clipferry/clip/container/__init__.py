"""Container formats: parsing and writing. Pure."""
