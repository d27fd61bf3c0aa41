"""Give the Rust detector a Python face: settings in, events out as values of the model.

Here lives nothing else: evidence, techniques, patterns and groups are the Rust core's work, and packets reach
it from a sensor without passing through Python.
"""
