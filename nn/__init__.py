"""A thin neural-network package on top of `autograd`: modules, layers, losses, optimisers."""

from .layers import MLP, Embedding, Layer, Neuron
from .losses import binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from .module import Module
from .optim import SGD, Adam

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "Embedding",
    "Layer",
    "Module",
    "Neuron",
    "binary_cross_entropy",
    "cross_entropy",
    "hinge",
    "mean_squared_error",
]
