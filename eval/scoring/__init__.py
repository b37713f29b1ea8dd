"""How answers are scored: tasks, figures, the rows beside them, and what several samples say together."""
