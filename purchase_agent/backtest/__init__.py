"""What the models in use would have said at past moments, beside simple baselines and what then happened."""
