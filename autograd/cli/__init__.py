"""The command `chainrule`. It uses both packages; neither imports it."""
