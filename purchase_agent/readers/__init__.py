"""Files of shoppers and of events, read a row at a time; a bad row is answered in its place."""
