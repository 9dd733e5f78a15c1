"""Makes a worker process kill itself at a named step, or before the n-th file that it writes."""
