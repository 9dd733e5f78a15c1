"""Makes a worker process kill itself or wait at a named step, or kill itself before the n-th file that it writes."""
