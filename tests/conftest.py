"""For all tests: examples are not timed, for how long one takes is up to whatever else the machine does."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
