"""The one path to a language model: one deadline, one retry loop, one re-ask; ``client.ChatClient`` is its face."""
