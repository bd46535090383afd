"""The walkthrough: a shop with an unknown export, from a clone to its first statuses, at a real terminal.

``python -m local.walkthrough`` plays it against a local stack of its own and writes docs/walkthrough.md.
"""
