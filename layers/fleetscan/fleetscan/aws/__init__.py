"""The only package that imports boto3: one adapter per service, each behind a protocol of ``fleetscan.ports``.

Every module that calls AWS lists the IAM actions it needs in ``PERMISSIONS``. Clients, clock and sleep are injected;
nothing here talks to AWS, reads credentials or makes a client when it is imported.
"""
