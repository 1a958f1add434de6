"""Check gradients, derivatives and operations against the reference, and report what is wrong."""
