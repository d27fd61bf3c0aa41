"""Declare the options: one file per table of the configuration, found by its presence.

To add a section, add a file with a struct under `@section("name", rank=…)`. Its docstring and the
`Meta` of its fields become the reference page, the example file and the JSON Schema; ranks order
them. Nothing here acts on a setting.
"""
