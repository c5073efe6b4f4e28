"""The file system: free space, folders held open, renames that never overwrite."""
