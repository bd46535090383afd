"""Every function in a container of its real runtime, run by `sam local`."""
