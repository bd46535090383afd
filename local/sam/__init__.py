"""Every function in a container of its real runtime, by `sam local`."""
