"""A real HTTP server that plays a language model with faults, for the tests of this package and of its users."""
