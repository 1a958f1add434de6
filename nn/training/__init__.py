"""Train models with `fit`, and record, watch and stop the training."""
