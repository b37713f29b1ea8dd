"""Benchmarks: what the package costs in time, memory and size."""
