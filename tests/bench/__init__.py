"""What the service costs, measured against pgbench running the same SQL (``make bench``)."""
