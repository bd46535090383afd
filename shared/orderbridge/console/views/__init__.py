"""The views: a use case's answer as a page, a form as a request to a use case."""
