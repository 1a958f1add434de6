"""Diagnose why a network does not learn, from the graph of its loss after the backward pass."""

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
    """Report what keeps `params` from learning, in the graph of `loss` after `loss.backward()`.

    >>> w, b = Value(0.5, "w"), Value(-100.0, "b")
    >>> outputs = [(w * x + b).relu() for x in range(8)]
    >>> loss = sum((y - 1.0) ** 2 for y in outputs)
    >>> loss.backward()
    >>> print(diagnose(loss, [w, b]))  # doctest: +NORMALIZE_WHITESPACE
    the unit of w, b is dead: its relu outputs 0 for all 8 samples, so no gradient flows back.
    Use a smaller learning rate, other initial weights, or leaky_relu.
    >>> [finding.kind for finding in diagnose(loss, [w, b, Value(1.0, "c")])]
    ['unreached', 'dead']

    A finding is a fault or a remark, that is, something that may be intended. A diagnosis is true if it contains a
    fault. The kinds of findings are:

    - "no backward": `backward` was not called. The other findings describe the gradients that it would compute.
    - "not finite": the first node that is nan or infinite, with its line of code, or else the first such gradient.
    - "unreached": the loss does not depend on some parameters. This is a remark if they look like unused rows of a
      table, or like frozen first layers, computed under `no_grad` or detached.
    - "accumulated" (a remark): a `grad` is larger than this loss makes it, or has the opposite sign. A smaller one, as
      after clipping, is not reported.
    - "cleared" (a remark): every `grad` is 0, but the gradients of this loss are not.
    - "no gradient": all gradients are exactly 0, without cancellation, and the loss is not 0.
    - "alike": hidden units have equal parameters and equal gradients, as after equal initial weights.
    - "dead": the activation of a unit, such as relu, is off for all samples. Unless the whole layer is off, this needs
      at least 8 samples, and either many more units that are always off than always on, or sums 5 times as far below 0
      as the weighted signals are large. A layer that is off for a single sample is a remark.
    - "saturated": the activation of a unit has less than 1/1,000 of its steepest slope for all samples, or less than a
      millionth if its sums have both signs, as in a confident network. For sums beyond 16, the limit is 1/200.
    - "vanishing": a layer has less than 1/10,000 of the gradient of a layer 3 or more layers nearer to the loss.
    - "exploding": a layer has more than 10,000 times that gradient, or more than a million.
    - "linear": two layers have no activation between them. This is a remark if the first may be a bottleneck.
    - "label 0": the loss multiplies outputs by the label 0, as a hinge loss does that expects the labels -1 and 1.
    - "squashed": an activation keeps outputs from values with a low loss, such as a sigmoid before a loss on logits, or
      a softmax before a cross-entropy.

    Activations are recognised by their slopes in the graph, however they are written. Units and layers are identified
    by the `scope` of their parameters, which `nn` sets; without one, units by the parameters they read, and layers by
    the number of weights on the way to the loss. An output unit is dead or saturated only if the loss would be lower
    elsewhere.
    """
    check_node(loss, "loss")
    try:
        parameters = list(params)
    except TypeError:
        given = type(params).__name__
        raise TypeError(f"params must be a list of parameters, such as model.parameters(), got {given}") from None
    for p in parameters:
        check_node(p, "each of params")
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
