"""The loop: an event puts a key in the queue, a worker reconciles it. Knows the cluster through `KubeApi`."""
