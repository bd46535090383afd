"""Profiles from samples: ``check`` shows what a profile reads of one, ``suggest`` drafts a profile for one."""
