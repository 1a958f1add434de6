"""`diagnose`: what a teacher would point at in a graph after its backward pass."""

from __future__ import annotations

from collections.abc import Iterable

from autograd import Value

from ..shared import check_node
from .chains import Chains
from .findings import Diagnosis, Finding, Wording
from .gradient_faults import gradient_faults, no_gradient
from .layer_faults import layer_faults
from .output_faults import output_faults
from .unit_faults import unit_faults
from .units import find_layers

__all__ = ["Diagnosis", "Finding", "diagnose"]


def diagnose(loss: Value, params: Iterable[Value]) -> Diagnosis:
    """Find what keeps `params` from learning, in the graph of `loss` after `loss.backward()`.

    >>> w, b = Value(0.5, "w"), Value(-100.0, "b")
    >>> outputs = [(w * x + b).relu() for x in range(8)]
    >>> loss = sum((y - 1.0) ** 2 for y in outputs)
    >>> loss.backward()
    >>> print(diagnose(loss, [w, b]))  # doctest: +NORMALIZE_WHITESPACE
    the unit of w, b is dead: its relu gives 0 for all 8 samples, so no gradient passes.
    Give it a smaller learning rate, other initial weights, or leaky_relu.
    >>> [finding.kind for finding in diagnose(loss, [w, b, Value(1.0, "c")])]
    ['unreached', 'dead']

    A diagnosis is true if there is a fault. Some findings are remarks, which may be on purpose: a diagnosis of nothing
    but remarks is false. The kinds of findings are:

    - "no backward": `backward` was not called. The other findings are about the gradients that it would give.
    - "not finite": the first node that is nan or infinite, with the line that made it, or else the first such gradient.
    - "unreached": the loss does not depend on some parameters. This is a remark if the model has a table of which a
      batch reads some rows only, or if the first layers look frozen (their results come from `no_grad` or `detach`).
    - "accumulated" (a remark): a `grad` is larger than this loss makes it, or has another sign. A smaller one, as after
      clipping, is not mentioned.
    - "cleared" (a remark): every `grad` is 0, but this loss has other gradients.
    - "no gradient": all gradients are exactly 0, not because parts of them cancel out, and the loss is not 0.
    - "alike": hidden units with equal parameters and equal gradients, as after initial weights that are all equal.
    - "dead": units whose activation is cut off for all samples, as relu may be. A few units of a layer count from 8
      samples on, and only if they are not off by chance: many more are off than always on, or they are 5 times as far
      below 0 as weights and signals amount to. A layer that is off as a whole counts for any number of samples; for a
      single one, this is a remark.
    - "saturated": units whose activation has less than 1/1,000 of its steepest slope for all samples, on one side, or
      less than a millionth on both (a net that is sure comes near 1/1,000 on both sides). Slow activations such as atan
      also count at 1/200, for sums beyond 16. For the number of samples, the same holds as for dead units.
    - "vanishing": layers with less than 1/10,000 of the gradient of one that is 3 or more layers nearer to the loss.
    - "exploding": layers with more than 10,000 times that gradient, or more than a million.
    - "linear": two layers with nothing between them. This is a remark if the first is a bottleneck.
    - "label 0": outputs that are multiplied by the label 0 inside the loss, as in a hinge loss for labels -1 and 1.
    - "squashed": an activation that keeps outputs from where the loss is low, such as a sigmoid before a loss on
      logits, or a softmax before a cross-entropy.

    An activation is whatever is computed from the adder of a unit alone; its slope is in the graph. Units and layers
    are told apart by the `scope` of parameters, which `nn` sets; without one, units by the parameters that they read,
    layers by how many weights there are from there to the loss. An output unit is dead or saturated only if the loss
    would be lower elsewhere.
    """
    check_node(loss, "diagnose()")
    try:
        parameters = list(params)
    except TypeError:
        given = type(params).__name__
        raise TypeError(f"diagnose() takes a list of parameters, such as model.parameters(), not {given}") from None
    for p in parameters:
        check_node(p, "diagnose() in its list of parameters")
    parameters = list(dict.fromkeys(parameters))
    chains, wording = Chains(loss, parameters), Wording(parameters)
    layers = find_layers(chains)
    findings = [
        *gradient_faults(parameters, chains, wording),
        *unit_faults(layers, chains, wording),
        *layer_faults(layers, chains, wording),
        *output_faults(chains),
    ]
    if not any(finding.is_fault for finding in findings):
        findings += no_gradient(chains)
    return Diagnosis(findings)
