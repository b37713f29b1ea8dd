"""Predictors: evidence in, probabilities out. Batch first; no surface is known here."""
