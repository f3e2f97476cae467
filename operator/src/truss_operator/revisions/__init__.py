"""Which revision runs, and what became of those before it. Pure: knows no cluster, client or clock."""
