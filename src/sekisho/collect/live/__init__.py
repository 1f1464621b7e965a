"""What comes by itself: listeners, watched folders, growing files (notice item ③).

At least once in, exactly once kept: a record is answered, or what brought it is put away,
only when it is durable; what comes again is told by its key.
"""
