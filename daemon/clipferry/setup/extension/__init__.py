"""How the extension gets into each browser: packed, installed, or loaded by hand."""
