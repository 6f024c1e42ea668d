"""Proposes a configuration from a sample of logs."""

from logagent.suggest.proposal import propose
from logagent.suggest.sample import Sample, read_sample

__all__ = ["Sample", "propose", "read_sample"]
