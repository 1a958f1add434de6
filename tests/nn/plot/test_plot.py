"""Test the contents of plots for small and large inputs, and the errors for invalid ones."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

import nn
from nn import MLP, Layer, Neuron, plot
from nn.data import digits, moons, spirals
from nn.plot.style import BLUE, COLOURS, MARKERS, RED

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_drawn")]


@pytest.fixture
def _drawn() -> Iterator[None]:
    """Draw every figure that a test leaves open, since some warnings and errors only occur then."""
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


def new_axes() -> object:
    return Figure(layout="constrained").subplots()


def texts(things: object) -> list[str]:
    return [text.get_text() for text in things]


def pixels(ax: object) -> np.ndarray:
    return np.asarray(ax.images[0].get_array())


def linear(*rows: list[float]) -> MLP:
    """Return a model of one layer with these weights and biases of 0."""
    model = MLP(len(rows[0]), [len(rows)])
    for neuron, row in zip(model.layers[0].neurons, rows):
        for p, number in zip(neuron.parameters(), [*row, 0.0]):
            p.data = number
    return model


class TestLearningCurve:
    ROWS = (
        {"epoch": 1, "loss": 2.0, "accuracy": 0.5, "validation_loss": 2.5, "validation_accuracy": 0.25, "lr": 0.1},
        {"epoch": 2, "loss": 1.0, "accuracy": 0.75, "validation_loss": 1.5, "validation_accuracy": 0.5, "lr": 0.1},
    )

    def test_losses_are_on_the_left_and_accuracies_on_the_right(self) -> None:
        ax = plot.learning_curve(self.ROWS)
        left, right = ax.figure.axes
        assert left is ax
        assert [line.get_ydata().tolist() for line in left.lines] == [[2.0, 1.0], [2.5, 1.5]]
        assert [line.get_ydata().tolist() for line in right.lines] == [[50.0, 75.0], [25.0, 50.0]]
        assert {tuple(line.get_xdata()) for line in [*left.lines, *right.lines]} == {(1, 2)}
        assert [line.get_linestyle() for line in left.lines] == ["-", "--"]
        assert (ax.get_xlabel(), ax.get_ylabel(), right.get_ylabel()) == ("epoch", "loss", "accuracy (%)")
        assert texts(ax.get_legend().get_texts()) == [
            "training loss",
            "validation loss",
            "training accuracy",
            "validation accuracy",
        ]
        assert ax.get_ylim()[0] == 0.0
        assert right.get_ylim()[1] == 100.5

    def test_a_history_and_its_axes(self) -> None:
        ax = new_axes()
        assert plot.learning_curve(SimpleNamespace(rows=lambda: self.ROWS), ax=ax) is ax
        assert ax.lines[0].get_ydata().tolist() == [2.0, 1.0]
        assert not plt.get_fignums()

    def test_missing_columns_are_left_out(self) -> None:
        ax = plot.learning_curve([3.0, 2.0, -1.0])
        assert [line.get_ydata().tolist() for line in ax.lines] == [[3.0, 2.0, -1.0]]
        assert list(ax.lines[0].get_xdata()) == [1, 2, 3]
        assert ax.get_ylim()[0] < -1.0
        assert len(ax.figure.axes) == 1
        ax = plot.learning_curve([{"epoch": 5, "loss": 1.0, "validation_accuracy": 1.0}])
        assert [line.get_ydata().tolist() for line in ax.figure.axes[1].lines] == [[100.0]]
        assert [list(line.get_xdata()) for axes in ax.figure.axes for line in axes.lines] == [[5], [5]]

    def test_few_epochs_have_markers(self) -> None:
        assert plot.learning_curve([1.0] * 30).lines[0].get_marker() == "o"
        assert plot.learning_curve([1.0] * 200).lines[0].get_marker() == "None"

    def test_losses_that_are_not_finite_are_left_out(self) -> None:
        ax = plot.learning_curve([math.nan, 1.0, math.inf])
        assert 1.0 < ax.get_ylim()[1] < 2.0
        plot.learning_curve([math.nan])

    def test_invalid_arguments_raise(self) -> None:
        with pytest.raises(ValueError, match="history must have at least one epoch, got none"):
            plot.learning_curve([])
        with pytest.raises(ValueError, match="""must have a "loss", got rows with 'epoch', 'lr'"""):
            plot.learning_curve([{"epoch": 1, "lr": 0.1}])


class TestDecisionBoundary:
    def test_a_line_between_two_classes(self) -> None:
        ax = plot.decision_boundary(linear([1.0, -1.0]), [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [1.0, 2.0]], [0, 1, 1, 1])
        line = np.concatenate([path.vertices for path in ax.collections[0].get_paths()])
        assert line[:, 0] == pytest.approx(line[:, 1], abs=1e-9)
        assert len(line) > 100
        assert texts(ax.get_legend().get_texts()) == ["class 0", "class 1", "misclassified"]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("input 0", "input 1")

    def test_points_have_the_colour_of_their_class_and_a_black_edge_if_misclassified(self) -> None:
        X = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [1.0, 2.0]]
        _, zeros, ones = plot.decision_boundary(linear([1.0, -1.0]), np.array(X), np.array([0, 1, 1, 1])).collections
        assert zeros.get_offsets().tolist() == X[:1]
        assert ones.get_offsets().tolist() == X[1:]
        assert [tuple(dots.get_facecolor()[0]) for dots in (zeros, ones)] == [to_rgba(c) for c in COLOURS[:2]]
        assert zeros.get_paths()[0].vertices.shape != ones.get_paths()[0].vertices.shape
        assert [tuple(c) for c in ones.get_edgecolor()] == [to_rgba(c) for c in ("white", "white", "black")]

    def test_the_shade_is_the_probability(self) -> None:
        X = [[-1.0, 0.0], [1.0, 0.0]]
        image = pixels(plot.decision_boundary(linear([1000.0, 0.0]), X, [-1, 1]))
        full = [1 - 0.5 * (1 - np.array(to_rgba(c)[:3])) for c in COLOURS[:2]]
        assert image[0, 0] == pytest.approx(full[0])
        assert image[0, -1] == pytest.approx(full[1])
        faint = pixels(plot.decision_boundary(linear([1.0, 0.0]), X, [-1, 1]))
        margin = 1 + 2 * 0.12
        p = 1 / (1 + math.exp(-margin))
        assert faint[0, -1] == pytest.approx(1 - (2 * p - 1) * (1 - full[1]))
        assert pixels(plot.decision_boundary(linear([0.0, 0.0]), X, [0, 0])).min() == 1.0

    def test_labels_of_a_margin(self) -> None:
        ax = plot.decision_boundary(linear([1.0, 0.0]), [[-1.0, 0.0], [1.0, 0.0]], [-1, 1])
        assert texts(ax.get_legend().get_texts()) == ["class -1", "class 1"]

    @pytest.mark.parametrize("k", [2, 3, 10, 30])
    def test_many_classes(self, k: int) -> None:
        X, Y = spirals(2 * k, arms=k, turns=0.1, rng=random.Random(0))
        angles = [2 * math.pi * (c / k + 0.05) for c in range(k)]
        ax = plot.decision_boundary(linear(*([50 * math.cos(a), 50 * math.sin(a)] for a in angles)), X, Y)
        lines = len(ax.collections) - k
        assert lines == (1 if k == 2 else k)
        assert texts(ax.get_legend().get_texts())[:k] == [f"class {c}" for c in range(k)]
        looks = {(handle.get_color(), handle.get_marker()) for handle in ax.get_legend().legend_handles[:k]}
        assert len(looks) == k

    def test_a_class_that_is_never_predicted_has_no_line(self) -> None:
        model = linear([1.0, 0.0], [-1.0, 0.0], [0.0, 0.0])
        model.layers[0].neurons[2].b.data = -1000.0
        ax = plot.decision_boundary(model, [[-1.0, 0.0], [1.0, 0.0]], [1, 0])
        assert len(ax.collections) == 2 + 2

    def test_a_function_that_cannot_be_compiled(self) -> None:
        ax = plot.decision_boundary(lambda x: 1.0 if x[0] > x[1] else -1.0, [[0.0, 1.0], [1.0, 0.0]], [0, 1])
        assert texts(ax.get_legend().get_texts()) == ["class 0", "class 1"]

    def test_on_given_axes(self) -> None:
        ax = new_axes()
        X, Y = moons(20, rng=random.Random(0))
        for labels in (Y, [[y] for y in Y]):
            assert plot.decision_boundary(MLP(2, [3, 1]), X, labels, ax=ax) is ax
        assert not plt.get_fignums()

    @pytest.mark.parametrize(
        ("X", "Y", "message"),
        [
            ([[1.0, 2.0, 3.0]], [0], r"X must be samples of two inputs, of shape \(n, 2\), got \(1, 3\)"),
            ([1.0, 2.0], [0, 1], r"X must be samples of two inputs, of shape \(n, 2\), got \(2,\)"),
            (np.zeros((0, 2)), [], "X must not be empty"),
            ([[1.0, 2.0], [1.0, math.nan]], [0, 1], r"X\[1\]\[1\] must be finite, got nan"),
            ([[1.0, 2.0]], [0, 1], "Y must have a target for each of the 1 samples in X, got 2"),
            ([[1.0, 2.0]], [2], r"Y\[0\] must be a class of this model, 0 or 1, got 2"),
            ([[1.0, 2.0], [1.0, 2.0]], [-1, 0], r"Y\[1\] must be a class of this model, -1 or 1, got 0"),
        ],
    )
    def test_invalid_arguments_raise(self, X: object, Y: object, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            plot.decision_boundary(linear([1.0, 1.0]), X, Y)

    def test_outputs_that_are_not_finite(self) -> None:
        with pytest.raises(ValueError, match=r"the output of the model for \[0.5, 0.0\] is not finite"):
            plot.decision_boundary(linear([math.inf, 1.0]), [[0.5, 0.0]], [0])


class TestConfusionTable:
    def test_counts_and_colours(self) -> None:
        ax = plot.confusion_table([[6, 0, 2], [1, 3, 0], [0, 0, 0]])
        assert {text.get_position(): text.get_text() for text in ax.texts} == {
            (0, 0): "6",
            (2, 0): "2",
            (0, 1): "1",
            (1, 1): "3",
        }
        cells = pixels(ax)
        white = [1.0, 1.0, 1.0]

        def shade(colour: str, share: float) -> object:
            return pytest.approx(1 - (0.15 + 0.85 * share) * (1 - np.array(to_rgba(colour)[:3])))

        assert cells[0, 1].tolist() == cells[2, 2].tolist() == white
        assert cells[0, 0] == shade(BLUE, 6 / 8)
        assert cells[0, 2] == shade(RED, 1.0)
        assert cells[1, 0] == shade(RED, 0.5)
        assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("predicted", "true", "9 of 12 correct")
        assert [text.get_color() for text in ax.texts] == ["white", "white", "black", "white"]

    def test_names_are_not_parsed_as_mathematics(self) -> None:
        confusion = SimpleNamespace(counts=[[5, 1], [0, 7]], classes=["$\\frac{", "a name\nthat is longer than a line"])
        ax = plot.confusion_table(confusion)
        assert texts(ax.get_xticklabels()) == texts(ax.get_yticklabels()) == ["$\\frac{", "a name that is longer t…"]
        assert {label.get_rotation() for label in ax.get_xticklabels()} == {90}

    @pytest.mark.parametrize("k", [1, 2, 10, 30])
    def test_sizes(self, k: int) -> None:
        ax = plot.confusion_table(np.diag(np.arange(k) + 100))
        assert texts(ax.texts) == [str(i + 100) for i in range(k)]
        assert texts(ax.get_yticklabels()) == [str(i) for i in range(k)]

    def test_counts_too_small_to_read_are_left_out(self) -> None:
        ax = plot.confusion_table(np.eye(150, dtype=int), ax=new_axes())
        assert not ax.texts
        assert texts(ax.get_xticklabels()) == texts(ax.get_yticklabels()) == [str(i) for i in range(0, 150, 3)]

    @pytest.mark.parametrize(
        ("counts", "message"),
        [
            ([[1, 2]], r"as many rows as columns, at least one, got shape \(1, 2\)"),
            ([], r"as many rows as columns, at least one, got shape \(0,\)"),
            ([[0.5]], "the counts of a confusion table must be non-negative integers"),
            ([[-1]], "the counts of a confusion table must be non-negative integers"),
        ],
    )
    def test_invalid_arguments_raise(self, counts: object, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            plot.confusion_table(counts)


class TestWeights:
    def test_each_neuron_is_an_image(self) -> None:
        model = MLP(4, [3, 1], rng=random.Random(0))
        for i, neuron in enumerate(model.layers[0].neurons):
            for j, w in enumerate(neuron.w):
                w.data = i + j / 10
        ax = plot.weights_as_images(model, columns=2)
        mosaic = ax.images[0]
        numbers = mosaic.get_array()
        assert numbers.shape == (6, 5)
        assert numbers[1:3, 0:2].tolist() == [[0.0, 0.1], [0.2, 0.3]]
        assert numbers[1:3, 3:5].tolist() == [[1.0, 1.1], [1.2, 1.3]]
        assert numbers[4:6, 0:2].tolist() == [[2.0, 2.1], [2.2, 2.3]]
        assert np.isnan(numbers.filled(np.nan)).sum() == 6 * 5 - 12
        assert mosaic.get_clim() == (-2.3, 2.3)
        assert texts(ax.texts) == ["0", "1", "2"]
        assert ax.figure.axes[1].get_ylabel() == "weight"

    def test_shapes(self) -> None:
        assert plot.weights_as_images(Neuron(6), (2, 3)).images[0].get_array().shape == (3, 3)
        assert plot.weights_as_images(Layer(9, 2)).images[0].get_array().shape == (4, 7)
        large = plot.weights_as_images(Layer(64, 100), ax=new_axes())
        assert large.images[0].get_array().shape == (90, 89)
        assert not large.texts

    def test_weights_of_zero_and_weights_that_are_not_finite(self) -> None:
        assert plot.weights_as_images(linear([0.0])).images[0].get_clim() == (-1.0, 1.0)
        assert plot.weights_as_images(linear([math.nan, 2.0, math.inf, -3.0])).images[0].get_clim() == (-3.0, 3.0)

    def test_invalid_arguments_raise(self) -> None:
        with pytest.raises(
            ValueError,
            match=r"images must be square or have a shape, got 10 numbers each: give shape=\(rows, columns\)",
        ):
            plot.weights_as_images(Layer(10, 2))
        with pytest.raises(ValueError, match=r"shape must be \(rows, columns\) of 10 numbers, got \(3, 4\)"):
            plot.weights_as_images(Layer(10, 2), (3, 4))
        for model in ("model", nn.Embedding(2, 2), SimpleNamespace(layers=[])):
            with pytest.raises(TypeError, match="model must be an MLP, a Layer or a Neuron of nn, got "):
                plot.weights_as_images(model)


class TestMisclassified:
    X = tuple([i / 4, 0.0, 0.0, 1.0] for i in range(4))

    def test_the_page_shows_what_was_misclassified(self) -> None:
        page = plot.misclassified(self.X, [0, 1, 2, 3], [0, 2, 2, 4], columns=2)
        (ax,) = page.axes
        assert page.get_suptitle() == "2 of 4 misclassified"
        assert texts(ax.texts) == ["1 as 2", "3 as 4"]
        numbers = ax.images[0].get_array()
        assert numbers[1:3, 0:2].tolist() == [[0.25, 0.0], [0.0, 1.0]]
        assert numbers[1:3, 3:5].tolist() == [[0.75, 0.0], [0.0, 1.0]]
        assert page._repr_png_().startswith(b"\x89PNG")
        assert not plt.get_fignums()

    def test_the_number_of_images_is_limited(self) -> None:
        page = plot.misclassified(np.array(self.X), np.arange(4), np.arange(4) + 1, title="wrong", most=3)
        assert page.get_suptitle() == "wrong (the first 3)"
        assert texts(page.axes[0].texts) == ["0 as 1", "1 as 2", "2 as 3"]

    def test_nothing_was_misclassified(self) -> None:
        page = plot.misclassified(self.X, [1] * 4, [1] * 4)
        assert page.get_suptitle() == "0 of 4 misclassified"
        assert not page.axes[0].images
        page.canvas.draw()

    def test_images_of_other_shapes_and_names(self) -> None:
        page = plot.misclassified([np.zeros((2, 3))], ["$x"], ["_{"], title="$$", shape=(2, 3))
        assert texts(page.axes[0].texts) == ["$x as _{"]
        page.canvas.draw()

    def test_invalid_arguments_raise(self) -> None:
        with pytest.raises(ValueError, match="X, Y and predicted must have equal lengths, got 4, 3 and 4"):
            plot.misclassified(self.X, [1] * 3, [1] * 4)
        with pytest.raises(ValueError, match=r"shape must be \(rows, columns\) of 4 numbers, got \(3, 3\)"):
            plot.misclassified(self.X, [1] * 4, [2] * 4, shape=(3, 3))


def notes(ax: object) -> list[str]:
    return texts(ax.child_axes[0].get_yticklabels())


def constant(activation: str, *biases: float) -> MLP:
    """Return a model of one input with constant hidden units, whose weights are 0, and one output."""
    model = MLP(1, [len(biases), 1], activation=activation, rng=random.Random(0))
    for neuron, bias in zip(model.layers[0].neurons, biases):
        neuron.w[0].data, neuron.b.data = 0.0, bias
    return model


class TestSignals:
    def test_layers_with_an_activation_are_drawn(self) -> None:
        model = MLP(2, [3, 4, 1], activation="tanh", rng=random.Random(0))
        X = moons(50, rng=random.Random(0))[0]
        ax = plot.signals_by_layer(model, X)
        assert texts(ax.get_yticklabels()) == ["layer 0, tanh", "layer 1, tanh"]
        assert len(ax.patches) == 2
        hidden = np.array([[y.data for y in model.layers[0].outputs(x)] for x in X])
        assert notes(ax)[0] == f"std {hidden.std():.2g}"
        low, high = ax.patches[0].get_data().edges[[0, -1]]
        assert [low, high] == pytest.approx([hidden.min(), hidden.max()])
        counts = (ax.patches[0].get_data().values / -0.85) ** 2  # strip 0 rises from 0 to -0.85
        wanted = np.histogram(hidden.clip(low, high), ax.patches[0].get_data().edges)[0]
        assert counts == pytest.approx(wanted / wanted.max())
        assert ax.get_xlabel() == "signal"

    def test_a_layer_without_activation(self) -> None:
        ax = new_axes()
        assert plot.signals_by_layer(linear([2.0]), [[1.0], [3.0]], ax=ax) is ax
        assert texts(ax.get_yticklabels()) == ["layer 0, linear"]
        assert notes(ax) == ["std 2"]
        assert texts(plot.signals_by_layer(Layer(1, 2, activation=lambda v: v * v), [[1.0]]).get_yticklabels()) == [
            "layer 0, <lambda>"
        ]

    def test_dead_units(self) -> None:
        assert notes(plot.signals_by_layer(constant("relu", -1.0, 0.0, 2.0, 2.0), [[1.0], [2.0]])) == [
            "std 1; 50% at 0, 2 of 4 units dead"
        ]
        assert notes(plot.signals_by_layer(linear_relu(1.0), [[-1.0], [1.0]])) == ["std 0.5; 50% at 0"]

    @pytest.mark.parametrize("size", [1.0, 1e30])
    def test_signals_that_differ_by_rounding(self, size: float) -> None:
        signals = [[size], [math.nextafter(size, math.inf)]]
        ax = plot.signals_by_layer(linear([1.0]), signals)
        low, high = ax.patches[0].get_data().edges[[0, -1]]
        assert low < size < high

    @pytest.mark.parametrize(("activation", "edge"), [("tanh", math.atanh(math.sqrt(0.999))), ("sigmoid", 8.2938)])
    def test_saturated_units(self, activation: str, edge: float) -> None:
        """The slope is 1/1,000 of the steepest at the edge: 1 - tanh² = 0.001, and 4 σ (1 - σ) = 0.001."""
        (note,) = notes(plot.signals_by_layer(constant(activation, edge - 0.001, edge + 0.001, 0.0, -50.0), [[1.0]]))
        assert note.endswith("; 50% saturated, 2 of 4 units always")
        assert "saturated" not in notes(plot.signals_by_layer(constant(activation, 1.0), [[1.0]]))[0]

    def test_other_activations_and_signals_that_are_not_finite(self) -> None:
        assert notes(plot.signals_by_layer(constant("softplus", 1.0, 1.0), [[1.0]])) == ["std 0"]
        assert notes(plot.signals_by_layer(constant("exp", 1000.0, 0.0), [[1.0]])) == ["50% not finite"]

    def test_agrees_with_diagnose(self) -> None:
        X, Y = digits()
        X, Y = X[:20], Y[:20]
        model = MLP(64, [12, 10], rng=random.Random(0))
        for i, neuron in enumerate(model.layers[0].neurons):
            neuron.b.data = -100.0 if i < 5 else 1.0
        loss = nn.cross_entropy([model(x) for x in X], Y)
        loss.backward()
        assert "5 of 12 units of layer 0 are dead" in str(nn.diagnose(loss, model.parameters()))
        assert "5 of 12 units dead" in notes(plot.signals_by_layer(model, X))[0]


def linear_relu(weight: float) -> Layer:
    layer = Layer(1, 1, activation="relu")
    layer.neurons[0].w[0].data, layer.neurons[0].b.data = weight, 0.0
    return layer


class TestGradients:
    def test_sizes_by_layer(self) -> None:
        model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
        X, Y = moons(20, rng=random.Random(0))
        for p in model.parameters():
            p.grad = 7.0
        ax = plot.gradients_by_layer(model, nn.binary_cross_entropy, X, np.array(Y))
        assert {p.grad for p in model.parameters()} == {7.0}
        model.zero_grad()
        nn.binary_cross_entropy([model(x) for x in X], Y).backward()
        rms = [math.sqrt(np.mean([p.grad**2 for p in layer.parameters()])) for layer in model.layers]
        assert ax.lines[-1].get_xdata() == pytest.approx(rms)
        assert list(ax.lines[-1].get_ydata()) == [0, 1]
        assert notes(ax) == [f"rms {size:.2g}" for size in rms]
        assert texts(ax.get_yticklabels()) == ["layer 0, tanh", "layer 1, linear"]
        assert ax.get_xscale() == "log"
        sizes = [abs(p.grad) for p in model.layers[0].parameters()]
        edges = ax.patches[0].get_data().edges
        assert edges[0] <= min(sizes) * (1 + 1e-9)
        assert edges[-1] >= max(sizes) * (1 - 1e-9)
        assert np.count_nonzero(ax.patches[0].get_data().values) <= len(sizes)

    def test_vanishing_gradients_are_seen(self) -> None:
        X, Y = digits()
        model = MLP(64, [10] * 8 + [10], activation="sigmoid", rng=random.Random(0))
        sizes = plot.gradients_by_layer(model, nn.cross_entropy, X[:50], Y[:50], ax=new_axes()).lines[-1].get_xdata()
        assert sizes[0] < 1e-4 * sizes[-1]

    def test_derivatives_of_zero_and_of_very_small_size(self) -> None:
        assert notes(plot.gradients_by_layer(linear([1.0, 1.0]), nn.mean_squared_error, [[0.0, 1e-200]], [0.5])) == [
            "rms 0.58; 33% are 0"
        ]
        assert notes(plot.gradients_by_layer(linear([1.0]), nn.mean_squared_error, [[1.0]], [0.5])) == ["rms 1"]
        ax = plot.gradients_by_layer(linear([0.0]), nn.mean_squared_error, [[1.0]], [0.0])
        assert notes(ax) == ["rms 0; 100% are 0"]
        assert np.isnan(ax.lines[-1].get_xdata()).all()
        tiny = plot.gradients_by_layer(linear([0.0]), lambda y, t: 1e-200 * y, [[1.0]], [0.0])
        assert notes(tiny) == ["rms 1e-200"]

    def test_derivatives_that_are_not_finite(self) -> None:
        with np.errstate(all="ignore"):
            ax = plot.gradients_by_layer(linear([1.0]), lambda y, t: y**0.5, [[0.0]], [0.0])
        assert notes(ax) == ["100% not finite"]

    def test_invalid_arguments_raise(self) -> None:
        for model in (Neuron(2), "model"):
            with pytest.raises(TypeError, match="model must be an MLP or a Layer of nn, got "):
                plot.gradients_by_layer(model, nn.hinge, [[1.0, 2.0]], [1])
        with pytest.raises(ValueError, match="Y must have a target for each of the 1 samples in X, got 2"):
            plot.gradients_by_layer(MLP(2, [1]), nn.hinge, [[1.0, 2.0]], [1, 1])
        with pytest.raises(TypeError, match="model must be an MLP or a Layer of nn, got Neuron"):
            plot.signals_by_layer(Neuron(2), [[1.0, 2.0]])


def test_every_plot_has_an_example_and_classes_look_different() -> None:
    for name in plot.__all__:
        assert ">>>" in getattr(plot, name).__doc__
    assert math.gcd(len(COLOURS), len(MARKERS)) == 1
