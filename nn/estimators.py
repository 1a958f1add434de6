"""`Classifier` and `Regressor`: multi-layer perceptrons with the conventions of scikit-learn, which they need."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from .checks import check_count, check_flag, check_number
from .data.splitting import split
from .evaluation import predict, softmax
from .layers import MLP, ActivationFunction
from .losses import cross_entropy, mean_squared_error
from .optim import Adam
from .schedules import linear_decay
from .training.callbacks import EarlyStopping
from .training.fitting import fit
from .training.history import History
from .training.objectives import Loss

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as missing:
    raise ImportError(
        f"nn.Classifier and nn.Regressor need scikit-learn, 1.6 or later: pip install -U scikit-learn ({missing})"
    ) from None

Array = np.ndarray[Any, np.dtype[np.float64]]


class _Network(BaseEstimator):  # type: ignore[misc]
    """What both have in common: their options, and the training of a network on inputs that it standardises."""

    _loss: ClassVar[Loss]

    def __init__(
        self,
        hidden: Sequence[int] = (32,),
        activation: str | ActivationFunction | None = "relu",
        *,
        epochs: int | None = None,
        batch_size: int = 32,
        lr: float = 0.02,
        l2: float = 2e-3,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        progress: bool = False,
        random_state: Any = None,
    ) -> None:
        self.hidden, self.activation = hidden, activation
        self.epochs, self.batch_size, self.lr, self.l2 = epochs, batch_size, lr, l2
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.n_iter_no_change, self.progress, self.random_state = n_iter_no_change, progress, random_state

    model_: MLP
    history_: History
    n_iter_: int

    def _train(self, X: Array, Y: np.ndarray[Any, Any], outputs: int) -> None:
        """Train a new model of so many `outputs` on the samples `X` and the targets `Y`."""
        self._check_options()
        rng = random.Random(int(check_random_state(self.random_state).randint(2**31)))
        self.mean_, self.scale_ = _mean_and_scale(X)
        samples, held, callbacks = ((X - self.mean_) / self.scale_, Y), None, []
        if self.early_stopping:
            samples, held = split(*samples, held_out=self.validation_fraction, rng=rng)
            callbacks = [EarlyStopping(self.n_iter_no_change)]
        self.model_ = MLP(X.shape[1], [*self.hidden, outputs], activation=self.activation, rng=rng)
        epochs = _usual_epochs(len(samples[0]), self.batch_size) if self.epochs is None else self.epochs
        self.history_ = fit(
            self.model_,
            *samples,
            loss=type(self)._loss,
            optimizer=Adam(self.lr),
            epochs=epochs,
            batch_size=self.batch_size,
            validation=held,
            rng=rng,
            l2=self.l2,
            schedule=linear_decay(epochs),
            callbacks=callbacks,
            progress=self.progress,
        )
        self.n_iter_ = len(self.history_)

    def _check_options(self) -> None:
        """Raise an error for a wrong option, also where it is not used; `fit` and MLP check the others."""
        if not isinstance(self.hidden, (list, tuple)):
            raise TypeError(f"hidden must be the widths of the hidden layers, such as (32,), got {self.hidden!r}")
        check_flag("early_stopping", self.early_stopping)
        check_number("validation_fraction", self.validation_fraction, positive=True, below=1)
        check_count("n_iter_no_change", self.n_iter_no_change)

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return predict(self.model_, (X - self.mean_) / self.scale_, raw=True)


def _usual_epochs(n: int, batch_size: int) -> int:
    """Choose the epochs for `n` samples: about 1,000 steps, within 20 and 300 epochs."""
    return min(max(1000 * batch_size // n, 20), 300)


def _mean_and_scale(X: Array) -> tuple[Array, Array]:
    """Compute the mean and the standard deviation of each column; a column that is constant up to rounding gets 1."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    return mean, np.where(scale > 1e-12 * np.abs(mean), scale, 1.0)


class Classifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A multi-layer perceptron that learns classes of any labels, with `hidden` layers of those widths.

    >>> X, y = [[0.0], [0.2], [1.0], [1.2]], ["low", "low", "high", "high"]
    >>> classifier = Classifier(hidden=(8,), random_state=0).fit(X, y)
    >>> classifier.predict([[-0.5], [1.5]]), classifier.score(X, y)
    (array(['low', 'high'], dtype='<U4'), 1.0)

    Inputs are standardised. It learns by Adam, whose rate falls from `lr` to 0 on a line, with cross-entropy and
    `l2` · |θ|², for so many `epochs`, by default 1,000 steps, or 20 to 300 epochs. With `early_stopping` it holds
    `validation_fraction` of the samples out, stops when `n_iter_no_change` epochs in a row have brought nothing better
    for these, and keeps the best. `random_state` is what scikit-learn takes for it. `progress` shows a bar.

    A fitted one has `model_`, the MLP, whose outputs are the logits of `classes_`; `history_` of its training of
    `n_iter_` epochs; `mean_` and `scale_` of the inputs; `n_features_in_`, and `feature_names_in_` of a data frame.
    """

    _loss = cross_entropy
    classes_: np.ndarray[Any, Any]

    def fit(self, X: Any, y: Any) -> Classifier:
        """Learn the labels `y`, of shape (n,), of the samples `X`, of shape (n, features)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier learns at least 2 classes, and y has one class only: {self.classes_[0]}")
        self._train(X, places, len(self.classes_))
        return self

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each of the `classes_` for the samples `X`, of shape (n, classes)."""
        return softmax(self._outputs(X))

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Return the most probable label for each of the samples `X`."""
        outputs = self._outputs(X)  # which notices if there is no model yet
        labels: np.ndarray[Any, Any] = self.classes_[outputs.argmax(axis=1)]
        return labels


class Regressor(RegressorMixin, _Network):  # type: ignore[misc]
    """A multi-layer perceptron that learns numbers, one or several for each sample.

    >>> X = [[x / 10] for x in range(40)]
    >>> y = [(x - 2) ** 2 for [x] in X]
    >>> round(Regressor(hidden=(16,), random_state=0).fit(X, y).score(X, y), 1)
    1.0

    Targets are standardised as inputs are, and the loss is the mean squared error of these. All else is as in a
    `Classifier`; the outputs of its `model_` are standardised, by `target_mean_` and `target_scale_`.
    """

    _loss = mean_squared_error

    def fit(self, X: Any, y: Any) -> Regressor:
        """Learn the targets `y`, of shape (n,) or (n, outputs), of the samples `X`, of shape (n, features)."""
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        y = y.astype(np.float64)
        self.target_mean_, self.target_scale_ = _mean_and_scale(y)
        targets = (y - self.target_mean_) / self.target_scale_
        outputs = y[0].size
        self._train(X, targets.ravel() if outputs == 1 else targets, outputs)
        return self

    def predict(self, X: Any) -> Array:
        """Return what it predicts for the samples `X`, in the shape of the targets that it learned."""
        outputs = self._outputs(X).reshape(-1, *np.shape(self.target_mean_))
        return outputs * self.target_scale_ + self.target_mean_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
