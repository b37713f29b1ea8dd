"""Demand by item or category and week: what it is made of, how it did in the past, and what to reorder."""
