"""Measurements against peers on the same work in the same run; ratios, not seconds, are what counts."""
