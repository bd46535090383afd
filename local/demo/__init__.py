"""The demonstration: sample orders from arrival to end, played through the whole product."""
