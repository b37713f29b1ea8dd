"""What a suite asks: its file, its samples, and the readers that find them in data that is never copied."""
