"""The command `chainrule`. It stands above both packages: nothing imports it."""
