"""Hold the compiled Rust core and its types.

Here live `_native`, the extension module that the build puts beside this file, and `_native.pyi`, its complete
description. Not here: any logic. The box `detector` gives the core its Python face.
"""
