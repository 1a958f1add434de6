"""Save and load models, and exchange them with PyTorch."""
