"""Take from a process what it will never need: files (Landlock) and system calls (seccomp).

What lives here: the two kernel interfaces, and the shape of what a part keeps. What does not: users and capabilities
(`daemon.privileges`). A kernel that lacks one of them is no error: `confine` says what is missing.
"""

from scanwarden.daemon.confinement.parts import EVERYTHING, Confines, confine

__all__ = ["EVERYTHING", "Confines", "confine"]
