"""The user's Model: found, imported, built and described. Knows no server and no socket."""
