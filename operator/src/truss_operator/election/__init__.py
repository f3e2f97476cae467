"""Which of several operator processes works: the holder of one Lease. Knows no TrussModels."""
