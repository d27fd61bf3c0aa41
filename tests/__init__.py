"""Prove that scanwarden does what it says.

`unit` mirrors python/scanwarden, `property` states what holds for every input, `golden` holds captures with the
detections they must give, `e2e` runs the program in network namespaces (root). Not here: the tests of the Rust crates,
which sit beside their code.
"""
