"""From what was observed of a TrussModel to its ``status``. Pure: knows no cluster, client or clock."""
