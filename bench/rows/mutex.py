# SPDX-License-Identifier: MIT
"""A mutex that nobody else wants is locked and unlocked."""
FIGURES = ["mutex"]
CASES = {"": {}}
