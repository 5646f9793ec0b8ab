"""Makes the vectors of TreeModelTests with the real xgboost: `apt-get install python3-xgboost`, then `/usr/bin/python3 make_vectors.py`."""

import json
import os

import numpy as np
import xgboost as xgb

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Vectors")
NAMES = ["views_7d", "orders_30d", "price", "recency", "share", "category"]


def rows(count, seed, categories):
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, len(NAMES))).astype(np.float32)
    x[:, 0] = np.floor(np.abs(x[:, 0]) * 5)
    x[:, 5] = random.integers(0, categories, count)
    x[random.random((count, len(NAMES))) < 0.15] = np.nan
    return x


def target(x, kind):
    known = np.nan_to_num(x, nan=0.5)
    score = known[:, 0] - 2 * known[:, 1] * known[:, 2] + np.where(known[:, 5] % 3 == 1, 3, 0) + np.where(np.isnan(x[:, 3]), 2, known[:, 3])
    if kind.startswith("binary:"):
        return (score > 2).astype(int)
    if kind == "multi:softprob":
        return np.digitize(score, [0, 3])
    if kind.startswith("rank:"):
        return np.clip(np.digitize(score, [-1, 1, 3]), 0, 3)
    if kind in ("count:poisson", "reg:gamma", "reg:tweedie"):
        return np.exp(np.clip(score / 4, -2, 2))
    return score


def make(name, kind, rounds=12, categorical=None, **more):
    x = rows(800, 1, 9)
    types = ["q"] * 5 + ["c" if categorical else "q"]
    options = {"objective": kind, "max_depth": 4, "eta": 0.3, "seed": 7, "nthread": 1, **more}
    if categorical:
        options.update(tree_method="hist", max_cat_to_onehot=categorical)
    train = xgb.DMatrix(x, label=target(x, kind), feature_names=NAMES, feature_types=types, enable_categorical=bool(categorical))
    if kind.startswith("rank:"):
        train.set_group([20] * 40)
    model = xgb.train(options, train, rounds)
    model.save_model(os.path.join(HERE, f"xgboost-{name}.json"))
    asked = rows(60, 2, 9)
    known = xgb.DMatrix(asked, feature_names=NAMES, feature_types=types, enable_categorical=bool(categorical))
    answers = model.predict(known)
    cases = [
        {"features": [None if np.isnan(v) else float(v) for v in row], "prediction": [float(v) for v in np.atleast_1d(answer)]}
        for row, answer in zip(asked, answers)
    ]
    with open(os.path.join(HERE, f"xgboost-{name}.cases.json"), "w") as file:
        json.dump(cases, file)


make("squarederror", "reg:squarederror")
make("squarederror-base", "reg:squarederror", base_score=12.5)
make("logistic", "binary:logistic", base_score=0.3)
make("logitraw", "binary:logitraw")
make("softprob", "multi:softprob", rounds=6, num_class=3)
make("ndcg", "rank:ndcg")
make("pairwise", "rank:pairwise")
make("poisson", "count:poisson")
make("tweedie", "reg:tweedie")
make("dart", "reg:squarederror", booster="dart", rate_drop=0.3)
make("onehot", "reg:squarederror", categorical=100)
make("partition", "reg:squarederror", categorical=1)
make("forest", "binary:logistic", rounds=3, num_parallel_tree=4, subsample=0.7)
