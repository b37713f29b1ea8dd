"""The figures of every evaluation. None comes without its number of rows and a 95 % interval.

Truth comes first in every call. Malformed or empty input is an ``InputError`` that names the argument and the place. A
metric that well-formed rows do not define (a correlation with a constant, an area under a curve with one class) is NaN;
resamples that do not define it are left out of its interval.
"""

from purchase_agent.metrics.abstention import CoveragePoint, aurc, risk_coverage
from purchase_agent.metrics.calibration import Bin, ece, ece_multilabel, reliability
from purchase_agent.metrics.classes import accuracy, cohen_kappa, macro_f1, macro_f1_multilabel, micro_f1
from purchase_agent.metrics.ordinal import mean_absolute_error
from purchase_agent.metrics.paired import McNemar, holm, mcnemar, paired_difference, paired_test
from purchase_agent.metrics.probabilities import brier, brier_multilabel, log_loss, log_loss_multilabel
from purchase_agent.metrics.quantiles import quantile
from purchase_agent.metrics.ranks import pr_auc, roc_auc, spearman
from purchase_agent.metrics.score import Array, Bootstrap, CalibrationScore, Score, Statistic
from purchase_agent.metrics.sets import set_coverage, set_size

__all__ = [
    "Array", "Bin", "Bootstrap", "CalibrationScore", "CoveragePoint", "McNemar", "Score", "Statistic", "accuracy",
    "aurc", "brier", "brier_multilabel", "cohen_kappa", "ece", "ece_multilabel", "holm", "log_loss",
    "log_loss_multilabel", "macro_f1", "macro_f1_multilabel", "mcnemar", "mean_absolute_error", "micro_f1",
    "paired_difference", "paired_test", "pr_auc", "quantile", "reliability", "risk_coverage", "roc_auc", "set_coverage",
    "set_size", "spearman",
]  # fmt: skip
