"""State what holds for every input, with hypothesis: ceilings hold, order in a burst does not matter, oracles agree."""
