"""Prove derivatives: against arithmetic of 50 digits, and against what somebody worked out by hand."""
