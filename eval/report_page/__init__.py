"""The page of a report: run folders in, one HTML page out that needs no network and no other file."""
