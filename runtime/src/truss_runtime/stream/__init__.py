"""Streamed answers: where chunks come from, how they are framed, how they are sent."""
