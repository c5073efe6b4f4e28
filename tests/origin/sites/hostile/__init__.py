"""A site that means harm."""
