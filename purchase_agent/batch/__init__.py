"""Batch scoring: plan -> read and spill -> score a partition -> commit its part -> merge; each step a plain function.

Every step leaves a file that is complete or absent, so that a run may end at any moment and be taken up again.
"""
