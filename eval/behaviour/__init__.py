"""The behaviour models beside their baselines on real event and purchase data."""
