"""From a TrussModel to the manifests of its children. Pure: knows no cluster, no client and no status."""
