"""Serving a model: vLLM started with the right flags, watched, started again and stopped cleanly.

The room imports the package, never the reverse, and knows vLLM only as a process that it starts and speaks to.
"""
