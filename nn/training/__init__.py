"""Training: `fit`, its loop, and what it tells."""
