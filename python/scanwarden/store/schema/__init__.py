"""Hold the versions of the schema, one SQL file each; a file that was released never changes."""
