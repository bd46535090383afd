"""The demonstration: the lives of sample orders, played through the whole product."""
