"""Open log files that only root may read, and hand them to the sensor.

What lives here: the process that may read what others may not, and the sensor's side of asking it. What does not:
reading. The reader opens the configured files and what they are rotated to, and understands nothing of what is in them.
"""
