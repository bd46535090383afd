"""What several flows share, and the larger parts of one flow."""
