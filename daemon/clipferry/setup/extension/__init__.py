"""Install the extension into each browser: packed and named in a file, or loaded by hand."""
