"""Programs around a deployment: the account's limits, and the catalogues of texts."""
