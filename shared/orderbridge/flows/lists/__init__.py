"""The marketplace's lists beside our records."""
