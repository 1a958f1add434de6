"""`Classifier` and `Regressor`: multi-layer perceptrons as scikit-learn estimators."""

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
    """The base of both estimators: options, standardisation of inputs, and training."""

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
        """Train a new model with the given number of `outputs` on the samples `X` and targets `Y`."""
        self._check_options()
        rng = random.Random(int(check_random_state(self.random_state).randint(2**31)))
        self.mean_, self.scale_ = _mean_and_scale(X)
        samples, validation, callbacks = ((X - self.mean_) / self.scale_, Y), None, []
        if self.early_stopping:
            samples, validation = split(*samples, held_out=self.validation_fraction, rng=rng)
            callbacks = [EarlyStopping(self.n_iter_no_change)]
        self.model_ = MLP(X.shape[1], [*self.hidden, outputs], activation=self.activation, rng=rng)
        usual = min(max(1000 * self.batch_size // len(samples[0]), 20), 300)  # epochs for about 1,000 steps
        epochs = usual if self.epochs is None else self.epochs
        self.history_ = fit(
            self.model_,
            *samples,
            loss=type(self)._loss,
            optimizer=Adam(self.lr),
            epochs=epochs,
            batch_size=self.batch_size,
            validation=validation,
            rng=rng,
            l2=self.l2,
            schedule=linear_decay(epochs),
            callbacks=callbacks,
            progress=self.progress,
        )
        self.n_iter_ = len(self.history_)

    def _check_options(self) -> None:
        """Check the options that `fit` and MLP do not check, even those that are not used."""
        if not isinstance(self.hidden, (list, tuple)):
            raise TypeError(f"hidden must be a list of layer widths, such as (32,), got {self.hidden!r}")
        check_flag("early_stopping", self.early_stopping)
        check_number("validation_fraction", self.validation_fraction, positive=True, below=1)
        check_count("n_iter_no_change", self.n_iter_no_change)

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return predict(self.model_, (X - self.mean_) / self.scale_, raw=True)


def _mean_and_scale(X: Array) -> tuple[Array, Array]:
    """Return the mean and standard deviation of each column; 1 for a column that is constant up to rounding."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    return mean, np.where(scale > 1e-12 * np.abs(mean), scale, 1.0)


class Classifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A multi-layer perceptron classifier with `hidden` layers of the given widths, for labels of any type.

    >>> X, y = [[0.0], [0.2], [1.0], [1.2]], ["low", "low", "high", "high"]
    >>> classifier = Classifier(hidden=(8,), random_state=0).fit(X, y)
    >>> classifier.predict([[-0.5], [1.5]]), classifier.score(X, y)
    (array(['low', 'high'], dtype='<U4'), 1.0)

    Inputs are standardised. Adam minimises the cross-entropy plus `l2` · |θ|², with a learning rate that falls linearly
    from `lr` to 0 over the `epochs`, by default 1,000 steps, but at least 20 and at most 300 epochs. With
    `early_stopping`, a `validation_fraction` of the samples is held out; training stops after `n_iter_no_change` epochs
    without improvement and keeps the best parameters. `progress` shows a progress bar.

    After `fit`, `model_` is the MLP, whose outputs are the logits of `classes_`; `history_` has the results of its
    `n_iter_` epochs; `mean_` and `scale_` standardise the inputs.
    """

    _loss = cross_entropy
    classes_: np.ndarray[Any, Any]

    def fit(self, X: Any, y: Any) -> Classifier:
        """Train on the samples `X`, of shape (n, features), with the labels `y`, of shape (n,)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y must have at least 2 classes, got one class only: {self.classes_[0]}")
        self._train(X, indices, len(self.classes_))
        return self

    def predict_proba(self, X: Any) -> Array:
        """Return the probabilities of the `classes_` for each of the samples `X`, of shape (n, classes)."""
        return softmax(self._outputs(X))

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Return the most probable label for each of the samples `X`."""
        outputs = self._outputs(X)  # raises NotFittedError before `fit`
        labels: np.ndarray[Any, Any] = self.classes_[outputs.argmax(axis=1)]
        return labels


class Regressor(RegressorMixin, _Network):  # type: ignore[misc]
    """A multi-layer perceptron regressor, for one or several targets per sample.

    >>> X = [[x / 10] for x in range(40)]
    >>> y = [(x - 2) ** 2 for [x] in X]
    >>> round(Regressor(hidden=(16,), random_state=0).fit(X, y).score(X, y), 1)
    1.0

    Options are those of `Classifier`. Inputs and targets are standardised, and the loss is the mean squared error. The
    outputs of `model_` are standardised targets; `target_mean_` and `target_scale_` convert them back.
    """

    _loss = mean_squared_error

    def fit(self, X: Any, y: Any) -> Regressor:
        """Train on the samples `X`, of shape (n, features), with the targets `y`, of shape (n,) or (n, outputs)."""
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        y = y.astype(np.float64)
        self.target_mean_, self.target_scale_ = _mean_and_scale(y)
        targets = (y - self.target_mean_) / self.target_scale_
        outputs = y[0].size
        self._train(X, targets.ravel() if outputs == 1 else targets, outputs)
        return self

    def predict(self, X: Any) -> Array:
        """Return the predictions for the samples `X`, of shape (n,) or (n, outputs) like the targets in `fit`."""
        outputs = self._outputs(X).reshape(-1, *np.shape(self.target_mean_))
        return outputs * self.target_scale_ + self.target_mean_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
