"""One use case per file, named like its function. They take ports and decide nothing: the domain decides."""
