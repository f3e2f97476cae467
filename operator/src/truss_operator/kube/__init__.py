"""The cluster, as the operator sees it: a few calls, typed errors, Events. Alone in importing the client."""
