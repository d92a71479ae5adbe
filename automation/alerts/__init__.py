"""What monitoring systems and webhooks send: any bytes give an alert, an event, or one sentence.

Begin with `alert_payload.py`. What is sent is never believed beyond naming an issue or an alert:
how things stand is read from the tracker.
"""
