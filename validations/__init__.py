"""Expectations that Dutch registries need, one file each, and the suites that more than one exchange shares."""
