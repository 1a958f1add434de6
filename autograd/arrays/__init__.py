"""Array programs: what was written one scalar at a time is turned back into statements on arrays."""
