"""Write what scanwarden has to say to where it is wanted: one file each.

A sink knows no other sink, and a slow or broken one holds up nobody: it drops and counts. Not here: how a record looks,
which is `formats`', and what is worth telling.
"""
