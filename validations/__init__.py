"""Expectation suites that more than one exchange shares; an exchange's own suite lies in its folder."""
