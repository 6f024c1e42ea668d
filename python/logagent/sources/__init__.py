"""Sources that are no files: each runs in a thread of its own and feeds lines to the engine."""
