"""When the next purchase comes, from the days of the purchases before: statistics in closed form."""
