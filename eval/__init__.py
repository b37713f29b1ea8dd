"""The evaluation suite: cases, scorers and comparisons over the package, which never imports it back."""
