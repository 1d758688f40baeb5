"""Worst first, and every output keeps it: who is failing now is behind nobody who has days."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.diagnosis.condition import Condition, condition, is_failing_now
from fleetscan.diagnosis.order import worst_first
from fleetscan.model import CaptureStatus, Diagnosis, Metric, Readings, Report, Severity
from fleetscan.render.html import page
from fleetscan.render.json import report as json_report
from fleetscan.render.message import chat_notification, mail, slack
from fleetscan.render.message import sns as sns_message
from fleetscan.render.text import report as text_report
from fleetscan.render.widget import widget
from fleetscan.render.widget.frame import Frame
from fleetscan.scan.metric_budget import afforded
from fleetscan.scan.metrics import metrics
from fleetscan.storage.report_codec import pack, unpack
from tests.fixtures.judged_nodes import FIVE_DAYS, failing, finding, fleets, judged, leaking, report
