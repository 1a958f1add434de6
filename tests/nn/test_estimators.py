"""`Classifier` and `Regressor`: scikit-learn's own checks, and what these do not look at."""

from __future__ import annotations

import importlib
import math
import pickle
import random
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nn
from nn.evaluation import softmax

pytestmark = pytest.mark.slow

MOONS = nn.data.moons(120, rng=random.Random(0))
CIRCLES = nn.data.circles(120, rng=random.Random(0))
NAMES = [("upper", "lower")[y] for y in MOONS[1]]
WAVE = [[x / 20] for x in range(100)], [100.0 + 50 * np.sin(x / 20) for x in range(100)]


@parametrize_with_checks([nn.Classifier(), nn.Regressor()])
def test_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def test_labels_are_any() -> None:
    classifier = nn.Classifier(hidden=(8,), random_state=0).fit(MOONS[0], NAMES)
    assert classifier.classes_.tolist() == ["lower", "upper"]
    assert set(classifier.predict(MOONS[0])) == {"lower", "upper"}
    assert classifier.score(MOONS[0], NAMES) > 0.9
    chances = classifier.predict_proba(MOONS[0])
    assert chances.sum(axis=1) == pytest.approx(1.0)
    assert classifier.classes_[chances.argmax(axis=1)].tolist() == classifier.predict(MOONS[0]).tolist()


def test_what_a_fitted_one_has() -> None:
    classifier = nn.Classifier(hidden=(8, 4), activation="tanh", epochs=3, random_state=0).fit(MOONS[0], NAMES)
    assert repr(classifier.model_) == repr(nn.MLP(2, [8, 4, 2], activation="tanh"))
    assert (classifier.n_iter_, len(classifier.history_), classifier.n_features_in_) == (3, 3, 2)
    standard = (np.array(MOONS[0]) - classifier.mean_) / classifier.scale_
    assert standard.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert standard.std(axis=0) == pytest.approx([1.0, 1.0])
    logits = nn.predict(classifier.model_, standard, raw=True)
    assert softmax(logits) == pytest.approx(classifier.predict_proba(MOONS[0]))


def test_the_unit_of_inputs_and_targets_does_not_matter() -> None:
    X, y = np.array(WAVE[0]), np.array(WAVE[1])
    plain = nn.Regressor(epochs=40, random_state=0).fit(X, y)
    other = nn.Regressor(epochs=40, random_state=0).fit(1000 * X + 7, 1e-3 * y - 5)
    assert plain.score(X, y) > 0.9
    assert 1e3 * (other.predict(1000 * X + 7) + 5) == pytest.approx(plain.predict(X), rel=1e-6)


def test_columns_that_do_not_change_have_the_scale_1() -> None:
    X = np.column_stack([np.full(1000, 0.1), np.zeros(1000), np.arange(1000) * 1e-9])
    regressor = nn.Regressor(epochs=1).fit(X, X[:, 2])
    assert regressor.scale_[:2].tolist() == [1.0, 1.0]
    assert ((X - regressor.mean_) / regressor.scale_)[:, 2].std() == pytest.approx(1.0)
    assert abs((X - regressor.mean_) / regressor.scale_)[:, :2].max() < 1e-12


def test_epochs_are_about_a_thousand_steps_within_bounds() -> None:
    def epochs(n: int, batch_size: int = 32) -> int:
        X = np.arange(float(n))[:, None]
        return nn.Regressor(hidden=(), batch_size=batch_size).fit(X, X[:, 0]).n_iter_

    assert [epochs(n) for n in (2, 106, 107, 1600, 1601, 3000)] == [300, 300, 299, 20, 20, 20]
    assert epochs(1000, 500) == 300


def test_targets_keep_their_shape() -> None:
    X, y = np.array(WAVE[0]), np.array(WAVE[1])
    for targets in (y, y[:, None], np.column_stack([y, -y])):
        regressor = nn.Regressor(epochs=40, random_state=0).fit(X, targets)
        assert regressor.predict(X).shape == targets.shape
        assert regressor.score(X, targets) > 0.9


