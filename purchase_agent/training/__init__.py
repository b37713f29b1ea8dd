"""Training of the shipped models. Needs the extra ``[train]`` (torch, transformers)."""
