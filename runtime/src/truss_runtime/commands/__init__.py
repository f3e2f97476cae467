"""The commands of the developer's desk, one module each: what looks at a model, writes one, or watches one.

A command's module is imported with the command line, so it imports what is heavy when it runs. None of them
is imported by the server.
"""