def test_a_random_state_makes_it_reproducible() -> None:
    one, same, other = (
        nn.Classifier(epochs=2, random_state=seed).fit(*MOONS).predict_proba(MOONS[0]) for seed in (0, 0, 1)
    )
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("make", [nn.Classifier, nn.Regressor])
def test_early_stopping_keeps_the_best(make: Any) -> None:
    estimator = make(lr=0.1, epochs=200, early_stopping=True, n_iter_no_change=3, random_state=0).fit(*MOONS)
    losses = estimator.history_["validation_loss"]
    assert estimator.n_iter_ == len(losses) < 200
    assert losses.index(min(losses)) == len(losses) - 4
    assert estimator.history_.stopped


@pytest.mark.parametrize("estimator", [nn.Classifier(epochs=5), nn.Regressor(epochs=5)])
def test_pickle_and_clone(estimator: Any) -> None:
    fitted = clone(estimator).fit(*MOONS)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict(MOONS[0]) == fitted.predict(MOONS[0])).all()
    copy = clone(fitted)
    assert copy.get_params() == estimator.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(MOONS[0])


def test_a_pipeline_in_a_grid_search() -> None:
    pipeline = make_pipeline(StandardScaler(), nn.Classifier(random_state=0))
    search = GridSearchCV(pipeline, {"classifier__hidden": [(), (16,)], "classifier__l2": [0.0]}, cv=2)
    search.fit(*CIRCLES)
    assert search.best_params_["classifier__hidden"] == (16,), "no straight line divides circles"
    assert search.score(*CIRCLES) > 0.9


class TestDataFrames:
    table = pd.DataFrame({"size": [1.0, 1.2, 3.0, 3.2], "colour": ["red", "blue", "red", "blue"]}, index=[7, 3, 5, 1])
    labels = pd.Series(["small", "small", "large", "large"], index=table.index)

    @staticmethod
    def pipeline(**options: Any) -> Any:
        columns = [("sizes", StandardScaler(), ["size"]), ("colours", OneHotEncoder(**options), ["colour"])]
        return make_pipeline(ColumnTransformer(columns, sparse_threshold=1.0), nn.Classifier(random_state=0))

    def test_columns_keep_their_names(self) -> None:
        fitted = self.pipeline(sparse_output=False).set_output(transform="pandas").fit(self.table, self.labels)
        assert fitted[-1].feature_names_in_.tolist() == ["sizes__size", "colours__colour_blue", "colours__colour_red"]
        assert fitted.predict(self.table[::-1]).tolist() == self.labels.tolist()[::-1]

    def test_sparse_columns_are_refused(self) -> None:
        with pytest.raises(TypeError, match="dense data is required"):
            self.pipeline().fit(self.table, self.labels)

    def test_texts_and_gaps_are_refused(self) -> None:
        with pytest.raises(ValueError, match="could not convert string to float"):
            nn.Classifier().fit(self.table, self.labels)
        with pytest.raises(ValueError, match="Input X contains NaN"):
            nn.Classifier().fit(self.table[["size"]].replace(1.0, np.nan), self.labels)


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="y must have at least 2 classes, got one class only: a"):
        nn.Classifier().fit([[0.0], [1.0]], ["a", "a"])
    with pytest.raises(TypeError, match=r"hidden must be a list of layer widths, such as \(32,\), got 32"):
        nn.Classifier(hidden=32).fit(*MOONS)
    for hidden in ((8,), ()):
        with pytest.raises(ValueError, match="activation must be a function of one number, a name"):
            nn.Regressor(hidden=hidden, activation="nonsense").fit(*MOONS)


@pytest.mark.parametrize("kind", [nn.Classifier, nn.Regressor])
@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("early_stopping", "no"),
        ("validation_fraction", -5),
        ("validation_fraction", math.nan),
        ("n_iter_no_change", 0),
        ("n_iter_no_change", "x"),
        ("epochs", -1),
        ("batch_size", 0.5),
        ("lr", -0.1),
        ("l2", math.inf),
        ("progress", 3),
    ],
)
def test_options_are_checked_also_where_they_are_not_used(kind: Any, option: str, wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"{option} must be "):
        kind(**{option: wrong}).fit(*MOONS)


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nn.estimators")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(ImportError, match="need scikit-learn, 1.6 or later: pip install -U scikit-learn"):
        importlib.import_module("nn.estimators")
