"""What another system answered or why it did not, and doing several things at once.

Begin with `answers.py`. No tracker and no service is known here.
"""
