"""The clip engine: resolve, fetch, cut, prove, name and publish one clip. A library of its own: no job, no database, no web."""
