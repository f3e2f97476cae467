"""The commands, one a file: each asks the cluster through kubectl and prints what it finds."""
